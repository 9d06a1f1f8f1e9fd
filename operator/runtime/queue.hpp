// Keys that wait for a worker. Three sets, as in client-go: a key is dirty (must run), processing (runs now), or
// delayed. Never two runs of one key at once; an add during a run means one more run after it.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>

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
  /// Makes `key` due at `now + delay`, unless it is due earlier already. A run that puts its own key back keeps its
  /// priority; any other caller's key comes back fresh. A delay of zero or less is add(); more than a year is a year.
  void add_after(const std::string& key, base::Millis delay);
  /// Blocks for the next due key; nullopt on `stop`, even when keys wait. The caller must call done(key).
  [[nodiscard]] std::optional<std::string> take(const std::stop_token& stop);
  /// Ends the run of `key`; a key that is not running is ignored.
  void done(const std::string& key);

  struct Stats {
    std::size_t depth = 0;  ///< due and not taken
    std::size_t delayed = 0;
    std::size_t processing = 0;
    std::uint64_t adds = 0;  ///< that made a key due; not those of a key that was due already
    std::chrono::steady_clock::duration longest_running{};
    std::chrono::steady_clock::duration unfinished{};  ///< sum over running keys
  };
  [[nodiscard]] Stats stats() const;
  /// How long the key returned by take() had waited since it became due; for workqueue_queue_duration_seconds. Kept
  /// until done().
  [[nodiscard]] std::chrono::steady_clock::duration waited(const std::string& key) const;

 private:
  using Line = std::list<const std::string*>;  // points to the keys of waiting_
  struct Waiting {
    Priority priority;
    base::SteadyTime since;
    Line::iterator place;
  };
  struct Running {
    base::SteadyTime since;
    std::chrono::steady_clock::duration waited;
    Priority priority;
    std::optional<Priority> again = std::nullopt;  // dirty while processing: what done() makes of it
    base::SteadyTime again_since = {};
  };
  struct Delayed {
    base::SteadyTime due;
    Priority priority;
  };

  void make_due(const std::string& key, Priority priority) REQUIRES(mutex_);
  void wait_in_line(const std::string& key, Priority priority, base::SteadyTime since) REQUIRES(mutex_);
  void promote_delayed() REQUIRES(mutex_);
  void wait_for_change(const std::stop_token& stop) REQUIRES(mutex_);
  [[nodiscard]] std::string start_next() REQUIRES(mutex_);
  [[nodiscard]] bool idle() const REQUIRES(mutex_) { return fresh_.empty() && bulk_.empty(); }
  [[nodiscard]] std::optional<base::SteadyTime> first_due() const REQUIRES(mutex_);

  const base::Clock& clock_;
  mutable base::Mutex mutex_;
  base::CondVar changed_;
  std::map<std::string, Waiting> waiting_ GUARDED_BY(mutex_);  // due and not taken; each is in one of the two lines
  Line fresh_ GUARDED_BY(mutex_);
  Line bulk_ GUARDED_BY(mutex_);
  std::map<std::string, Running> running_ GUARDED_BY(mutex_);
  std::map<std::string, Delayed> delayed_ GUARDED_BY(mutex_);
  std::set<std::pair<base::SteadyTime, std::string>> by_due_ GUARDED_BY(mutex_);  // delayed_ in order of time
  std::uint64_t adds_ GUARDED_BY(mutex_) = 0;
};

}  // namespace runtime
