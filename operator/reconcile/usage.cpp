#include "reconcile/usage.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "base/contains.hpp"
#include "plan/secret_group.hpp"

namespace reconcile {
namespace {

/// One entry of a pull Secret that matters here.
struct Held {
  std::string ns = {};
  base::Digest digest = {};
  bool of_registry = false;  ///< in a Secret that names the registry, for its host
};

std::vector<Held> held(const plan::RobotState& state, const std::string& host, const World& world) {
  const auto& identity = state.identity;
  std::vector<Held> all;
  const auto take = [&](const api::PullSecret& secret) {
    if ((!identity.ns.empty() && secret.meta.ns != identity.ns) || !plan::manageable(secret)) return;
    const bool named = base::contains(secret.registries, identity.registry);
    for (const auto& auth : secret.auths) all.push_back({secret.meta.ns, auth.digest, named && auth.host == host});
  };
  for (const auto& [name, store] : world.pull_secrets) store.for_each(take);
  std::erase_if(all, [&](const Held& one) {
    const auto found = world.namespaces.get("", one.ns);
    return !found || found->terminating;
  });
  return all;
}

/// The secret is not known, but somebody may have it.
bool unknown(const plan::RobotGeneration& robot) { return robot.secret.empty() && !robot.never_used(); }

}  // namespace

std::set<int> generations_in_use(const plan::RobotState& state, const std::string& host, const World& world,
                                 const plan::DigestKeys& keys) {
  std::map<base::Digest, int> known;
  for (const auto& robot : state.robots) {
    if (!robot.secret.empty()) known[plan::digest(robot.credential(), keys)] = robot.generation;
  }
  std::set<int> in_use;
  if (known.empty() && std::ranges::none_of(state.robots, unknown)) return in_use;
  bool stranger = false;
  for (const auto& one : held(state, host, world)) {
    const auto found = known.find(one.digest);
    if (found != known.end()) in_use.insert(found->second);
    stranger = stranger || (found == known.end() && one.of_registry);
  }
  for (const auto& robot : state.robots) {
    if (stranger && unknown(robot)) in_use.insert(robot.generation);
  }
  return in_use;
}

}  // namespace reconcile
