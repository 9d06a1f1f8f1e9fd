#include "harbor/double/robots.hpp"

#include <algorithm>

#include "harbor/double/body.hpp"
#include "harbor/double/robot_rules.hpp"

namespace harbor_double {
namespace {

constexpr std::size_t kLongestName = 255;
constexpr std::size_t kLongestDescription = 1024;

GoModel robot_model(std::string_view name) {
  return {"robot",
          name,
          {{"name", GoType::kString},
           {"description", GoType::kString},
           {"secret", GoType::kString},
           {"level", GoType::kString},
           {"disable", GoType::kBool},
           {"duration", GoType::kInt64},
           {"permissions", GoType::kList, "[]*models.RobotPermission"}}};
}

/// The scopes that are shown, with their rows.
std::vector<std::pair<Wanted, const Permission*>> shown_scopes(const State& state, const Robot& robot) {
  std::vector<std::pair<Wanted, const Permission*>> shown;
  for (const auto& row : robot.permissions) {
    const auto* project = state.project(row.project);
    if (row.system) {
      shown.push_back({{"system", "/", row.access}, &row});
    } else if (row.project == kAllProjects) {
      shown.push_back({{"project", "*", row.access}, &row});
    } else if (project != nullptr) {
      shown.push_back({{"project", project->name, row.access}, &row});
    }
  }
  shuffle(shown);
  return shown;
}

/// Rights on one robot: those of the system, or of its project.
Or<void> require_robot(const Call& call, const Robot& robot, std::string_view action) {
  if (robot.of_system()) return require_system(call, action, "robot");
  return require_project(call, call.state.project(robot.project), action, "robot");
}

/// Known caller first, then the robot: a missing one is 404 for every known caller.
Or<Robot*> find_robot(const Call& call, const std::string& id) {
  const auto number = path_number(id, "robot_id");
  if (!number) return tl::unexpected(number.error());
  if (const auto known = require_known(call); !known) return tl::unexpected(known.error());
  if (auto* robot = call.state.robot(*number)) return robot;
  return tl::unexpected(not_found("robot " + id + " not found"));
}

Or<void> require_creation(const Call& call, const RobotBody& body) {
  if (body.level == "system") return require_system(call, "create", "robot");
  const auto* project = call.state.project_named(body.permissions.front().name_space);
  return require_project(call, project, "create", "robot");
}

void name_creator(const Call& call, Robot& robot) {
  robot.creator_type = call.caller.kind == Caller::Kind::kRobot ? "robot" : "local";
  robot.creator = call.caller.id;
}

/// The new row, or why the database refuses it. A refusal by a row that is there burns an id, as does a scope that
/// cannot be resolved at system level.
Or<Robot> new_robot(const Call& call, const RobotBody& body) {
  auto& state = call.state;
  Robot robot{.name = body.name, .description = body.description, .secret = generated_secret()};
  if (body.level == "project") {
    const auto& name = body.permissions.front().name_space;
    const auto* project = state.project_named(name);
    if (project == nullptr) return tl::unexpected(not_found("project " + name + " not found"));
    robot.project = project->id;
    robot.name = project->name + "+" + body.name;
  }
  const bool fits = robot.name.size() <= kLongestName && body.description.size() <= kLongestDescription;
  if (!fits) return tl::unexpected(server_error());
  robot.id = ++state.last_robot;
  if (state.robot_stored_as(robot.name) != nullptr) {
    return tl::unexpected(
        conflict("robot account " + std::to_string(robot.project) + ":" + robot.name + " already exists"));
  }
  auto rows = resolve(state, body.permissions);
  if (!rows) return tl::unexpected(rows.error());
  robot.permissions = std::move(*rows);
  const auto days = body.duration.value_or(0);
  robot.duration = days == 0 ? state.settings.robot_token_duration : days;
  robot.created = robot.updated = call.now;
  robot.expires_at = expiry_of(call.now, robot.duration);
  name_creator(call, robot);
  return robot;
}

/// Go reads the body over what was shown a moment ago, so an entry without an effect keeps that of its position.
void keep_effects(const State& state, const Robot& robot, RobotBody& body) {
  const auto shown = shown_scopes(state, robot);
  for (std::size_t scope = 0; scope < std::min(shown.size(), body.permissions.size()); ++scope) {
    const auto& old = shown[scope].first.access;
    auto& access = body.permissions[scope].access;
    for (std::size_t at = 0; at < std::min(old.size(), access.size()); ++at) {
      if (access[at].effect.empty()) access[at].effect = old[at].effect;
    }
  }
}

Or<void> check_update(const Call& call, const Robot& robot, const RobotBody& body) {
  const auto& profile = call.state.profile;
  const auto otherwise = profile.put_keeps_duration ? robot.duration : 0;
  // A duration that is kept is not judged: it may be one that an older version allowed.
  const bool kept = !body.duration && profile.put_keeps_duration;
  if (auto checked = check_robot(profile, body, kept ? -1 : body.duration.value_or(otherwise)); !checked)
    return checked;
  if (!robot.of_system()) {
    const auto& name = body.permissions.front().name_space;
    const auto* project = call.state.project_named(name);
    if (project == nullptr) return tl::unexpected(not_found("project " + name + " not found"));
    if (project->id != robot.project) {
      return tl::unexpected(bad_request("cannot update the project id of robot"));
    }
  }
  if (auto allowed = require_robot(call, robot, "update"); !allowed) return allowed;
  const bool same_level = (body.level == "system") == robot.of_system();
  if (same_level && body.name == call.state.login_of(robot)) return {};
  return tl::unexpected(bad_request("cannot update the level or name of robot"));
}

/// A change is always seen, also one in the same millisecond.
void touch(Robot& robot, Time now) { robot.updated = std::max(now, robot.updated + 1); }

void update_robot(const Call& call, Robot& robot, const RobotBody& body) {
  const auto& state = call.state;
  auto days = robot.duration;
  if (body.duration || !state.profile.put_keeps_duration) days = body.duration.value_or(0);
  if (days == 0) days = state.settings.robot_token_duration;
  if (days != robot.duration) robot.expires_at = expiry_of(robot.created, days);
  robot.duration = days;
  robot.description = body.description;
  robot.disabled = body.disable;
  touch(robot, call.now);
}

}  // namespace

Json robot_json(const State& state, const Robot& robot) {
  Json scopes = Json::array();
  for (const auto& [scope, row] : shown_scopes(state, robot)) {
    Json rights = Json::array();
    for (const auto& access : row->access) {
      Json right = {{"resource", access.resource}, {"action", access.action}};
      if (!access.effect.empty()) right["effect"] = access.effect;
      rights.push_back(std::move(right));
    }
    scopes.push_back({{"kind", scope.kind}, {"namespace", scope.name_space}, {"access", std::move(rights)}});
  }
  Json json = {{"id", robot.id},
               {"name", state.login_of(robot)},
               {"level", robot.of_system() ? "system" : "project"},
               {"disable", robot.disabled},
               {"editable", true},
               {"permissions", std::move(scopes)},
               {"creation_time", rfc3339(robot.created)},
               {"update_time", rfc3339(robot.updated)}};
  if (!robot.description.empty()) json["description"] = robot.description;
  if (robot.duration != 0) json["duration"] = robot.duration;
  if (robot.expires_at != 0) json["expires_at"] = robot.expires_at;
  if (state.profile.names_creator && !robot.creator_type.empty()) {
    json["creator_type"] = robot.creator_type;
    json["creator_ref"] = robot.creator;
  }
  return json;
}

Response create_robot(const Call& call) {
  const auto json = read_body(call.request, robot_model("RobotCreate"));
  if (!json) return json.error();
  const auto body = robot_body(*json);
  if (auto checked = check_name(body.name); !checked) return checked.error();
  if (auto checked = check_robot(call.state.profile, body, body.duration.value_or(0)); !checked) return checked.error();
  if (auto allowed = require_creation(call, body); !allowed) return allowed.error();
  if (const auto* creator = call.caller.kind == Caller::Kind::kRobot ? call.state.robot(call.caller.id) : nullptr) {
    if (auto allowed = check_offspring(call.state, *creator, body); !allowed) return allowed.error();
  }
  auto robot = new_robot(call, body);
  if (!robot) return robot.error();
  const Json reply = {{"id", robot->id},
                      {"name", call.state.login_of(*robot)},
                      {"secret", robot->secret},
                      {"creation_time", rfc3339(robot->created)},
                      {"expires_at", robot->expires_at}};
  const auto id = robot->id;
  call.state.robots[id] = std::move(*robot);
  return json_reply(201, reply).with("Location", "/api/v2.0/robots/" + std::to_string(id));
}

Response get_robot(const Call& call, const std::string& id) {
  const auto robot = find_robot(call, id);
  if (!robot) return robot.error();
  if (auto allowed = require_robot(call, **robot, "read"); !allowed) return allowed.error();
  return json_reply(200, robot_json(call.state, **robot));
}

Response put_robot(const Call& call, const std::string& id) {
  // Before the caller is asked for: a body that cannot be read is 422 for everybody.
  if (const auto number = path_number(id, "robot_id"); !number) return number.error();
  const auto json = read_body(call.request, robot_model("Robot"));
  if (!json) return json.error();
  auto body = robot_body(*json);
  const auto robot = find_robot(call, id);
  if (!robot) return robot.error();
  if (auto checked = check_update(call, **robot, body); !checked) return checked.error();
  keep_effects(call.state, **robot, body);
  auto rows = resolve(call.state, body.permissions);
  if (!rows) return rows.error();
  update_robot(call, **robot, body);
  (*robot)->permissions = std::move(*rows);
  return empty_reply();
}

Response patch_robot(const Call& call, const std::string& id) {
  if (const auto number = path_number(id, "robot_id"); !number) return number.error();
  const auto json = read_body(call.request, {"robotSec", "RobotSec", {{"secret", GoType::kString}}});
  if (!json) return json.error();
  const auto robot = find_robot(call, id);
  if (!robot) return robot.error();
  if (auto allowed = require_robot(call, **robot, "update"); !allowed) return allowed.error();
  const std::string own = json->value("secret", "");
  if (!own.empty()) {
    if (auto checked = check_secret(call.state.profile, own); !checked) return checked.error();
  }
  (*robot)->secret = own.empty() ? generated_secret() : own;
  touch(**robot, call.now);
  return json_reply(200, own.empty() ? Json{{"secret", (*robot)->secret}} : Json::object());
}

Response delete_robot(const Call& call, const std::string& id) {
  const auto robot = find_robot(call, id);
  if (!robot) return robot.error();
  if (auto allowed = require_robot(call, **robot, "delete"); !allowed) return allowed.error();
  if ((*robot)->permissions.empty()) return not_found("role permission robotaccount:" + id + " not found");
  call.state.robots.erase((*robot)->id);
  return empty_reply();
}

}  // namespace harbor_double
