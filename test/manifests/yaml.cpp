#include "yaml.hpp"

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <map>
#include <stdexcept>

namespace manifests {
namespace {

using Json = nlohmann::json;

/// As Kubernetes reads YAML: quoted is a string, else true, false, null and decimal integers are what they look like.
Json scalar(const YAML::Node& node) {
  const auto& text = node.Scalar();
  if (node.Tag() == "!") return text;
  if (text == "true" || text == "false") return text == "true";
  std::int64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, failure] = std::from_chars(text.data(), end, number);
  return failure == std::errc() && rest == end ? Json(number) : Json(text);
}

Json convert(const YAML::Node& node) {
  if (node.IsScalar()) return scalar(node);
  if (node.IsSequence()) {
    auto list = Json::array();
    for (const auto& item : node) list.push_back(convert(item));
    return list;
  }
  if (!node.IsMap()) return nullptr;
  auto object = Json::object();
  for (const auto& item : node) object[item.first.Scalar()] = convert(item.second);
  return object;
}

}  // namespace

const std::vector<Json>& load_all(const std::string& path) {
  static std::map<std::string, std::vector<Json>> read;
  const auto [entry, fresh] = read.try_emplace(path);
  if (fresh) {
    const auto documents = YAML::LoadAllFromFile(HARBOR_PULL_SOURCE_DIR "/" + path);
    for (const auto& node : documents) entry->second.push_back(convert(node));
  }
  return entry->second;
}

const Json& load(const std::string& path) {
  const auto& objects = load_all(path);
  if (objects.size() != 1) throw std::runtime_error(path + " has not exactly one document");
  return objects.front();
}

const Json& pick(const std::string& path, const std::string& kind, const std::string& name) {
  for (const auto& object : load_all(path)) {
    if (object.at("kind") == kind && object.at("metadata").at("name") == name) return object;
  }
  throw std::runtime_error(path + " has no " + kind + " " + name);
}

const Json& get(const Json& object, const std::string& key) {
  static const Json kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

}  // namespace manifests
