// What `harbor-pull cleanup` does, before an uninstall: every HarborRegistry goes, by the operator that still runs.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "kube/api.hpp"

namespace reconcile {

struct LeavingRegistry {
  std::string name = {};
  std::string why = {};  ///< what it says of itself by its condition Ready; may be empty
};

/// Asks for the deletion of every HarborRegistry that is not being deleted yet. Returns all that were there; once it
/// returns none, there are none. To be called again until then: the operator takes Secrets, references and robots away
/// first. A cluster that does not know the kind has none. Blocks.
[[nodiscard]] base::Result<std::vector<LeavingRegistry>> delete_registries(kube::Api& api);

}  // namespace reconcile
