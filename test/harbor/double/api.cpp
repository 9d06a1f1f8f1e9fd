#include "harbor/double/api.hpp"

#include <functional>

#include "harbor/double/projects.hpp"
#include "harbor/double/robots.hpp"
#include "harbor/double/system.hpp"
#include "harbor/double/users.hpp"

namespace harbor_double {
namespace {

using Arguments = std::vector<std::string>;
using Handler = std::function<Response(const Call&, const Arguments&)>;

struct Route {
  std::string path;  ///< below /api/v2.0; `*` is an argument
  std::string method;
  Handler handler;
  bool (*exists)(const Profile&) = [](const Profile&) { return true; };
};

using OneArgument = Response (*)(const Call&, const std::string&);

Handler plain(Response (*handler)(const Call&)) {
  return [handler](const Call& call, const Arguments&) { return handler(call); };
}
Handler about(OneArgument handler) {
  return [handler](const Call& call, const Arguments& arguments) { return handler(call, arguments[0]); };
}

const std::vector<Route>& routes() {
  const auto has_list = [](const Profile& profile) { return profile.checks_permissions; };
  const auto has_legacy = [](const Profile& profile) { return profile.legacy_robots; };
  static const std::vector<Route> kRoutes{
      {"/ping", "GET", [](const Call&, const Arguments&) { return ping(); }},
      {"/systeminfo", "GET", plain(systeminfo)},
      {"/systeminfo/getcert", "GET", [](const Call&, const Arguments&) { return ca_certificate(); }},
      {"/permissions", "GET", plain(list_permissions), has_list},
      {"/configurations", "GET", plain(get_settings)},
      {"/configurations", "PUT", plain(put_settings)},
      {"/users", "POST", plain(create_user)},
      {"/users/*/sysadmin", "PUT", about(put_sysadmin)},
      {"/users/*/password", "PUT", about(put_password)},
      {"/users/current", "GET", plain(current_user)},
      {"/users/current/permissions", "GET", plain(current_permissions)},
      {"/robots", "GET", plain(list_robots)},
      {"/robots", "POST", plain(create_robot)},
      {"/robots/*", "GET", about(get_robot)},
      {"/robots/*", "PUT", about(put_robot)},
      {"/robots/*", "PATCH", about(patch_robot)},
      {"/robots/*", "DELETE", about(delete_robot)},
      {"/projects", "GET", plain(list_projects)},
      {"/projects", "HEAD", plain(head_project)},
      {"/projects", "POST", plain(create_project)},
      {"/projects/*", "GET", about(get_project)},
      {"/projects/*", "DELETE", about(delete_project)},
      {"/projects/*/robots", "GET", about(list_legacy_robots), has_legacy},
      {"/projects/*/members", "GET", about(list_members)},
      {"/projects/*/members", "POST", about(create_member)},
      {"/projects/*/repositories", "GET", about(list_repositories)},
      {"/projects/*/repositories/*", "DELETE",
       [](const Call& call, const Arguments& arguments) {
         return delete_repository(call, arguments[0], arguments[1]);
       }},
  };
  return kRoutes;
}

/// The arguments when the path is one of that pattern.
std::optional<Arguments> match(const std::string& pattern, const std::string& path) {
  const auto wanted = split(pattern, '/');
  const auto given = split(path, '/');
  if (wanted.size() != given.size()) return std::nullopt;
  Arguments arguments;
  for (std::size_t at = 0; at < wanted.size(); ++at) {
    if (wanted[at] == "*" && !given[at].empty()) {
      arguments.push_back(given[at]);
    } else if (wanted[at] != given[at]) {
      return std::nullopt;
    }
  }
  return arguments;
}

Response wrong_method(const std::string& method, std::vector<std::string> allowed) {
  shuffle(allowed);
  std::string list;
  for (const auto& name : allowed) {
    list += (list.empty() ? "" : ",") + name;
  }
  return error_reply(405, "METHOD_NOT_ALLOWED", "method " + method + " is not allowed, but [" + list + "] are");
}

}  // namespace

Response api_reply(const Call& call) {
  const std::string prefix = "/api/v2.0";
  const auto& path = call.request.path;
  if (path == "/api/version") return api_version();
  const auto missing = [&] { return not_found("path " + path + " was not found"); };
  if (!path.starts_with(prefix)) return missing();
  auto rest = path.substr(prefix.size());
  if (rest.size() > 1 && rest.ends_with('/')) rest.pop_back();
  std::vector<std::string> methods;
  for (const auto& route : routes()) {
    const auto arguments = route.exists(call.state.profile) ? match(route.path, rest) : std::nullopt;
    if (!arguments) continue;
    if (route.method == call.request.method) return route.handler(call, *arguments);
    methods.push_back(route.method);
  }
  return methods.empty() ? missing() : wrong_method(call.request.method, std::move(methods));
}

}  // namespace harbor_double
