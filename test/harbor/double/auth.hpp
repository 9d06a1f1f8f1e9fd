// Who sends a request: robots, users with the lock after a failed login, bearer tokens. Pure but for the lock's book.
#pragma once

#include <optional>

#include "harbor/double/exchange.hpp"
#include "harbor/double/model.hpp"
#include "harbor/double/token.hpp"

namespace harbor_double {

struct Login {
  Caller caller = {};
  std::string claimed = {};  ///< the user name of a Basic header, whoever it was
  Time wait = 0;             ///< for how long the reply is held back
};

/// A bearer token counts below /v2 only. Notes a failed login in the state.
[[nodiscard]] Login log_in(State& state, const TokenKey& key, const Request& request, Time now);

/// User and password of a Basic header.
[[nodiscard]] std::optional<std::pair<std::string, std::string>> basic_credentials(const Request& request);

}  // namespace harbor_double
