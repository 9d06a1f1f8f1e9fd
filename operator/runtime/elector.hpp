// One candidate of a leader election, a step at a time: looks at the Lease, decides, writes. No thread, no sleep;
// lease.hpp is the loop.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "kube/api.hpp"
#include "runtime/lease.hpp"
#include "runtime/lease_record.hpp"

namespace runtime {

/// The arithmetic of client-go tools/leaderelection: never compares another machine's clock with ours; a lease has
/// expired when it was not seen to change for its own duration. Stricter in two points: a leader that sees another
/// holder, or none, has lost at once; a renewal counts from when it was sent. Not thread-safe.
class Elector {
 public:
  Elector(const LeaseOptions& options, kube::Api& api, const base::Clock& clock)
      : options_(options), api_(api), clock_(clock) {}

  enum class Holder { kUs, kOther };
  /// Tries to acquire or renew, in up to three calls that end by `until`. kUs: written, we lead. kOther: somebody's
  /// lease has not expired, or a leader has lost its own. Errors are those of kube::Api; the effect may be unknown.
  [[nodiscard]] base::Result<Holder> attempt(base::SteadyTime until, const std::stop_token& stop);
  /// Frees the lease if it is ours. Fails as kube::Api does; then the same call may be repeated.
  [[nodiscard]] base::Status release(base::SteadyTime until);

  /// Whether the lease is or may be ours (a write whose answer was lost), so that it should be released.
  [[nodiscard]] bool may_hold() const { return leading_ || in_doubt_; }
  /// When the last successful renewal was sent.
  [[nodiscard]] base::SteadyTime renewed_at() const { return renewed_at_; }
  /// The holder last seen, may be empty.
  [[nodiscard]] const std::string& holder() const { return seen_.holder; }

 private:
  [[nodiscard]] base::Result<std::string> call(const http::Request& request, base::SteadyTime until,
                                               const std::stop_token& stop);
  [[nodiscard]] base::Status look(base::SteadyTime until, const std::stop_token& stop);
  [[nodiscard]] base::Status write(const LeaseSpec& spec, base::SteadyTime until, const std::stop_token& stop);
  void observe(LeaseObject object);
  [[nodiscard]] bool may_take() const;
  [[nodiscard]] LeaseSpec ours() const;

  const LeaseOptions& options_;
  kube::Api& api_;
  const base::Clock& clock_;
  std::optional<LeaseObject> object_;  // the newest, base of the next PUT
  LeaseSpec seen_;
  base::SteadyTime seen_at_{};  // when seen_ was first seen, by our clock
  base::SteadyTime renewed_at_{};
  bool leading_ = false;
  bool in_doubt_ = false;  // a write failed and nobody looked since
};

}  // namespace runtime
