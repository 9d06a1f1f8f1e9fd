#include "harbor/double/rights.hpp"

#include <algorithm>

namespace harbor_double {
namespace {

/// The path that a row of a robot is about, `*` for any project.
std::string pattern_of(const Permission& permission, const std::string& resource) {
  if (permission.system) return "/system/" + resource;
  const std::string scope =
      "/project/" + (permission.project == kAllProjects ? "*" : std::to_string(permission.project));
  return resource == "project" ? scope : scope + "/" + resource;
}

std::string path_of(const Target& target) {
  if (target.system) return "/system/" + target.part;
  const std::string scope = "/project/" + std::to_string(target.project);
  return target.part.empty() ? scope : scope + "/" + target.part;
}

/// `*` stands for any text, slashes too: that is why project:read on all projects reads everything in them.
bool matches(std::string_view pattern, std::string_view path) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == path;
  if (!path.starts_with(pattern.substr(0, star))) return false;
  const auto rest = pattern.substr(star + 1);
  for (std::size_t at = star; at <= path.size(); ++at) {
    if (matches(rest, path.substr(at))) return true;
  }
  return false;
}

struct Verdict {
  bool allowed = false;
  bool denied = false;
};

void judge(const Permission& permission, std::string_view action, const std::string& path, Verdict& verdict) {
  for (const auto& access : permission.access) {
    const bool fits =
        (access.action == action || access.action == "*") && matches(pattern_of(permission, access.resource), path);
    if (fits && (access.effect.empty() || access.effect == "allow")) verdict.allowed = true;
    if (fits && access.effect == "deny") verdict.denied = true;
  }
}

/// A project robot that may push may pull.
Permission with_pull(Permission permission, const Robot& robot) {
  const auto pushes = [](const Access& access) { return access.resource == "repository" && access.action == "push"; };
  const auto found = std::ranges::find_if(permission.access, pushes);
  if (!robot.of_system() && found != permission.access.end()) {
    Access pull = *found;
    pull.action = "pull";
    permission.access.push_back(pull);
  }
  return permission;
}

bool robot_can(const State& state, const Robot& robot, std::string_view action, const Target& target) {
  const bool has_system = std::ranges::any_of(robot.permissions, &Permission::system);
  if (has_system && !target.system && !state.profile.mixed_kinds) return false;
  Verdict verdict;
  for (const auto& permission : robot.permissions) {
    judge(with_pull(permission, robot), action, path_of(target), verdict);
  }
  return verdict.allowed && !verdict.denied;
}

bool one_of(std::string_view action, std::initializer_list<std::string_view> actions) {
  return std::ranges::find(actions, action) != actions.end();
}

/// What everybody may do in a public project.
bool public_can(std::string_view action, const std::string& part) {
  if (part == "repository") return one_of(action, {"pull", "list", "read"});
  if (part == "label" || part == "artifact" || part == "tag" || part == "accessory") {
    return one_of(action, {"read", "list"});
  }
  return (part.empty() || one_of(part, {"scan", "sbom", "scanner", "artifact-addition"})) && action == "read";
}

bool role_can(Role role, std::string_view action, const std::string& part) {
  if (role == Role::kProjectAdmin) return true;
  if (public_can(action, part) && (role != Role::kLimitedGuest || part != "label")) return true;
  if (role == Role::kLimitedGuest) return false;
  if (one_of(part, {"robot", "member", "log", "metadata", "quota", "configuration"})) {
    return one_of(action, {"read", "list"});
  }
  if (role == Role::kGuest) return false;
  if (part == "repository" && action == "push") return true;
  if (role == Role::kMaintainer) return one_of(part, {"repository", "artifact", "tag", "label", "scan"});
  return one_of(part, {"artifact", "tag", "scan"}) && action == "create";
}

bool token_can(const State& state, const Caller& caller, std::string_view action, const Target& target) {
  const Project* project = state.project(target.project);
  if (target.system || project == nullptr || target.part != "repository") return false;
  const auto found = caller.token_actions.find(project->name);
  return found != caller.token_actions.end() && found->second.contains(std::string(action));
}

}  // namespace

std::optional<Role> role_of(const State& state, const Caller& caller, const Project& project) {
  if (caller.kind != Caller::Kind::kUser) return std::nullopt;
  if (caller.sysadmin) return Role::kProjectAdmin;
  const auto* user = state.user(caller.id);
  const auto found = user == nullptr ? project.members.end() : project.members.find(user->id);
  return found == project.members.end() ? std::nullopt : std::optional(found->second);
}

bool can(const State& state, const Caller& caller, std::string_view action, const Target& target) {
  if (caller.kind == Caller::Kind::kToken) return token_can(state, caller, action, target);
  if (caller.kind == Caller::Kind::kUser && caller.sysadmin) return true;
  const Project* project = target.system ? nullptr : state.project(target.project);
  if (project != nullptr && project->is_public && public_can(action, target.part)) return true;
  if (caller.kind == Caller::Kind::kUser) {
    const auto role = project == nullptr ? std::nullopt : role_of(state, caller, *project);
    return role && role_can(*role, action, target.part);
  }
  if (caller.kind != Caller::Kind::kRobot) return false;
  const auto robot = state.robots.find(caller.id);
  return (target.system || project != nullptr) && robot != state.robots.end() &&
         robot_can(state, robot->second, action, target);
}

}  // namespace harbor_double
