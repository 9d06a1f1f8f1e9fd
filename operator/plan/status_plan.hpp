// From tallies to the status that people and tools read: conditions, counters, capped failures.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/harbor_registry.hpp"
#include "plan/book.hpp"

namespace plan {

/// Namespaces of one registry, counted by what became of them.
struct Tally {
  std::int64_t selected = 0;
  std::int64_t synced = 0;
  std::int64_t waiting = 0;  ///< for the registry itself: suspended, no credential
  std::int64_t pending = 0;  ///< not looked at yet since something changed
  /// By reason, at most 20; `accounts_only`: the Secret is right, a ServiceAccount is not.
  struct Group {
    api::FailureGroup group = {};
    bool accounts_only = false;
    bool operator==(const Group&) const = default;
  };
  std::vector<Group> failures = {};
  bool operator==(const Tally&) const = default;

  [[nodiscard]] std::int64_t failed() const;
};

struct StatusFacts {
  const api::HarborRegistry& registry;
  const Entry& entry;
  const Tally& tally;
  std::int64_t remaining = 0;  ///< while leaving: namespaces that still hold its Secret
  std::string now = {};        ///< RFC 3339, for transitions
};

/// The status to publish. Equal to `registry.status` when nothing changed: transition times move only with `status`.
[[nodiscard]] api::HarborRegistryStatus plan_status(const StatusFacts& facts);

/// The condition of that type, or nullptr.
[[nodiscard]] const api::Condition* find_condition(const api::HarborRegistryStatus& status, std::string_view type);

}  // namespace plan
