// The spec of our kind, read field by field. Part of harbor_registry.cpp, apart from it for its size.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>

#include "api/harbor_registry.hpp"

namespace api {

/// Reads as much as can be read (`spec` may be nullptr) and says in a sentence what could not: where, what, how to
/// mend. After a complaint the rest of the spec is only good for leaving things alone: an unknown mode attaches to
/// nothing, an unknown deletion policy retains.
[[nodiscard]] std::pair<HarborRegistrySpec, std::string> read_spec(const nlohmann::json* spec);

}  // namespace api
