// Who puts references into ServiceAccounts: seen at what is there, not configured.
#pragma once

#include <string>
#include <string_view>

#include "api/core.hpp"
#include "plan/book.hpp"

namespace plan {

inline constexpr std::string_view kByAdmissionPolicy = "AdmissionPolicy";  ///< at the moment of creation
inline constexpr std::string_view kByOperator = "Operator";                ///< a moment after it

/// Whether this ServiceAccount tells anything: the registry selects it, and its reference is there and marked as ours.
/// Without regard to the namespace.
[[nodiscard]] bool tells_of_placement(const Entry& entry, const api::ServiceAccount& account);

/// Of one that tells: was it born with the reference, or did we bring it?
[[nodiscard]] std::string_view placed_by(const Entry& entry, const api::ServiceAccount& account);

/// For the message of a condition: "; placed ...", or empty.
[[nodiscard]] std::string placement_text(std::string_view placed_by);

}  // namespace plan
