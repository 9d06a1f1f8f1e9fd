// Where the registry sends its clients for a token, and whether they can go there. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "harbor/model.hpp"

namespace harbor {

/// The Bearer challenge among those of a WWW-Authenticate value; nothing when there is none (Harbor sends an empty
/// value, or Basic, on several occasions).
[[nodiscard]] std::optional<Challenge> parse_challenge(std::string_view www_authenticate);

/// Where clients find this Harbor.
struct Place {
  std::string endpoint = {};  ///< what we talk to: scheme://host[:port]
  std::string host = {};      ///< the registry in image names: host[:port]
};

/// Why nodes could not use that realm, as a sentence with the remedy; empty when they can. Its host should be the
/// registry's or the endpoint's, its scheme not less than the endpoint's. 443 and 80 may be left out.
[[nodiscard]] std::string realm_problem(std::string_view realm, const Place& place);

/// The path of a realm, to be asked on our own endpoint: a credential goes nowhere else. Fails with kInvalid when the
/// realm is not a URL with a path.
[[nodiscard]] base::Result<std::string> token_path(std::string_view realm);

}  // namespace harbor
