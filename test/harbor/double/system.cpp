#include "harbor/double/system.hpp"

#include <algorithm>

#include "harbor/double/body.hpp"

namespace harbor_double {
namespace {

Json component(const char* name) { return {{"name", name}, {"status", "healthy"}}; }

Json broken(const char* name, const std::string& url) {
  return {{"name", name},
          {"status", "unhealthy"},
          {"error", "failed to check health: Get \"" + url + "\": dial tcp: connect: connection refused"}};
}

Json rights_json(const std::vector<Right>& rights) {
  Json found = Json::array();
  for (const auto& right : rights) {
    found.push_back({{"resource", right.part}, {"action", right.action}});
  }
  return found;
}

bool administers_a_project(const Call& call) {
  return std::ranges::any_of(call.state.projects, [&](const auto& entry) {
    return role_of(call.state, call.caller, entry.second) == Role::kProjectAdmin;
  });
}

Json setting(const Json& value) { return {{"value", value}, {"editable", true}}; }

GoModel settings_model() {
  return {"configurations",
          "Configurations",
          {{"robot_name_prefix", GoType::kString},
           {"read_only", GoType::kBool},
           {"token_expiration", GoType::kInt64},
           {"robot_token_duration", GoType::kInt64},
           {"auth_mode", GoType::kString},
           {"oidc_name", GoType::kString}}};
}

}  // namespace

Response ping() { return {.status = 200, .headers = {{"Content-Type", "text/plain"}}, .body = "Pong"}; }

Response api_version() { return text_reply(200, R"({"version":"v2.0"})"); }

Response systeminfo(const Call& call) {
  const auto& state = call.state;
  const auto& settings = state.settings;
  Json json = {{"auth_mode", settings.auth_mode},
               {"banner_message", ""},
               {"primary_auth_mode", false},
               {"self_registration", false}};
  const bool oidc = settings.auth_mode == "oidc_auth";
  if (oidc || state.profile.always_names_oidc) json["oidc_provider_name"] = oidc ? settings.oidc_name : "";
  if (state.profile.version_is_public || call.caller.known()) json["harbor_version"] = state.profile.version;
  if (call.caller.known()) {
    const auto scheme = state.external_url.find("://");
    json["current_time"] = rfc3339(call.now);
    json["external_url"] = state.external_url;
    json["registry_url"] = scheme == std::string::npos ? state.external_url : state.external_url.substr(scheme + 3);
    json["has_ca_root"] = false;
    json["notification_enable"] = true;
    json["project_creation_restriction"] = "everyone";
    json["read_only"] = settings.read_only;
    json["registry_storage_provider_name"] = "filesystem";
  }
  return json_reply(200, json);
}

Response health(bool registry_is_up) {
  // The core alone, as it was recorded: what is not there is unhealthy.
  Json components = {component("core"),
                     component("database"),
                     broken("jobservice", "http://jobservice/api/v1/stats"),
                     broken("portal", "http://portal"),
                     component("redis"),
                     registry_is_up ? component("registry") : broken("registry", "http://registry/"),
                     broken("registryctl", "http://registryctl/api/health")};
  return json_reply(200, {{"status", "unhealthy"}, {"components", std::move(components)}});
}

Response ca_certificate() { return not_found("resource not found: cert not found in path: /etc/core/ca/ca.crt"); }

Response list_permissions(const Call& call) {
  const auto& profile = call.state.profile;
  if (!call.caller.known()) return error_reply(401, "UNAUTHORIZED", "");
  if (call.caller.sysadmin) {
    return json_reply(
        200, {{"system", rights_json(grantable(profile, true))}, {"project", rights_json(grantable(profile, false))}});
  }
  if (administers_a_project(call)) {
    return json_reply(200, {{"system", nullptr}, {"project", rights_json(grantable(profile, false))}});
  }
  return forbidden("forbidden: only admins(system and project) can access permissions");
}

Response get_settings(const Call& call) {
  if (auto allowed = require_system(call, "read", "configuration"); !allowed) return allowed.error();
  const auto& settings = call.state.settings;
  Json json = {{"auth_mode", setting(settings.auth_mode)},
               {"project_creation_restriction", setting("everyone")},
               {"read_only", setting(settings.read_only)},
               {"robot_name_prefix", setting(settings.robot_name_prefix)},
               {"robot_token_duration", setting(settings.robot_token_duration)},
               {"token_expiration", setting(settings.token_expiration)}};
  if (call.state.profile.always_names_oidc) {
    json["primary_auth_mode"] = setting(false);
    json["session_timeout"] = setting(60);
  }
  return json_reply(200, json);
}

Response put_settings(const Call& call) {
  const auto json = read_body(call.request, settings_model());
  if (!json) return json.error();
  if (auto allowed = require_system(call, "update", "configuration"); !allowed) return allowed.error();
  auto& settings = call.state.settings;
  const std::string prefix = json->value("robot_name_prefix", settings.robot_name_prefix);
  if (prefix.empty() && !call.state.profile.empty_prefix_allowed) {
    return bad_request("the robot name prefix cannot be empty");
  }
  settings.robot_name_prefix = prefix;
  settings.read_only = json->value("read_only", settings.read_only);
  settings.token_expiration = json->value("token_expiration", settings.token_expiration);
  settings.robot_token_duration = json->value("robot_token_duration", settings.robot_token_duration);
  settings.auth_mode = json->value("auth_mode", settings.auth_mode);
  settings.oidc_name = json->value("oidc_name", settings.oidc_name);
  return empty_reply();
}

}  // namespace harbor_double
