#include "harbor/double/call.hpp"

namespace harbor_double {

Or<void> require_known(const Call& call) {
  if (call.caller.known()) return {};
  return tl::unexpected(unauthorized());
}

Or<void> require_system(const Call& call, std::string_view action, std::string part) {
  if (auto known = require_known(call); !known) return known;
  if (can(call.state, call.caller, action, system_part(std::move(part)))) return {};
  return tl::unexpected(forbidden(call.caller.name));
}

Or<void> require_project(const Call& call, const Project* project, std::string_view action, const std::string& part) {
  const bool allowed =
      project == nullptr ? call.caller.sysadmin : can(call.state, call.caller, action, project_part(project->id, part));
  if (allowed) return {};
  return tl::unexpected(call.caller.known() ? forbidden("forbidden") : unauthorized());
}

Project* find_project(const Call& call, const std::string& id_or_name) {
  const bool is_name = lower(call.request.header("X-Is-Resource-Name")) == "true" || !all_digits(id_or_name);
  return is_name ? call.state.project_named(id_or_name) : call.state.project(to_number(id_or_name).value_or(0));
}

}  // namespace harbor_double
