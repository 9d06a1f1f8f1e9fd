// What tests of the double send again and again.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "support/harbor_double.hpp"

namespace double_test {

using support::Json;

/// "repository:pull" and the like.
using Rights = std::vector<std::pair<std::string, std::string>>;

[[nodiscard]] inline Json scope(const std::string& kind, const std::string& name_space, const Rights& rights) {
  Json access = Json::array();
  for (const auto& [resource, action] : rights) access.push_back({{"resource", resource}, {"action", action}});
  return {{"kind", kind}, {"namespace", name_space}, {"access", std::move(access)}};
}

[[nodiscard]] inline Json robot(const std::string& level, const std::string& name, const std::vector<Json>& scopes) {
  return {{"name", name}, {"level", level}, {"duration", -1}, {"permissions", Json(scopes)}};
}

/// A project robot that may pull.
[[nodiscard]] inline Json puller(const std::string& project, const std::string& name = "puller") {
  return robot("project", name, {scope("project", project, {{"repository", "pull"}})});
}

/// What an operator needs, everywhere.
[[nodiscard]] inline Json operator_robot(const std::string& name_space = "*") {
  return robot("system", "op",
               {scope("project", name_space,
                      {{"robot", "create"}, {"robot", "list"}, {"robot", "delete"}, {"repository", "pull"}})});
}

[[nodiscard]] inline support::Login login_of(const Json& robot) { return {robot.at("name"), robot.at("secret")}; }

inline constexpr const char* kRobots = "/api/v2.0/robots";
inline constexpr const char* kSystemInfo = "/api/v2.0/systeminfo";
inline constexpr const char* kCurrentUser = "/api/v2.0/users/current";
inline constexpr const char* kToken = "/service/token?service=harbor-registry";

}  // namespace double_test
