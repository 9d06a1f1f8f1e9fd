// The loop around a reconciler, and the only place that decides what happens after a run: forget, again later, back
// off, give up.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <stop_token>
#include <string>

#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "runtime/metrics.hpp"
#include "runtime/queue.hpp"

namespace runtime {

/// What a successful run asks for: nothing, or to run again after a while even if nothing changes.
struct Outcome {
  std::optional<base::Millis> again_after = std::nullopt;
};

/// Level-driven: gets a key, reads the world, makes the difference go away. Called by several threads, never twice at
/// once for one key.
class Reconciler {
 public:
  virtual ~Reconciler() = default;
  /// `log` carries key and reconcile id. An Error is retried with back-off if retryable(kind), counted and dropped if
  /// not.
  virtual base::Result<Outcome> reconcile(const std::string& key, const base::Log& log,
                                          const std::stop_token& stop) = 0;
};

struct ControllerOptions {
  std::string name;  ///< label `controller` of the metrics
  int workers = 1;
  base::BackoffPolicy backoff = base::kQueueBackoff;
};

/// Runs workers until `stop`, then waits for the runs under way. An exception of a reconciler becomes kInternal (and is
/// counted as a panic). Retry delay: max(back-off of the key, Error::retry_after). After a run with an error: one log
/// line, at warn.
class Controller {
 public:
  Controller(ControllerOptions options, Queue& queue, Reconciler& reconciler, const base::Clock& clock,
             base::Random random, const base::Log& log, Metrics& metrics);
  /// Blocks; the calling thread is one of the workers. Keys left in the queue at the end stay there.
  void run(const std::stop_token& stop);
  /// Forgets the failures of `key`, so that its next failure backs off from the start. For a trigger by a user.
  void forget(const std::string& key);

 private:
  struct Run;  // what one run came to
  struct Failures {
    int in_a_row = 0;
    base::SteadyTime retry_at = {};
  };

  void work(const std::stop_token& stop);
  void process(const std::string& key, const std::stop_token& stop);
  [[nodiscard]] Run attempt(const std::string& key, const base::Log& log, const std::stop_token& stop);
  Metrics::Ended after_success(const std::string& key, const Outcome& outcome);
  Metrics::Ended after_error(const std::string& key, const Run& run, const base::Log& log);
  /// Counts a failure; how long to wait after it.
  [[nodiscard]] base::Millis back_off(const std::string& key);
  [[nodiscard]] std::string next_id();

  const ControllerOptions options_;
  Queue& queue_;
  Reconciler& reconciler_;
  const base::Clock& clock_;
  const base::Random random_;
  const base::Log log_;
  Metrics& metrics_;
  std::atomic<std::uint32_t> next_id_;
  base::Mutex mutex_;
  std::map<std::string, Failures> failures_ GUARDED_BY(mutex_);  // a key without is absent
};

}  // namespace runtime
