#include "harbor/conformance/world.hpp"

#include <thread>

#include "support/eventually.hpp"

namespace conformance {

Message World::message(const Call& call) const {
  Message message{.method = call.method, .target = call.path, .headers = {{"Host", symbols.host()}}, .body = call.body};
  const std::string authorization = logins.authorization(call.auth);
  if (!authorization.empty()) message.headers.emplace_back("Authorization", authorization);
  message.headers.insert(message.headers.end(), call.headers.begin(), call.headers.end());
  return message;
}

Answer World::expect(int status, const Call& call) const {
  Answer answer = harbor.send(message(call));
  if (answer.status != status) {
    throw support::Failure(call.method + " " + call.path + " as " + call.auth + " answered " +
                           std::to_string(answer.status) + " " + answer.body.substr(0, 200));
  }
  return answer;
}

void World::await_lock(const std::string& user) {
  const auto found = locked_until.find(user);
  if (found == locked_until.end()) return;
  std::this_thread::sleep_until(found->second);  // nothing tells that a lock is over; asking too early renews it
  locked_until.erase(found);
}

void World::note_refusal(const std::string& user) {
  constexpr std::chrono::milliseconds kMargin{100};
  locked_until[user] =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(pace.delay)) + kMargin;
}

}  // namespace conformance
