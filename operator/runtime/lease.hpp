// Leader election by a coordination.k8s.io/v1 Lease, compatible with client-go: same fields, same arithmetic.
#pragma once

#include <atomic>
#include <functional>
#include <stop_token>
#include <string>

#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/mutex.hpp"
#include "kube/api.hpp"

namespace runtime {

/// Answers "do we lead?" by this machine's own clock, also in the moment after a pause (SIGSTOP, a starved machine) in
/// which the renewing thread has not run yet. Asked right before each write it leaves one gap: a pause between the
/// question and the bytes on the wire, and a suspended machine, whose steady clock stands still. Preconditions of the
/// writes cover both. Thread-safe.
class Leadership {
 public:
  explicit Leadership(const base::Clock& clock) : clock_(clock) {}
  [[nodiscard]] bool holds() const { return clock_.steady().time_since_epoch().count() < until_.load(); }
  void hold_until(base::SteadyTime until) { until_.store(until.time_since_epoch().count()); }
  void drop() { hold_until(base::SteadyTime::min()); }

 private:
  const base::Clock& clock_;
  std::atomic<base::SteadyTime::rep> until_{base::SteadyTime::min().time_since_epoch().count()};
};

/// Waits that long or until the token is stopped; false when stopped. Tests pass their own.
using Sleeper = std::function<bool(base::Millis, const std::stop_token&)>;

/// lease_duration > renew_deadline > 1.2 * retry_period, or two can lead at once.
struct LeaseOptions {
  std::string ns;
  std::string name;
  std::string identity;                 ///< unique per process
  base::Millis lease_duration{15'000};  ///< controller-runtime pkg/manager/internal.go; whole seconds
  base::Millis renew_deadline{10'000};
  base::Millis retry_period{2'000};
  Sleeper sleep = base::sleep_for;
  Leadership* leadership = nullptr;  ///< told of every renewal, if given; outlives the call
};

/// What ended an election.
enum class LeaseEnd { kStopped, kLost };

/// Blocks until this process leads, then calls `lead(stop_token)` on a thread of its own and renews; the token is
/// stopped when `stop` is, when the lease could not be renewed for renew_deadline (counted from when the last renewal
/// was sent), or when somebody else changed the holder. Renews until `lead` has returned, and returns only then, so
/// `lead` must heed its token. kStopped: `stop` came or `lead` returned by itself; the lease, if held, was released
/// (empty holder, 1 s), so that another takes over at its next look. kLost: the caller must exit without further
/// writes. Created by server-side apply, so RBAC can name it; updated with its resourceVersion. Failures of the API
/// server are logged and retried, never returned.
[[nodiscard]] LeaseEnd run_with_lease(const LeaseOptions& options, kube::Api& api, const base::Clock& clock,
                                      const base::Random& random, const base::Log& log,
                                      const std::function<void(const std::stop_token&)>& lead,
                                      const std::stop_token& stop);

}  // namespace runtime
