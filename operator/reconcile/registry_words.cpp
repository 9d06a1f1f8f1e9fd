#include "reconcile/registry_words.hpp"

#include <nlohmann/json.hpp>

namespace reconcile {

using Json = nlohmann::json;

std::string text_at(const Json& object, const char* pointer) {
  const Json::json_pointer at(pointer);
  return object.contains(at) && object.at(at).is_string() ? object.at(at).get<std::string>() : "";
}

ReadyCondition ready_condition(const Json& registry) {
  const Json::json_pointer at("/status/conditions");
  if (!registry.contains(at) || !registry.at(at).is_array()) return {};
  for (const auto& condition : registry.at(at)) {
    if (text_at(condition, "/type") != "Ready") continue;
    return {text_at(condition, "/status"), text_at(condition, "/reason"), text_at(condition, "/message")};
  }
  return {};
}

}  // namespace reconcile
