// The finalizer's two patches: only our own entry, and only as long as the list is the one we saw.
#pragma once

#include <string>

#include "api/harbor_registry.hpp"

namespace plan {

/// JSON Patch that appends our finalizer.
[[nodiscard]] std::string add_finalizer_document(const api::HarborRegistry& registry);
/// JSON Patch that removes it; empty when it is not there.
[[nodiscard]] std::string remove_finalizer_document(const api::HarborRegistry& registry);

}  // namespace plan
