// What differs between the versions of Harbor, as switches.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace harbor_double {

/// Which robots a robot may create.
enum class Offspring {
  kUnchecked,  ///< any, with any rights
  kSameLevel,  ///< those of its own level
  kAny,        ///< those of both levels
};

struct Profile {
  std::string version = {};  ///< as systeminfo tells it

  bool duration_zero_is_default = {};  ///< on create and PUT; later versions refuse it
  bool put_keeps_duration = {};        ///< when the body has none
  bool checks_permissions = {};        ///< resource:action must be listed; the list has an endpoint
  bool grants_robot_rights = {};       ///< robot, user, member and others can be granted
  bool grants_sbom = {};
  Offspring offspring = Offspring::kUnchecked;
  bool offspring_needs_exact_namespace = {};  ///< a creator's `*` does not cover a project that is named
  bool mixed_kinds = {};                      ///< a robot with rights of kind system keeps those of kind project
  bool names_creator = {};                    ///< creator_type and creator_ref
  bool legacy_robots = {};                    ///< /projects/{}/robots
  bool level_system_lists_all = {};
  bool filters_by_secret = {};
  bool version_is_public = {};
  bool always_names_oidc = {};  ///< oidc_provider_name in systeminfo
  bool realm_is_host = {};      ///< the host of a challenge is that of the request
  bool token_star = {};         ///< a token that may pull, push and delete says `*` too
  int token_leeway = {};        ///< seconds
  bool token_dies_with_project = {};
  bool empty_prefix_allowed = {};
  bool read_only_refuses_token_post = {};
  bool nosniff = {};       ///< on the plain 405 of the token service
  bool csrf_missing = {};  ///< a missing CSRF token has a message of its own
  std::size_t longest_secret = {};
};

/// Of "2.9", "2.12", "2.14.0" ... (2.2 to 2.16); a version without a patch is its last one. Nothing for others.
[[nodiscard]] std::optional<Profile> profile_of(std::string_view version);

}  // namespace harbor_double
