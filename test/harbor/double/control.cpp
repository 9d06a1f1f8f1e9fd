#include "harbor/double/control.hpp"

#include <map>

#include "harbor/double/robot_rules.hpp"
#include "harbor/double/robots.hpp"

namespace harbor_double {
namespace {

Response done() { return json_reply(200, Json::object()); }
Response wrong(const std::string& why) { return json_reply(400, {{"error", why}}); }
Response missing(const std::string& what) { return json_reply(404, {{"error", "there is no " + what}}); }

Json robot_entry(const State& state, const Robot& robot) {
  Json entry = robot_json(state, robot);
  Json projects = Json::array();
  for (const auto& permission : entry["permissions"]) {
    projects.push_back(permission["namespace"]);
  }
  entry["login"] = state.login_of(robot);
  entry["stored_name"] = robot.name;
  entry["projects"] = projects;
  entry["disabled"] = robot.disabled;
  entry["created"] = entry["creation_time"];
  entry["description"] = robot.description;
  entry["expires_at"] = robot.expires_at;
  entry["visible"] = robot.visible;
  return entry;
}

/// What no API of Harbor can change; null `permissions` means that the rows are gone.
std::optional<std::string> apply(const State& state, const Json& change, Robot& robot) {
  robot.disabled = change.value("disabled", robot.disabled);
  robot.expires_at = change.value("expires_at", robot.expires_at);
  robot.visible = change.value("visible", robot.visible);
  if (change.contains("creation_time")) {
    const auto& value = change["creation_time"];
    const auto time = parse_time(value.is_string() ? value.get<std::string>() : value.dump());
    if (!time) return "creation_time is RFC 3339 or seconds";
    robot.created = *time;
  }
  if (change.contains("creator_type") && change["creator_type"].is_null()) robot.creator_type.clear();
  if (change.contains("permissions")) {
    const auto rows = resolve(state, robot_body({{"permissions", change["permissions"]}}).permissions);
    if (!rows) return rows.error().body;
    robot.permissions = *rows;
  }
  return std::nullopt;
}

}  // namespace

Delivery Control::serve(const Request& request) {
  try {
    return {answer(request)};
  } catch (const std::exception& error) {  // a member of another type
    return {wrong(error.what())};
  }
}

Control::Handler Control::handler_of(const std::string& method, const std::string& path) {
  static const std::map<std::string, Handler> kHandlers{{"GET /requests", &Control::requests},
                                                        {"DELETE /requests", &Control::forget_requests},
                                                        {"GET /stats", &Control::stats},
                                                        {"GET /robots", &Control::robots},
                                                        {"POST /robots/", &Control::change_robot},
                                                        {"DELETE /robots/", &Control::remove_robot},
                                                        {"POST /clock", &Control::clock},
                                                        {"GET /faults", &Control::faults},
                                                        {"POST /faults", &Control::add_faults},
                                                        {"DELETE /faults", &Control::forget_faults},
                                                        {"POST /offline", &Control::offline},
                                                        {"POST /users", &Control::add_user},
                                                        {"POST /members", &Control::add_member},
                                                        {"POST /projects", &Control::add_project},
                                                        {"POST /prefix", &Control::prefix},
                                                        {"POST /read_only", &Control::read_only},
                                                        {"POST /password", &Control::password},
                                                        {"PUT /password", &Control::password},
                                                        {"POST /tls", &Control::tls},
                                                        {"POST /login_delay", &Control::login_delay},
                                                        {"POST /registry", &Control::registry},
                                                        {"GET /token_key", &Control::token_key}};
  const auto found = kHandlers.find(method + " " + path);
  return found == kHandlers.end() ? nullptr : found->second;
}

Response Control::answer(const Request& request) {
  const std::string robot = "/robots/";
  Json body = request.body.empty() ? Json::object() : Json::parse(request.body, nullptr, false);
  if (body.is_discarded()) return wrong("the body is not JSON");
  const bool is_robot = request.path.starts_with(robot) && request.path.size() > robot.size();
  if (is_robot && body.is_object()) body["id"] = to_number(request.path.substr(robot.size())).value_or(0);
  const auto handler = handler_of(request.method, is_robot ? robot : request.path);
  return handler == nullptr ? missing(request.method + " " + request.path) : (this->*handler)(body);
}

Response Control::requests(const Json& /*body*/) { return json_reply(200, front_.journal().requests()); }

Response Control::forget_requests(const Json& /*body*/) {
  front_.journal().clear();
  return done();
}

Response Control::stats(const Json& /*body*/) { return json_reply(200, front_.journal().stats()); }

Response Control::robots(const Json& /*body*/) {
  Json found = Json::array();
  harbor_.with_state([&](State& state) {
    for (const auto& [id, robot] : state.robots) {
      found.push_back(robot_entry(state, robot));
    }
  });
  return json_reply(200, found);
}

Response Control::change_robot(const Json& body) {
  Response reply = done();
  harbor_.with_state([&](State& state) {
    auto* robot = state.robot(body.at("id").get<Id>());
    if (robot == nullptr) {
      reply = missing("robot " + body["id"].dump());
    } else if (const auto problem = apply(state, body, *robot)) {
      reply = wrong(*problem);
    }
  });
  return reply;
}

Response Control::remove_robot(const Json& body) {
  bool removed = false;
  harbor_.with_state([&](State& state) { removed = state.robots.erase(body.at("id").get<Id>()) > 0; });
  return removed ? done() : missing("robot " + body["id"].dump());
}

Response Control::clock(const Json& body) {
  if (body.contains("offset_seconds")) {
    harbor_.shift_clock(static_cast<Time>(body["offset_seconds"].get<double>() * 1000));
  }
  return json_reply(200, {{"now", rfc3339(harbor_.now())}});
}

Response Control::faults(const Json& /*body*/) { return json_reply(200, front_.faults().list()); }

Response Control::add_faults(const Json& body) {
  std::vector<Fault> faults;
  for (const auto& entry : body.is_array() ? body : Json::array({body})) {
    const auto fault = parse_fault(entry);
    if (!fault) return wrong(fault.error());
    faults.push_back(*fault);
  }
  front_.faults().add(std::move(faults));
  return done();
}

Response Control::forget_faults(const Json& /*body*/) {
  front_.faults().clear();
  return done();
}

Response Control::offline(const Json& body) {
  listener_->set_offline(body.at("offline").get<bool>());
  return done();
}

Response Control::add_user(const Json& body) {
  Json reply;
  harbor_.with_state([&](State& state) {
    const auto name = body.at("username").get<std::string>();
    if (state.user_named(name) != nullptr) return;
    reply["id"] = state.add_user(name, body.at("password"), body.value("sysadmin", false), harbor_.now()).id;
  });
  return reply.is_null() ? wrong("there is a user of that name") : json_reply(201, reply);
}

Response Control::add_member(const Json& body) {
  const auto& value = body.at("role");
  static const std::map<std::string, int> kRoles{{"projectAdmin", 1}, {"admin", 1},      {"developer", 2},
                                                 {"guest", 3},        {"maintainer", 4}, {"limitedGuest", 5}};
  const int role = value.is_number() ? value.get<int>() : kRoles.at(value.get<std::string>());
  Response reply = done();
  harbor_.with_state([&](State& state) {
    auto* project = state.project_named(body.at("project").get<std::string>());
    const auto* user = state.user_named(body.at("username").get<std::string>());
    if (project == nullptr || user == nullptr) {
      reply = missing("such project or user");
    } else {
      project->members[user->id] = static_cast<Role>(role);
    }
  });
  return reply;
}

Response Control::add_project(const Json& body) {
  Json reply;
  harbor_.with_state([&](State& state) {
    const auto name = body.at("name").get<std::string>();
    if (state.project_named(name) != nullptr) return;
    reply["id"] = state.add_project(name, body.value("public", false), kAdminId, harbor_.now()).id;
  });
  return reply.is_null() ? wrong("there is a project of that name") : json_reply(201, reply);
}

Response Control::prefix(const Json& body) {
  harbor_.with_state([&](State& state) { state.settings.robot_name_prefix = body.at("prefix"); });
  return done();
}

Response Control::read_only(const Json& body) {
  harbor_.with_state([&](State& state) { state.settings.read_only = body.at("on"); });
  return done();
}

Response Control::password(const Json& body) {
  bool found = false;
  harbor_.with_state([&](State& state) {
    auto* user = state.user_named(body.at("username").get<std::string>());
    found = user != nullptr;
    if (found) user->password = body.at("password");
  });
  return found ? done() : missing("such user");
}

Response Control::tls(const Json& body) {
  const auto problem = listener_->use_tls({body.at("cert"), body.at("key")});
  return problem ? wrong(*problem) : done();
}

Response Control::login_delay(const Json& body) {
  harbor_.with_state([&](State& state) { state.settings.login_penalty = body.at("ms"); });
  return done();
}

Response Control::registry(const Json& body) {
  harbor_.set_registry_up(body.at("up"));
  return done();
}

Response Control::token_key(const Json& /*body*/) {
  return json_reply(200, {{"kid", harbor_.key().id()}, {"public_key", harbor_.key().public_pem()}});
}

}  // namespace harbor_double
