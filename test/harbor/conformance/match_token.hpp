// The tokens that /service/token hands out, read and compared by what they say. Signatures are not checked. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harbor/conformance/json.hpp"

namespace conformance {

/// {"header": …, "claims": …}, or nothing when it is no JWT.
[[nodiscard]] std::optional<Json> decode_token(const std::string& token);

/// One sentence for each difference between what a recorded token says and what one that came says. The key's name and
/// `jti` have the recorded shape, lifetimes are equal, points in time are free, actions come in any order.
[[nodiscard]] std::vector<std::string> token_differences(const Json& recorded, const std::string& token);

}  // namespace conformance
