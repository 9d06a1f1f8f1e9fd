#include "harbor/double/projects.hpp"

#include <algorithm>

#include "harbor/double/body.hpp"
#include "harbor/double/list_query.hpp"
#include "harbor/double/robot_rules.hpp"

namespace harbor_double {
namespace {

constexpr const char* kNoTime = "0001-01-01T00:00:00.000Z";

Json project_json(const Call& call, const Project& project) {
  const auto* owner = call.state.user(project.owner);
  const auto role = role_of(call.state, call.caller, project);
  Json json = {{"project_id", project.id},
               {"name", project.name},
               {"owner_id", project.owner},
               {"owner_name", owner == nullptr ? "" : owner->name},
               {"repo_count", project.repositories.size()},
               {"metadata", {{"public", project.is_public ? "true" : "false"}}},
               {"creation_time", rfc3339(project.created)},
               {"update_time", rfc3339(project.created)},
               {"current_user_role_ids", nullptr}};
  json["cve_allowlist"] = {{"id", project.allowlist},
                           {"project_id", project.id},
                           {"items", Json::array()},
                           {"creation_time", kNoTime},
                           {"update_time", kNoTime}};
  if (role) {
    json["current_user_role_id"] = static_cast<int>(*role);
    json["current_user_role_ids"] = {static_cast<int>(*role)};
  }
  return json;
}

bool robot_is_in(const State& state, Id robot, const Project& project) {
  const auto found = state.robots.find(robot);
  return found != state.robots.end() &&
         std::ranges::any_of(found->second.permissions, [&](const Permission& permission) {
           return !permission.system && (permission.project == kAllProjects || permission.project == project.id);
         });
}

/// What a list shows to the caller: public projects, his own, for a robot those where it has any right.
bool lists(const Call& call, const Project& project) {
  if (project.is_public || call.caller.sysadmin) return true;
  if (call.caller.kind == Caller::Kind::kRobot) return robot_is_in(call.state, call.caller.id, project);
  return role_of(call.state, call.caller, project).has_value();
}

Or<void> require_creation(const Call& call) {
  if (auto known = require_known(call); !known) return known;
  if (call.caller.kind != Caller::Kind::kRobot) return {};
  const auto robot = call.state.robots.find(call.caller.id);
  if (robot == call.state.robots.end() || !robot->second.of_system()) {
    return tl::unexpected(forbidden("Only system level robot can create project"));
  }
  return require_system(call, "create", "project");
}

}  // namespace

Response create_project(const Call& call) {
  const auto json = read_body(
      call.request, {"project",
                     "ProjectReq",
                     {{"project_name", GoType::kString}, {"public", GoType::kBool}, {"metadata", GoType::kObject}}});
  if (!json) return json.error();
  if (auto allowed = require_creation(call); !allowed) return allowed.error();
  const std::string name = json->value("project_name", "");
  if (!check_name(name)) return bad_request("project name is not in lower case or contains illegal characters");
  if (call.state.project_named(name) != nullptr) {
    ++call.state.last_project;
    return conflict("The project named " + name + " already exists");
  }
  const bool is_public =
      json->value("public", false) || json->value("metadata", Json::object()).value("public", "false") == "true";
  const auto owner = call.caller.kind == Caller::Kind::kRobot ? kAdminId : call.caller.id;
  const auto& project = call.state.add_project(name, is_public, owner, call.now);
  return created("/api/v2.0/projects/" + std::to_string(project.id));
}

Response list_projects(const Call& call) {
  auto pages = read_pages(call.request);
  if (!pages) return pages.error();
  auto query = read_conditions(std::move(*pages));
  if (!query) return query.error();
  if (const auto name = call.request.param("name"); name && !name->empty()) {
    query->conditions["name"] = {Condition::Kind::kFuzzy, {*name}};
  }
  if (const auto is_public = call.request.param("public")) {
    query->conditions["public"] = {Condition::Kind::kExact, {*is_public}};
  }
  std::vector<Row> rows;
  for (const auto& [id, project] : call.state.projects) {
    if (!lists(call, project)) continue;
    Columns columns{{"name", project.name},
                    {"project_id", std::to_string(project.id)},
                    {"public", project.is_public ? "true" : "false"},
                    {"creation_time", rfc3339(project.created)}};
    rows.push_back({std::move(columns), [&] { return project_json(call, project); }});
  }
  return list_reply(call.request, *query, std::move(rows));
}

Response head_project(const Call& call) {
  if (auto known = require_known(call); !known) return known.error();
  const auto name = call.request.param("project_name").value_or("");
  return call.state.project_named(name) != nullptr ? empty_reply() : not_found("project " + name + " not found");
}

Response get_project(const Call& call, const std::string& id_or_name) {
  const auto* project = find_project(call, id_or_name);
  if (auto allowed = require_project(call, project, "read", ""); !allowed) return allowed.error();
  if (project == nullptr) return not_found("project " + id_or_name + " not found");
  return json_reply(200, project_json(call, *project));
}

Response delete_project(const Call& call, const std::string& id_or_name) {
  const auto* project = find_project(call, id_or_name);
  if (auto allowed = require_project(call, project, "delete", ""); !allowed) return allowed.error();
  if (project == nullptr) return not_found("project " + id_or_name + " not found");
  if (!project->repositories.empty()) {
    return precondition("precondition failed: the project contains repositories, can not be deleted");
  }
  call.state.remove_project(project->id);
  return empty_reply();
}

Response list_members(const Call& call, const std::string& id_or_name) {
  const auto* project = find_project(call, id_or_name);
  if (auto allowed = require_project(call, project, "list", "member"); !allowed) return allowed.error();
  if (project == nullptr) return not_found("project " + id_or_name + " not found");
  Json members = Json::array();
  for (const auto& [id, role] : project->members) {
    const auto* user = call.state.user(id);
    members.push_back({{"id", id},
                       {"project_id", project->id},
                       {"entity_id", id},
                       {"entity_name", user == nullptr ? "" : user->name},
                       {"entity_type", "u"},
                       {"role_id", static_cast<int>(role)}});
  }
  return json_reply(200, members).with("X-Total-Count", std::to_string(members.size()));
}

Response create_member(const Call& call, const std::string& id_or_name) {
  const auto json =
      read_body(call.request,
                {"projectMember", "ProjectMember", {{"role_id", GoType::kInt64}, {"member_user", GoType::kObject}}});
  if (!json) return json.error();
  auto* project = find_project(call, id_or_name);
  if (auto allowed = require_project(call, project, "create", "member"); !allowed) return allowed.error();
  if (project == nullptr) return not_found("project " + id_or_name + " not found");
  const auto role = json->value("role_id", 0);
  if (role < 1 || role > 5) return bad_request("role_id must be one of 1 to 5");
  const std::string name = json->value("member_user", Json::object()).value("username", "");
  const auto* user = call.state.user_named(name);
  if (user == nullptr) return not_found("the user " + name + " not found");
  if (project->members.contains(user->id)) return conflict("the project member is already exist");
  project->members[user->id] = static_cast<Role>(role);
  return created("/api/v2.0/projects/" + std::to_string(project->id) + "/members/" + std::to_string(user->id));
}

Response list_repositories(const Call& call, const std::string& id_or_name) {
  const auto* project = find_project(call, id_or_name);
  if (auto allowed = require_project(call, project, "list", "repository"); !allowed) return allowed.error();
  if (project == nullptr) return not_found("project " + id_or_name + " not found");
  Json found = Json::array();
  for (const auto& [name, repository] : project->repositories) {
    found.push_back({{"name", project->name + "/" + name},
                     {"project_id", project->id},
                     {"artifact_count", repository.digests.size()},
                     {"pull_count", repository.pulls}});
  }
  return json_reply(200, found).with("X-Total-Count", std::to_string(found.size()));
}

Response delete_repository(const Call& call, const std::string& id_or_name, const std::string& name) {
  auto* project = find_project(call, id_or_name);
  if (auto allowed = require_project(call, project, "delete", "repository"); !allowed) return allowed.error();
  if (project == nullptr) return not_found("project " + id_or_name + " not found");
  if (project->repositories.erase(name) == 0) {
    return not_found("repository " + project->name + "/" + name + " not found");
  }
  return empty_reply();
}

}  // namespace harbor_double
