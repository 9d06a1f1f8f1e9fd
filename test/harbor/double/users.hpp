// /users: the few endpoints that matter here.
#pragma once

#include "harbor/double/call.hpp"

namespace harbor_double {

[[nodiscard]] Response current_user(const Call& call);
[[nodiscard]] Response current_permissions(const Call& call);
[[nodiscard]] Response create_user(const Call& call);
[[nodiscard]] Response put_sysadmin(const Call& call, const std::string& id);
[[nodiscard]] Response put_password(const Call& call, const std::string& id);

}  // namespace harbor_double
