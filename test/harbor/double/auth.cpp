#include "harbor/double/auth.hpp"

#include "base/digest.hpp"

namespace harbor_double {
namespace {

std::optional<Caller> robot_caller(const State& state, const std::string& name, const std::string& secret, Time now) {
  const auto& prefix = state.settings.robot_name_prefix;
  if (!name.starts_with(prefix)) return std::nullopt;
  const auto* robot = state.robot_stored_as(name.substr(prefix.size()));
  const bool good = robot != nullptr && robot->secret == secret && !robot->disabled && !robot->expired(now);
  return good ? std::optional(Caller{Caller::Kind::kRobot, robot->id, name}) : std::nullopt;
}

bool locked(const State& state, const std::string& name, Time now) {
  const auto last = state.failed_logins.find(name);
  return last != state.failed_logins.end() && now - last->second <= state.settings.login_penalty && now >= last->second;
}

Login user_login(State& state, const std::string& name, const std::string& password, Time now) {
  Login login;
  // With OIDC only the first administrator has a password here.
  const bool local = state.settings.auth_mode == "db_auth" || name == "admin";
  if (!local || locked(state, name, now)) return login;
  const auto* user = state.user_named(name);
  if (user != nullptr && user->password == password) {
    login.caller = {Caller::Kind::kUser, user->id, name, user->sysadmin};
  } else {
    state.failed_logins[name] = now;
    login.wait = state.settings.login_penalty;
  }
  return login;
}

/// A token is refused when the project that is asked for is younger than it, or gone.
bool outlived(const State& state, const Request& request, const Token& token) {
  if (!state.profile.token_dies_with_project || !request.path.starts_with("/v2/")) return false;
  const auto parts = split(request.path, '/');
  if (parts.size() < 5) return false;
  const auto* project = state.project_named(parts[2]);
  return project == nullptr || project->created / 1000 > token.issued_at + state.profile.token_leeway;
}

std::optional<Caller> token_caller(const State& state, const TokenKey& key, const Request& request, Time now) {
  const auto header = request.header("Authorization");
  if (!lower(header.substr(0, 7)).starts_with("bearer ")) return std::nullopt;
  const auto token = key.verify(header.substr(7), now / 1000, state.profile.token_leeway);
  if (!token || outlived(state, request, *token)) return std::nullopt;
  Caller caller{Caller::Kind::kToken, 0, token->subject};
  for (const auto& grant : token->access) {
    const auto project = grant.name.substr(0, grant.name.find('/'));
    // Of two scopes of one project the last one counts.
    caller.token_actions[project] = {grant.actions.begin(), grant.actions.end()};
  }
  return caller;
}

}  // namespace

std::optional<std::pair<std::string, std::string>> basic_credentials(const Request& request) {
  const auto header = request.header("Authorization");
  if (!lower(header.substr(0, 6)).starts_with("basic ")) return std::nullopt;
  const auto text = base::base64_decode(header.substr(6));
  const auto colon = text ? text->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  return std::pair(text->substr(0, colon), text->substr(colon + 1));
}

Login log_in(State& state, const TokenKey& key, const Request& request, Time now) {
  if (request.path.starts_with("/v2")) {
    if (const auto caller = token_caller(state, key, request, now)) return {*caller, caller->name};
  }
  const auto credentials = basic_credentials(request);
  if (!credentials) return {};
  const auto& [name, secret] = *credentials;
  if (const auto robot = robot_caller(state, name, secret, now)) return {*robot, name};
  auto login = user_login(state, name, secret, now);
  login.claimed = name;
  return login;
}

}  // namespace harbor_double
