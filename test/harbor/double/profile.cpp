#include "harbor/double/profile.hpp"

#include <limits>
#include <map>

#include "harbor/double/text.hpp"

namespace harbor_double {
namespace {

/// Minor and patch in one number that compares: 2.14.1 is 1401.
std::optional<int> rank_of(std::string_view version) {
  static const std::map<int, int> kLast{{2, 4},  {3, 5},  {4, 3},  {5, 6},  {6, 4},  {7, 4},  {8, 6}, {9, 0},
                                        {10, 3}, {11, 2}, {12, 4}, {13, 5}, {14, 4}, {15, 2}, {16, 0}};
  const auto parts = split(version, '.');
  if (parts.size() < 2 || parts.size() > 3 || parts[0] != "2") return std::nullopt;
  const auto minor = to_number(parts[1]);
  if (!minor || !kLast.contains(static_cast<int>(*minor))) return std::nullopt;
  const auto patch = parts.size() == 3 ? to_number(parts[2]) : kLast.at(static_cast<int>(*minor));
  if (!patch || *patch < 0 || *patch > 99) return std::nullopt;
  return static_cast<int>(*minor * 100 + *patch);
}

std::string name_of(int rank) {
  const std::string number = "v2." + std::to_string(rank / 100) + "." + std::to_string(rank % 100);
  if (rank == 900) return number + "-local";
  return number + (rank == 1502 ? "-080b0220" : "-00000000");
}

Offspring offspring_of(int rank) {
  if (rank < 1000) return Offspring::kUnchecked;
  return rank < 1401 ? Offspring::kSameLevel : Offspring::kAny;
}

}  // namespace

std::optional<Profile> profile_of(std::string_view version) {
  const auto rank = rank_of(version);
  if (!rank) return std::nullopt;
  const int it = *rank;
  return Profile{
      .version = name_of(it),
      .duration_zero_is_default = it < 1100,
      .put_keeps_duration = it >= 1100,
      .checks_permissions = it >= 1000,
      .grants_robot_rights = it >= 1200,
      .grants_sbom = it >= 1100,
      .offspring = offspring_of(it),
      .offspring_needs_exact_namespace = it == 1200,
      .mixed_kinds = it >= 1000,
      .names_creator = it >= 1200,
      .legacy_robots = it < 1300,
      .level_system_lists_all = it < 1300,
      .filters_by_secret = it < 1300,
      .version_is_public = it < 1300,
      .always_names_oidc = it >= 1000,
      .realm_is_host = it >= 1400,
      .token_star = it < 900,
      .token_leeway = it >= 1100 ? 60 : 0,
      .token_dies_with_project = (it >= 1305 && it < 1400) || it >= 1403,
      .empty_prefix_allowed = it < 1600,
      .read_only_refuses_token_post = it < 805 || (it >= 900 && it < 902),
      .nosniff = it >= 1000,
      .csrf_missing = it >= 1000,
      .longest_secret = it >= 900 ? 128 : std::numeric_limits<std::size_t>::max(),
  };
}

}  // namespace harbor_double
