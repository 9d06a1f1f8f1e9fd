// One running exchange, shared by the network's threads that fill it and the caller that waits for it. Either side may
// go first: it lives as long as one of them holds it. Knows nothing of the HTTP library.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/mutex.hpp"
#include "base/result.hpp"
#include "http/message.hpp"

namespace http {

/// Where an exchange ends, and why it should end before.
struct Until {
  std::chrono::steady_clock::time_point deadline;
  std::stop_token stop;
};

/// `span` from now, clamped so that no sum overflows.
[[nodiscard]] Until until(std::chrono::milliseconds span, std::stop_token stop);

/// Thread-safe. The network side never blocks.
class Exchange {
 public:
  /// What happens when more than `max` bytes wait.
  enum class Overflow {
    kFail,  ///< the exchange fails with kTooLarge
    kWait,  ///< the network waits for the reader
  };
  enum class Pushed { kTaken, kWait, kRefused };

  /// `where` begins every message: host:port.
  Exchange(std::string where, Overflow overflow, std::size_t max);

  // The network's side.
  void begin(int status, Headers headers) EXCLUDES(mutex_);
  /// kTaken: go on. kWait: taken, but go on only when `resume` is called (once, by a thread of the reader, without
  /// locks held). kRefused: the exchange is over. At most one push waits.
  Pushed push(std::string_view bytes, std::function<void()> resume) EXCLUDES(mutex_);
  void end() EXCLUDES(mutex_);
  /// The first failure counts; none after the end.
  void fail(base::Error error) EXCLUDES(mutex_);

  // The caller's side. All fail with the exchange's error, kTimeout at the deadline, or kCancelled on stop.
  [[nodiscard]] base::Status wait_begun(const Until& until) EXCLUDES(mutex_);
  [[nodiscard]] base::Status wait_ended(const Until& until) EXCLUDES(mutex_);
  /// Waits for bytes and takes all of them; empty at the end. Bytes come before the error that followed them.
  [[nodiscard]] base::Result<std::string> take(const Until& until) EXCLUDES(mutex_);
  /// No caller waits any more: later pushes are refused, a waiting one is resumed.
  void abandon() EXCLUDES(mutex_);

  [[nodiscard]] bool ended() EXCLUDES(mutex_);
  [[nodiscard]] int status() EXCLUDES(mutex_);
  [[nodiscard]] Headers headers() EXCLUDES(mutex_);

 private:
  [[nodiscard]] base::Status outcome(bool ready, const Until& until) REQUIRES(mutex_);

  const std::string where_;
  const Overflow overflow_;
  const std::size_t max_;
  base::Mutex mutex_;
  base::CondVar changed_;
  std::optional<int> status_ GUARDED_BY(mutex_);
  Headers headers_ GUARDED_BY(mutex_);
  std::string bytes_ GUARDED_BY(mutex_);
  std::function<void()> resume_ GUARDED_BY(mutex_);
  std::optional<base::Error> error_ GUARDED_BY(mutex_);
  bool ended_ GUARDED_BY(mutex_) = false;
  bool abandoned_ GUARDED_BY(mutex_) = false;
};

}  // namespace http
