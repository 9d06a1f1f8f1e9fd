// Which robots are still held by pull Secrets, by the digests in the stores.
#pragma once

#include <set>

#include "api/harbor_registry.hpp"
#include "plan/robot_state.hpp"
#include "reconcile/world.hpp"

namespace reconcile {

/// Generations of `state` whose credential some pull Secret holds, in a namespace that is there and not terminating.
/// Of a robot whose secret is not known: as long as a Secret of the registry holds anything but the current one.
[[nodiscard]] std::set<int> generations_in_use(const plan::RobotState& state, const std::string& host,
                                               const World& world, const plan::DigestKeys& keys);

}  // namespace reconcile
