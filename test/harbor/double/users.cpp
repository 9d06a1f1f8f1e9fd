#include "harbor/double/users.hpp"

#include <algorithm>

#include "harbor/double/body.hpp"

namespace harbor_double {
namespace {

Json user_json(const User& user) {
  Json json = {{"user_id", user.id},
               {"username", user.name},
               {"realname", user.realname},
               {"sysadmin_flag", user.sysadmin},
               {"admin_role_in_auth", false},
               {"creation_time", rfc3339(user.created)},
               {"update_time", rfc3339(user.updated)}};
  if (!user.email.empty()) json["email"] = user.email;
  if (!user.comment.empty()) json["comment"] = user.comment;
  return json;
}

}  // namespace

Response current_user(const Call& call) {
  if (auto known = require_known(call); !known) return known.error();
  if (call.caller.kind == Caller::Kind::kRobot) {
    return precondition("get current user not available for security context: robot");
  }
  return json_reply(200, user_json(*call.state.user(call.caller.id)));
}

Response current_permissions(const Call& call) {
  if (auto known = require_known(call); !known) return known.error();
  const std::string scope = call.request.param("scope").value_or("");
  const std::string prefix = "/project/";
  Json found = Json::array();
  const auto id = scope.starts_with(prefix) ? to_number(scope.substr(prefix.size())) : std::nullopt;
  if (!id) return json_reply(200, found);
  for (const auto& right : project_rights()) {
    if (!can(call.state, call.caller, right.action, project_part(*id, std::string(right.part)))) continue;
    found.push_back(
        {{"resource", right.part.empty() ? scope : scope + "/" + std::string(right.part)}, {"action", right.action}});
  }
  return json_reply(200, found);
}

Response create_user(const Call& call) {
  const auto json = read_body(call.request, {"userReq",
                                             "UserCreationReq",
                                             {{"username", GoType::kString},
                                              {"password", GoType::kString},
                                              {"email", GoType::kString},
                                              {"realname", GoType::kString}}});
  if (!json) return json.error();
  if (auto allowed = require_system(call, "create", "user"); !allowed) return allowed.error();
  const std::string name = json->value("username", "");
  if (name.empty()) return bad_request("bad request");
  if (call.state.user_named(name) != nullptr) return conflict("user " + name + " already exists");
  auto& user = call.state.add_user(name, json->value("password", ""), false, call.now);
  user.email = json->value("email", user.email);
  user.realname = json->value("realname", user.realname);
  return created("/api/v2.0/users/" + std::to_string(user.id));
}

Response put_sysadmin(const Call& call, const std::string& id) {
  const auto number = path_number(id, "user_id");
  if (!number) return number.error();
  const auto json = read_body(call.request, {"sysadmin_flag", "UserSysAdminFlag", {{"sysadmin_flag", GoType::kBool}}});
  if (!json) return json.error();
  if (auto allowed = require_system(call, "update", "user"); !allowed) return allowed.error();
  const auto user = call.state.users.find(*number);
  if (user == call.state.users.end()) return not_found("user " + id + " not found");
  user->second.sysadmin = json->value("sysadmin_flag", false);
  user->second.updated = std::max(call.now, user->second.updated + 1);
  return empty_reply();
}

/// An administrator changes anybody's, a user his own by showing the old one.
Response put_password(const Call& call, const std::string& id) {
  const auto number = path_number(id, "user_id");
  if (!number) return number.error();
  const auto json =
      read_body(call.request,
                {"password", "PasswordReq", {{"old_password", GoType::kString}, {"new_password", GoType::kString}}});
  if (!json) return json.error();
  const bool own = call.caller.kind == Caller::Kind::kUser && call.caller.id == *number;
  if (auto allowed = own ? Or<void>{} : require_system(call, "update", "user"); !allowed) return allowed.error();
  const auto user = call.state.users.find(*number);
  if (user == call.state.users.end()) return not_found("user " + id + " not found");
  if (own && !call.caller.sysadmin && json->value("old_password", "") != user->second.password) {
    return forbidden("Current password is incorrect");
  }
  user->second.password = json->value("new_password", "");
  return empty_reply();
}

}  // namespace harbor_double
