// From the spec to the robot that one identity is to have.
#pragma once

#include <optional>

#include "api/core.hpp"
#include "api/harbor_registry.hpp"
#include "base/result.hpp"
#include "plan/robot_plan.hpp"

namespace plan {

/// `ns` is the namespace of an identity of its own, nullptr for the robot of the whole registry. `registry.spec.robot`
/// is set. Fails with kNotFound and reason ProjectNotFound when the namespace names no project.
[[nodiscard]] base::Result<RobotWish> robot_wish(const api::HarborRegistry& registry, const api::Namespace* ns);

}  // namespace plan
