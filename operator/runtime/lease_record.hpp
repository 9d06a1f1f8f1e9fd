// The Lease as JSON: what of it we read and write. No I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace runtime {

/// spec of coordination.k8s.io/v1 Lease. Two that are equal say that nobody renewed between them.
struct LeaseSpec {
  std::string holder = {};                              ///< empty: free
  std::optional<base::Millis> duration = std::nullopt;  ///< on the wire in seconds
  std::string acquire_time = {};                        ///< MicroTime; for people, never compared with a clock here
  std::string renew_time = {};
  std::optional<std::int64_t> transitions = std::nullopt;
  bool operator==(const LeaseSpec&) const = default;
};

struct LeaseObject {
  LeaseSpec spec;
  std::string json;  ///< the whole object, with its resourceVersion
};

/// Fails with kInvalid for what is no Lease, or one without a resourceVersion.
[[nodiscard]] base::Result<LeaseObject> parse_lease(std::string json);
/// The object with another spec: the body of a PUT. Everything else stays, fields of the spec that we do not know too.
[[nodiscard]] std::string render_lease(const LeaseObject& object, const LeaseSpec& spec);
/// A Lease without a spec: applied to nothing it creates a free lease, applied to any other it changes nothing. All
/// electors share one field manager, so an apply with a holder in it would take the lease from whoever was a moment
/// faster.
[[nodiscard]] std::string render_new_lease(const std::string& ns, const std::string& name);

}  // namespace runtime
