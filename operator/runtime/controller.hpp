// The loop around a reconciler, and the only place that decides what happens after a run: forget, again later, back off, give up.
#pragma once

#include <optional>
#include <string>

#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "runtime/metrics.hpp"
#include "runtime/queue.hpp"

namespace runtime {

/// What a successful run asks for: nothing, or to run again after a while even if nothing changes.
struct Outcome {
  std::optional<base::Millis> again_after = std::nullopt;
};

/// Level-driven: gets a key, reads the world, makes the difference go away. Called by several threads, never twice at once for one key.
class Reconciler {
 public:
  virtual ~Reconciler() = default;
  /// `log` carries key and reconcile id. An Error is retried with back-off if retryable(kind), counted and dropped if not.
  virtual base::Result<Outcome> reconcile(const std::string& key, const base::Log& log, const std::stop_token& stop) = 0;
};

struct ControllerOptions {
  std::string name;  ///< label `controller` of the metrics
  int workers = 1;
  base::BackoffPolicy backoff = base::kQueueBackoff;
};

/// Runs workers until `stop`, then waits for the runs under way. An exception of a reconciler becomes kInternal (and is counted as a
/// panic). Retry delay: max(back-off of the key, Error::retry_after). After a run with an error: one log line, at warn.
class Controller {
 public:
  Controller(ControllerOptions options, Queue& queue, Reconciler& reconciler, const base::Clock& clock, base::Random random,
             base::Log log, Metrics& metrics);
  void run(const std::stop_token& stop);
  /// Forgets the failures of `key`, so that its next failure backs off from the start. For a trigger by a user.
  void forget(const std::string& key);

 private:
  // The implementation's fields follow.
};

}  // namespace runtime
