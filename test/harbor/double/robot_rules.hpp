// What a robot may be: the checks of create and PUT, in Harbor's order. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harbor/double/errors.hpp"
#include "harbor/double/model.hpp"

namespace harbor_double {

/// A scope as a request writes it.
struct Wanted {
  std::string kind = {};
  std::string name_space = {};
  std::vector<Access> access = {};
};

/// The body of create and PUT.
struct RobotBody {
  std::string name = {};
  std::string description = {};
  std::string level = {};
  bool disable = false;
  std::optional<std::int64_t> duration = {};
  std::vector<Wanted> permissions = {};
};

[[nodiscard]] RobotBody robot_body(const Json& json);

[[nodiscard]] Or<void> check_name(const std::string& name);
/// Duration, level, permissions. `duration` is what counts when the body has none.
[[nodiscard]] Or<void> check_robot(const Profile& profile, const RobotBody& body, std::int64_t duration);
[[nodiscard]] Or<void> check_secret(const Profile& profile, const std::string& secret);
/// The scopes as rows; fails for a project that is not there.
[[nodiscard]] Or<std::vector<Permission>> resolve(const State& state, const std::vector<Wanted>& wanted);
/// Whether a robot may give these rights away.
[[nodiscard]] Or<void> check_offspring(const State& state, const Robot& creator, const RobotBody& body);

/// 32 characters that keep the rule for secrets.
[[nodiscard]] std::string generated_secret();
/// Seconds since 1970, or -1 for ever.
[[nodiscard]] std::int64_t expiry_of(Time created, std::int64_t days);

}  // namespace harbor_double
