// /projects, their members and repositories.
#pragma once

#include <string>

#include "harbor/double/call.hpp"

namespace harbor_double {

[[nodiscard]] Response create_project(const Call& call);
[[nodiscard]] Response list_projects(const Call& call);
[[nodiscard]] Response head_project(const Call& call);
[[nodiscard]] Response get_project(const Call& call, const std::string& id_or_name);
[[nodiscard]] Response delete_project(const Call& call, const std::string& id_or_name);

[[nodiscard]] Response list_members(const Call& call, const std::string& id_or_name);
[[nodiscard]] Response create_member(const Call& call, const std::string& id_or_name);

[[nodiscard]] Response list_repositories(const Call& call, const std::string& id_or_name);
[[nodiscard]] Response delete_repository(const Call& call, const std::string& id_or_name, const std::string& name);

}  // namespace harbor_double
