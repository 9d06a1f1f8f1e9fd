#include "harbor/double/token_service.hpp"

namespace harbor_double {
namespace {

/// Everything that the caller may do there, whatever was asked for; in a random order.
std::vector<std::string> repository_actions(const Call& call, const std::string& name) {
  const auto slash = name.find('/');
  const auto* project = slash == std::string::npos ? nullptr : call.state.project_named(name.substr(0, slash));
  if (project == nullptr) return {};
  std::vector<std::string> actions;
  for (const char* action : {"pull", "push", "delete"}) {
    if (can(call.state, call.caller, action, project_part(project->id, "repository"))) actions.emplace_back(action);
  }
  if (call.state.profile.token_star && actions.size() == 3) actions.emplace_back("*");
  shuffle(actions);
  return actions;
}

Grant grant_of(const Call& call, const std::string& scope) {
  const auto parts = split(scope, ':');
  Grant grant{parts.front()};
  for (std::size_t at = 1; at + 1 < parts.size(); ++at) {
    grant.name += (at == 1 ? "" : ":") + parts[at];
  }
  if (grant.type == "repository") grant.actions = repository_actions(call, grant.name);
  if (grant.type == "registry" && grant.name == "catalog" && call.caller.sysadmin) grant.actions = {"*"};
  return grant;
}

}  // namespace

Response issue_token(const Call& call, const TokenKey& key) {
  if (call.request.method != "GET") {
    Response reply = text_reply(405, "Method Not Allowed\n");
    if (call.state.profile.nosniff) reply.with("X-Content-Type-Options", "nosniff");
    return reply;
  }
  const auto service = call.request.param("service").value_or("");
  if (service != "harbor-registry") return text_reply(400, "Unable to handle service: " + service);
  if (!call.request.param("scope") && !call.caller.known()) return empty_reply(401);
  const auto life = call.state.settings.token_expiration * 60;
  Token token{call.caller.known() ? call.caller.name : "", call.now / 1000, call.now / 1000 + life};
  for (const auto& [name, value] : call.request.query) {
    for (const auto& scope : split(name == "scope" ? value : "", ' ')) {
      if (!scope.empty()) token.access.push_back(grant_of(call, scope));
    }
  }
  token.scoped = !token.access.empty();
  Response reply = json_reply(200, {{"token", key.sign(token)},
                                    {"access_token", ""},
                                    {"expires_in", life},
                                    {"issued_at", rfc3339_seconds(call.now)}});
  reply.headers = {{"Content-Type", "application/json; charset=utf-8"}};
  return reply;
}

}  // namespace harbor_double
