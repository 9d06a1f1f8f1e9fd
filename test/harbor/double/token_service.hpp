// /service/token: what a registry client gets for its credentials.
#pragma once

#include "harbor/double/call.hpp"
#include "harbor/double/token.hpp"

namespace harbor_double {

/// With a scope it is always 200: a caller that is not known gets what anybody may do.
[[nodiscard]] Response issue_token(const Call& call, const TokenKey& key);

}  // namespace harbor_double
