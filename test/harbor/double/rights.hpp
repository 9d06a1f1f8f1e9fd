// Who may do what. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harbor/double/model.hpp"

namespace harbor_double {

/// What a right is about: a part of a project ("" is the project itself) or of the system.
struct Target {
  bool system = false;
  Id project = 0;
  std::string part = {};
};

[[nodiscard]] inline Target project_part(Id project, std::string part) { return {false, project, std::move(part)}; }
[[nodiscard]] inline Target system_part(std::string part) { return {true, 0, std::move(part)}; }

[[nodiscard]] bool can(const State& state, const Caller& caller, std::string_view action, const Target& target);

/// The role of a user there; a system administrator has the project administrator's everywhere.
[[nodiscard]] std::optional<Role> role_of(const State& state, const Caller& caller, const Project& project);

/// A part (or resource) and an action.
struct Right {
  std::string_view part;
  std::string_view action;
};

/// Every right that there is in a project, in the order in which Harbor lists them to a caller.
[[nodiscard]] const std::vector<Right>& project_rights();

/// What can be given to a robot; empty before there was such a list.
[[nodiscard]] std::vector<Right> grantable(const Profile& profile, bool system);

}  // namespace harbor_double
