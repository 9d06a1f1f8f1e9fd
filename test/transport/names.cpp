// getaddrinfo of this program: *.test is 127.0.0.1, slow.test and what is below it take as long as resolvers take that
// nobody answers.
// cpprestsdk's library calls this one because the program's symbols come first.
#include <dlfcn.h>
#include <netdb.h>

#include <chrono>
#include <string_view>
#include <thread>

extern "C" __attribute__((visibility("default"))) int getaddrinfo(const char* node, const char* service,
                                                                  const addrinfo* hints, addrinfo** result) {
  using Function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto kReal = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "getaddrinfo"));
  const std::string_view name = node == nullptr ? "" : node;
  if (name.ends_with("slow.test")) {
    std::this_thread::sleep_for(std::chrono::seconds(2));
    return EAI_AGAIN;
  }
  if (name == "nowhere.test") {
    return EAI_NONAME;
  }
  return kReal(name.ends_with(".test") ? "127.0.0.1" : node, service, hints, result);
}
