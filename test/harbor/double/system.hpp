// Endpoints about Harbor itself.
#pragma once

#include "harbor/double/call.hpp"

namespace harbor_double {

[[nodiscard]] Response ping();
[[nodiscard]] Response api_version();
[[nodiscard]] Response systeminfo(const Call& call);
[[nodiscard]] Response health(bool registry_is_up);
[[nodiscard]] Response ca_certificate();
[[nodiscard]] Response list_permissions(const Call& call);
[[nodiscard]] Response get_settings(const Call& call);
[[nodiscard]] Response put_settings(const Call& call);

}  // namespace harbor_double
