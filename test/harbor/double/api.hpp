// The paths of /api/v2.0 and their methods.
#pragma once

#include "harbor/double/call.hpp"

namespace harbor_double {

/// 404 for a path that this version does not have, 405 for another method.
[[nodiscard]] Response api_reply(const Call& call);

}  // namespace harbor_double
