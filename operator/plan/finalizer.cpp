#include "plan/finalizer.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/names.hpp"

namespace plan {
namespace {

using nlohmann::json;

json guarded(const api::HarborRegistry& registry) {
  const json seen = registry.finalizers.empty() ? json(nullptr) : json(registry.finalizers);
  return json::array({{{"op", "test"}, {"path", "/metadata/uid"}, {"value", registry.meta.uid}},
                      {{"op", "test"}, {"path", "/metadata/finalizers"}, {"value", seen}}});
}

}  // namespace

std::string add_finalizer_document(const api::HarborRegistry& registry) {
  json patch = guarded(registry);
  if (registry.finalizers.empty()) {
    patch.push_back({{"op", "add"}, {"path", "/metadata/finalizers"}, {"value", json::array({api::kFinalizer})}});
  } else {
    patch.push_back({{"op", "add"}, {"path", "/metadata/finalizers/-"}, {"value", api::kFinalizer}});
  }
  return patch.dump();
}

std::string remove_finalizer_document(const api::HarborRegistry& registry) {
  const auto found = std::find(registry.finalizers.begin(), registry.finalizers.end(), api::kFinalizer);
  if (found == registry.finalizers.end()) return {};
  json patch = guarded(registry);
  patch.push_back(
      {{"op", "remove"},
       {"path", "/metadata/finalizers/" + std::to_string(std::distance(registry.finalizers.begin(), found))}});
  return patch.dump();
}

}  // namespace plan
