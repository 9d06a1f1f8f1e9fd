// Who puts references into ServiceAccounts: seen at what is there, not configured.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/core.hpp"
#include "plan/book.hpp"

namespace plan {

inline constexpr std::string_view kByAdmissionPolicy = "AdmissionPolicy";  ///< at the moment of creation
inline constexpr std::string_view kByOperator = "Operator";                ///< a moment after it

/// What the youngest ServiceAccount tells: what was there before a policy was installed says nothing about it.
struct Placement {
  std::int64_t created = 0;  ///< of that ServiceAccount, seconds since 1970
  std::string_view by = {};  ///< one of the two above; empty: none tells anything
  bool operator==(const Placement&) const = default;

  /// Keeps the younger of the two.
  void take(const Placement& other) {
    if (!other.by.empty() && (by.empty() || other.created > created)) *this = other;
  }
};

/// By the ServiceAccounts of one namespace: those that the entry selects, with its reference there and marked as ours.
[[nodiscard]] Placement placement_of(const Entry& entry, const std::vector<api::ServiceAccount>& accounts);

/// For the message of a condition: "; placed ...", or empty.
[[nodiscard]] std::string placement_text(std::string_view placed_by);

}  // namespace plan
