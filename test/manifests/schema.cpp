#include "schema.hpp"

#include <catch2/catch.hpp>

#include "yaml.hpp"

namespace manifests {

using Json = nlohmann::json;

const Json& crd() { return load("crds/harborpull.io_harborregistries.yaml"); }
const Json& version() { return crd().at("spec").at("versions").at(0); }
const Json& schema() { return version().at("schema").at("openAPIV3Schema"); }
const Json& part(const char* name) { return schema().at("properties").at(name); }

void walk(const std::string& path, const Json& node, const Visit& visit) {
  visit(path, node);
  for (const auto& [name, child] : get(node, "properties").items()) {
    walk(path.empty() ? name : path + "." + name, child, visit);
  }
  if (node.contains("items")) walk(path + "[]", node.at("items"), visit);
  if (node.contains("additionalProperties")) walk(path + "{}", node.at("additionalProperties"), visit);
}

std::set<std::string> leaves(const std::string& path, const Json& node) {
  std::set<std::string> found;
  walk(path, node, [&](const std::string& at, const Json& here) {
    if (here.at("type") != "object" && here.at("type") != "array") found.insert(at);
  });
  return found;
}

void value_leaves(const std::string& path, const Json& value, std::set<std::string>& found) {
  if (!value.is_structured()) found.insert(path);
  for (const auto& [key, child] : value.items()) {
    if (value.is_structured()) value_leaves(value.is_array() ? path + "[]" : path + "." + key, child, found);
  }
}

void fill_defaults(const Json& node, Json& value) {
  if (!value.is_object()) return;
  for (const auto& [name, child] : get(node, "properties").items()) {
    if (!value.contains(name) && child.contains("default")) value[name] = child.at("default");
    if (value.contains(name)) fill_defaults(child, value[name]);
  }
}

Json registry_with(const Json& spec) { return {{"metadata", {{"name", "a"}}}, {"spec", spec}}; }

api::HarborRegistry parse(const Json& spec) {
  const auto registry = api::parse_harbor_registry(registry_with(spec));
  REQUIRE(registry);
  return *registry;
}

}  // namespace manifests
