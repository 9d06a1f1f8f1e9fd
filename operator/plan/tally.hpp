// What became of a registry's namespaces, counted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "api/harbor_registry.hpp"

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
  std::string references_placed_by = {};  ///< see placement.hpp; "": no reference of ours is there
  bool operator==(const Tally&) const = default;

  [[nodiscard]] std::int64_t failed() const;
};

}  // namespace plan
