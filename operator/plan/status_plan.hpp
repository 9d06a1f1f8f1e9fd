// From tallies to the status that people and tools read: conditions, counters, capped failures.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/harbor_registry.hpp"
#include "plan/book.hpp"
#include "plan/credential_status.hpp"
#include "plan/tally.hpp"

namespace plan {

struct StatusFacts {
  const api::HarborRegistry& registry;
  const Entry& entry;
  const Tally& tally;
  const CredentialReport& credential;
  std::int64_t remaining = 0;  ///< while leaving: namespaces that still hold its Secret
  std::string now = {};        ///< RFC 3339, for transitions
  api::PodStatus pods = {};    ///< told when pods.recovery is Evict
  bool pods_refused = false;   ///< the operator may not list or evict Pods
};

/// The status to publish. Equal to `registry.status` when nothing changed: transition times move only with `status`.
[[nodiscard]] api::HarborRegistryStatus plan_status(const StatusFacts& facts);

/// The condition of that type, or nullptr.
[[nodiscard]] const api::Condition* find_condition(const api::HarborRegistryStatus& status, std::string_view type);

}  // namespace plan
