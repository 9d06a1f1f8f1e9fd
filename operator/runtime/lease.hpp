// Leader election by a coordination.k8s.io/v1 Lease, compatible with client-go: same fields, same arithmetic.
#pragma once

#include <functional>
#include <string>

#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "kube/api.hpp"

namespace runtime {

struct LeaseOptions {
  std::string ns;
  std::string name;
  std::string identity;                      ///< unique per process
  base::Millis lease_duration{15'000};       ///< controller-runtime pkg/manager/internal.go
  base::Millis renew_deadline{10'000};
  base::Millis retry_period{2'000};
};

/// What ended an election.
enum class LeaseEnd { kStopped, kLost };

/// Blocks until this process leads, then calls `lead(stop_token)` on a thread of its own and renews; the token is stopped when
/// `stop` is or when the lease could not be renewed for renew_deadline. After kStopped, and only after `lead` has returned,
/// the lease is released (empty holder, 1 s), so that another takes over at its next look. After kLost the caller must exit
/// without further writes. Created by server-side apply, so RBAC can name it; updated with its resourceVersion.
[[nodiscard]] LeaseEnd run_with_lease(const LeaseOptions& options, kube::Api& api, const base::Clock& clock,
                                      const base::Random& random, const base::Log& log,
                                      const std::function<void(const std::stop_token&)>& lead, const std::stop_token& stop);

}  // namespace runtime
