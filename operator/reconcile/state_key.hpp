// The key of the published content hashes: made once, kept in the state Secret in the operator's namespace.
#pragma once

#include <string>

#include "base/result.hpp"
#include "kube/api.hpp"

namespace reconcile {

/// Reads the key, or makes the Secret with a random one. Of two that make it at once, one wins and the other reads.
/// Blocks; fails as the API server does, or with kInvalid when the Secret is there without a usable key (with the
/// remedy).
[[nodiscard]] base::Result<std::string> ensure_state_key(kube::Api& api, const std::string& own_namespace);

}  // namespace reconcile
