// What every endpoint gets, and the checks that they share.
#pragma once

#include "harbor/double/errors.hpp"
#include "harbor/double/exchange.hpp"
#include "harbor/double/model.hpp"
#include "harbor/double/rights.hpp"

namespace harbor_double {

/// One request of a caller against the state at one moment.
struct Call {
  State& state;
  const Request& request;
  const Caller& caller;
  Time now;
};

[[nodiscard]] Or<void> require_known(const Call& call);
/// 401 for nobody; 403 with the caller's name.
[[nodiscard]] Or<void> require_system(const Call& call, std::string_view action, std::string part);
/// 401 for nobody; 403. `project` may be null: then only a system administrator passes.
[[nodiscard]] Or<void> require_project(const Call& call, const Project* project, std::string_view action,
                                       const std::string& part);

/// By id or name, as the header X-Is-Resource-Name and the digits say; null when it is not there.
[[nodiscard]] Project* find_project(const Call& call, const std::string& id_or_name);

}  // namespace harbor_double
