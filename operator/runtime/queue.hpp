// Keys that wait for a worker. Three sets, as in client-go: a key is dirty (must run), processing (runs now), or delayed.
// Never two runs of one key at once; an add during a run means one more run after it.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/clock.hpp"
#include "base/mutex.hpp"

namespace runtime {

enum class Priority { kFresh, kBulk };  ///< kBulk: start-up and fan-out work, taken only when nothing fresh waits

/// Thread-safe.
class Queue {
 public:
  explicit Queue(const base::Clock& clock) : clock_(clock) {}

  /// Makes `key` due now. A waiting key stays once; fresh wins over bulk; a delayed add of the key is kept.
  void add(const std::string& key, Priority priority = Priority::kFresh);
  /// Makes `key` due at `now + delay`, unless it is due earlier already.
  void add_after(const std::string& key, base::Millis delay);
  /// Blocks for the next due key; nullopt on `stop`. The caller must call done(key).
  [[nodiscard]] std::optional<std::string> take(const std::stop_token& stop);
  void done(const std::string& key);

  struct Stats {
    std::size_t depth = 0;       ///< due and not taken
    std::size_t delayed = 0;
    std::size_t processing = 0;
    std::uint64_t adds = 0;
    std::chrono::steady_clock::duration longest_running{};
    std::chrono::steady_clock::duration unfinished{};  ///< sum over running keys
  };
  [[nodiscard]] Stats stats() const;
  /// How long the key returned by take() had waited since it became due; for workqueue_queue_duration_seconds. Kept until done().
  [[nodiscard]] std::chrono::steady_clock::duration waited(const std::string& key) const;

 private:
  const base::Clock& clock_;
  // The implementation's fields follow (see queue.cpp).
};

}  // namespace runtime
