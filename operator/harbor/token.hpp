// The tokens of the registry's token service. Pure functions.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "harbor/model.hpp"
#include "http/message.hpp"

namespace harbor {

/// Reads the token service's 200: `token`, else `access_token`, and the claims in it (unverified: it tells us what
/// Harbor thinks of a credential, and opens nothing here). Fails with kUnavailable when it is not JSON, with kInvalid
/// when it is no token, with kTooLarge when it is an absurd one.
[[nodiscard]] base::Result<Token> parse_token(const http::Response& response);

/// Whether the token lets its holder do `action` in `repository`.
[[nodiscard]] bool allows(const Token& token, std::string_view repository, std::string_view action);

}  // namespace harbor
