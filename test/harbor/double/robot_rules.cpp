#include "harbor/double/robot_rules.hpp"

#include <algorithm>
#include <cctype>
#include <limits>

#include "harbor/double/rights.hpp"

namespace harbor_double {
namespace {

tl::unexpected<Response> refuse(Response reply) { return tl::unexpected(std::move(reply)); }

bool has_duration(const Profile& profile, std::int64_t duration) {
  if (duration == 0) return profile.duration_zero_is_default;
  return duration == -1 || (duration > 0 && duration < std::numeric_limits<std::int32_t>::max());
}

std::string duration_problem(const Profile& profile, std::int64_t duration) {
  const std::string text = "bad request error duration input: " + std::to_string(duration);
  return profile.duration_zero_is_default ? text : text + ", duration must be either -1(Never) or a positive integer";
}

Or<void> check_access(const Profile& profile, const Wanted& wanted) {
  if (wanted.kind != "system" && wanted.kind != "project") {
    return refuse(bad_request("bad request permission level: " + wanted.kind));
  }
  const auto rights = grantable(profile, wanted.kind == "system");
  for (const auto& access : wanted.access) {
    const auto is = [&](const Right& right) { return right.part == access.resource && right.action == access.action; };
    if (profile.checks_permissions && std::ranges::none_of(rights, is)) {
      return refuse(bad_request("bad request permission: " + access.resource + ":" + access.action));
    }
  }
  return {};
}

/// A row as a scope of a request is compared with it; nothing when its project is gone.
std::optional<std::string> scope_of(const State& state, const Permission& permission) {
  if (permission.system) return "system:/";
  if (permission.project == kAllProjects) return "project:*";
  const auto* project = state.project(permission.project);
  return project == nullptr ? std::nullopt : std::optional("project:" + project->name);
}

const Permission* find_scope(const State& state, const Robot& robot, const std::string& scope) {
  const auto found = std::ranges::find_if(robot.permissions,
                                          [&](const auto& permission) { return scope_of(state, permission) == scope; });
  return found == robot.permissions.end() ? nullptr : &*found;
}

bool covers(const State& state, const Robot& creator, const Wanted& wanted) {
  const auto* held = find_scope(state, creator, wanted.kind + ":" + wanted.name_space);
  if (held == nullptr && !state.profile.offspring_needs_exact_namespace) {
    held = find_scope(state, creator, wanted.kind + ":*");
  }
  return held != nullptr && std::ranges::all_of(wanted.access, [&](const Access& access) {
           return std::ranges::find(held->access, access) != held->access.end();
         });
}

}  // namespace

RobotBody robot_body(const Json& json) {
  RobotBody body{json.value("name", ""), json.value("description", ""), json.value("level", ""),
                 json.value("disable", false)};
  if (json.contains("duration")) body.duration = json["duration"].get<std::int64_t>();
  for (const auto& entry : json.value("permissions", Json::array())) {
    Wanted wanted{entry.value("kind", ""), entry.value("namespace", "")};
    for (const auto& access : entry.value("access", Json::array())) {
      wanted.access.push_back({access.value("resource", ""), access.value("action", ""), access.value("effect", "")});
    }
    body.permissions.push_back(std::move(wanted));
  }
  return body;
}

Or<void> check_name(const std::string& name) {
  bool letter = false;  // the character before was one
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!plain && !(letter && (c == '.' || c == '_' || c == '-'))) letter = false;
    if (!plain && !letter) return refuse(bad_request("robot name is not in lower case or contains illegal characters"));
    letter = plain;
  }
  if (!letter) return refuse(bad_request("robot name is not in lower case or contains illegal characters"));
  return {};
}

Or<void> check_robot(const Profile& profile, const RobotBody& body, std::int64_t duration) {
  if (!has_duration(profile, duration)) return refuse(bad_request(duration_problem(profile, duration)));
  if (body.level != "system" && body.level != "project") {
    return refuse(bad_request("bad request error level input: " + body.level));
  }
  if (body.permissions.empty()) return refuse(bad_request("bad request empty permission"));
  if (std::ranges::any_of(body.permissions, [](const auto& wanted) { return wanted.access.empty(); })) {
    return refuse(bad_request("bad request empty access"));
  }
  if (body.level == "project" && body.permissions.size() > 1) return refuse(bad_request("bad request permission"));
  for (const auto& wanted : body.permissions) {
    if (auto checked = check_access(profile, wanted); !checked) return checked;
  }
  return {};
}

Or<void> check_secret(const Profile& profile, const std::string& secret) {
  const auto has = [&](int (*test)(int)) {
    return std::ranges::any_of(secret, [&](unsigned char c) { return c < 128 && test(c) != 0; });
  };
  const bool long_enough = secret.size() >= 8 && secret.size() <= profile.longest_secret;
  if (long_enough && has(std::islower) && has(std::isupper) && has(std::isdigit)) return {};
  return refuse(
      bad_request("the secret must be 8-128, inclusively, characters long with at least 1 uppercase letter, "
                  "1 lowercase letter and 1 number"));
}

Or<std::vector<Permission>> resolve(const State& state, const std::vector<Wanted>& wanted) {
  std::vector<Permission> rows;
  for (const auto& scope : wanted) {
    Permission row;
    row.system = scope.kind == "system";
    if (row.system && scope.name_space != "/") return refuse(bad_request("unknown namespace"));
    if (!row.system && scope.name_space != "*") {
      const auto* project = state.project_named(scope.name_space);
      if (project == nullptr) return refuse(not_found("project " + scope.name_space + " not found"));
      row.project = project->id;
    }
    for (const auto& access : scope.access) {
      if (std::ranges::find(row.access, access) == row.access.end()) row.access.push_back(access);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

Or<void> check_offspring(const State& state, const Robot& creator, const RobotBody& body) {
  if (state.profile.offspring == Offspring::kUnchecked) return {};
  if (state.profile.offspring == Offspring::kSameLevel && creator.of_system() && body.level == "project") {
    return refuse(denied("denied"));
  }
  if (std::ranges::all_of(body.permissions, [&](const auto& wanted) { return covers(state, creator, wanted); })) {
    return {};
  }
  return refuse(
      denied("permission scope is invalid. It must be equal to or more restrictive than the creator robot's "
             "permissions: " +
             state.login_of(creator)));
}

std::string generated_secret() {
  const Profile any{.longest_secret = 128};
  std::string secret = random_text(32);
  while (!check_secret(any, secret)) {
    secret = random_text(32);
  }
  return secret;
}

std::int64_t expiry_of(Time created, std::int64_t days) {
  constexpr std::int64_t kDay = 86'400;
  return days == -1 ? -1 : created / 1000 + days * kDay;
}

}  // namespace harbor_double
