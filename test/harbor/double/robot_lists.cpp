#include "harbor/double/list_query.hpp"
#include "harbor/double/robots.hpp"

namespace harbor_double {
namespace {

/// Whose robots are asked for.
struct Listed {
  bool every = false;  ///< all levels, all projects
  Id project = kNoProject;
};

Or<Listed> project_of(const ListQuery& query) {
  const auto found = query.conditions.find("ProjectID");
  if (found == query.conditions.end()) {
    return tl::unexpected(bad_request("must with project ID when to query project robots"));
  }
  // A list where one value belongs brings the handler down.
  if (found->second.kind != Condition::Kind::kExact) return tl::unexpected(empty_reply(500));
  const auto id = to_number(found->second.values.front());
  if (!id || *id <= 0) return tl::unexpected(bad_request("ProjectID must be a positive integer"));
  return Listed{false, *id};
}

/// Without a level it is the system's robots, whatever else is asked.
Or<Listed> listed_of(const Call& call, const ListQuery& query) {
  const auto level = query.conditions.find("Level");
  if (level == query.conditions.end()) return Listed{};
  if (level->second.kind != Condition::Kind::kExact) return tl::unexpected(empty_reply(500));
  const auto& value = level->second.values.front();
  if (value == "project") return project_of(query);
  if (value != "system") return tl::unexpected(bad_request("bad request error level input"));
  if (!call.state.profile.level_system_lists_all) return Listed{};
  const bool one = query.conditions.contains("ProjectID");
  auto project = one ? project_of(query) : Or<Listed>(Listed{true, kNoProject});
  return project;
}

Columns columns_of(const State& state, const Robot& robot) {
  const auto flag = [](bool value) { return std::string(value ? "true" : "false"); };
  Columns columns{{"name", robot.name},
                  {"description", robot.description},
                  {"duration", std::to_string(robot.duration)},
                  {"disabled", flag(robot.disabled)},
                  {"visible", flag(robot.visible)},
                  {"id", std::to_string(robot.id)},
                  {"project_id", std::to_string(robot.project)},
                  {"creation_time", rfc3339(robot.created)},
                  {"update_time", rfc3339(robot.updated)},
                  {"expiresat", std::to_string(robot.expires_at)}};
  if (state.profile.filters_by_secret) columns["secret"] = robot.secret;
  static const std::map<std::string, std::string> kFields{{"Name", "name"},
                                                          {"Description", "description"},
                                                          {"Duration", "duration"},
                                                          {"Disabled", "disabled"},
                                                          {"Visible", "visible"},
                                                          {"ID", "id"},
                                                          {"ExpiresAt", "expiresat"},
                                                          {"CreationTime", "creation_time"},
                                                          {"UpdateTime", "update_time"}};
  for (const auto& [field, column] : kFields) {
    columns[field] = columns[column];
  }
  return columns;
}

Response reply(const Call& call, const ListQuery& query, const Listed& listed) {
  std::vector<Row> rows;
  for (const auto& [id, robot] : call.state.robots) {
    if (!robot.visible || (!listed.every && robot.project != listed.project)) continue;
    rows.push_back({columns_of(call.state, robot), [&] { return robot_json(call.state, robot); }});
  }
  return list_reply(call.request, query, std::move(rows));
}

Or<void> require_list(const Call& call, const Listed& listed) {
  if (listed.project == kNoProject) return require_system(call, "list", "robot");
  return require_project(call, call.state.project(listed.project), "list", "robot");
}

}  // namespace

Response list_robots(const Call& call) {
  auto pages = read_pages(call.request);
  if (!pages) return pages.error();
  if (auto known = require_known(call); !known) return known.error();
  const auto query = read_conditions(std::move(*pages));
  if (!query) return query.error();
  const auto listed = listed_of(call, *query);
  if (!listed) return listed.error();
  if (auto allowed = require_list(call, *listed); !allowed) return allowed.error();
  return reply(call, *query, *listed);
}

Response list_legacy_robots(const Call& call, const std::string& project) {
  auto pages = read_pages(call.request);
  if (!pages) return pages.error();
  const auto* found = find_project(call, project);
  if (auto allowed = require_project(call, found, "list", "robot"); !allowed) return allowed.error();
  if (found == nullptr) return not_found("project " + project + " not found");
  const auto query = read_conditions(std::move(*pages));
  if (!query) return query.error();
  return reply(call, *query, {false, found->id});
}

}  // namespace harbor_double
