// /robots: the accounts themselves.
#pragma once

#include <string>

#include "harbor/double/call.hpp"

namespace harbor_double {

[[nodiscard]] Response create_robot(const Call& call);
[[nodiscard]] Response list_robots(const Call& call);
[[nodiscard]] Response get_robot(const Call& call, const std::string& id);
[[nodiscard]] Response put_robot(const Call& call, const std::string& id);
[[nodiscard]] Response patch_robot(const Call& call, const std::string& id);
[[nodiscard]] Response delete_robot(const Call& call, const std::string& id);
/// GET /projects/{}/robots of old versions.
[[nodiscard]] Response list_legacy_robots(const Call& call, const std::string& project);

/// As Harbor shows it: scopes in a random order, without those whose project is gone.
[[nodiscard]] Json robot_json(const State& state, const Robot& robot);

}  // namespace harbor_double
