#include "http/resolve.hpp"

#include <arpa/inet.h>
#include <netdb.h>

#include <array>
#include <cstring>
#include <map>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "base/mutex.hpp"
#include "http/exchange.hpp"

namespace http {
namespace {

using base::ErrorKind;

constexpr std::size_t kMostLookups = 4;

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

/// Blocks for as long as the system likes.
base::Status ask_system(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  const int cause = errno;
  if (found != nullptr) freeaddrinfo(found);
  if (code == 0) return {};
  const auto reason = code == EAI_SYSTEM ? std::generic_category().message(cause) : std::string(gai_strerror(code));
  return base::fail(ErrorKind::kUnavailable, "cannot resolve " + host + ": " + reason);
}

/// What the threads share with those who wait. A thread that was left behind keeps it alive.
struct Desk {
  base::Mutex mutex;
  base::CondVar changed;
  /// Nothing until its thread is done; the waiting share the entry, the map forgets it then.
  using Lookup = std::shared_ptr<std::optional<base::Status>>;
  std::map<std::string, Lookup> running GUARDED_BY(mutex);
};

class SystemResolver final : public Resolver {
 public:
  base::Status resolve(const std::string& host, std::chrono::milliseconds limit, const std::stop_token& stop) override {
    if (is_address(host)) return {};
    return ask(host, until(limit, stop));
  }

 private:
  base::Status ask(const std::string& host, const Until& end) EXCLUDES(desk_->mutex) {
    const base::MutexLock lock(desk_->mutex);
    const auto has_place = [&]() REQUIRES(desk_->mutex) {
      return desk_->running.contains(host) || desk_->running.size() < kMostLookups;
    };
    if (!desk_->changed.wait_until(desk_->mutex, end.stop, end.deadline, has_place)) return late(host, end);
    auto& entry = desk_->running[host];
    if (!entry) {
      entry = std::make_shared<std::optional<base::Status>>();
      if (auto started = start(host, desk_, entry); !started) {
        desk_->running.erase(host);
        return started;
      }
    }
    const auto lookup = entry;
    const auto is_done = [&] { return lookup->has_value(); };
    if (!desk_->changed.wait_until(desk_->mutex, end.stop, end.deadline, is_done)) return late(host, end);
    return **lookup;
  }

  static base::Status late(const std::string& host, const Until& end) {
    if (end.stop.stop_requested()) return base::fail(ErrorKind::kCancelled, "stopped while resolving " + host);
    return base::fail(ErrorKind::kTimeout, "cannot resolve " + host + ": no name server answered in time");
  }

  static base::Status start(const std::string& host, const std::shared_ptr<Desk>& desk,
                            const Desk::Lookup& lookup) try {
    std::thread([host, desk, lookup] {
      auto outcome = ask_system(host);
      const base::MutexLock lock(desk->mutex);
      *lookup = std::move(outcome);
      desk->running.erase(host);
      desk->changed.notify_all();
    }).detach();
    return {};
  } catch (const std::system_error& failure) {
    return base::fail(ErrorKind::kUnavailable, "cannot resolve " + host + ": " + failure.what());
  }

  const std::shared_ptr<Desk> desk_ = std::make_shared<Desk>();
};

}  // namespace

std::shared_ptr<Resolver> make_resolver() { return std::make_shared<SystemResolver>(); }

}  // namespace http
