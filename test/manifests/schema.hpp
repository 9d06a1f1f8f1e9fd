// The CRD's schema, and ways through it.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "api/harbor_registry.hpp"

namespace manifests {

[[nodiscard]] const nlohmann::json& crd();
/// The CRD's only version.
[[nodiscard]] const nlohmann::json& version();
[[nodiscard]] const nlohmann::json& schema();
/// "spec" or "status".
[[nodiscard]] const nlohmann::json& part(const char* name);

using Visit = std::function<void(const std::string& path, const nlohmann::json& node)>;
/// Every schema node below and including `node`. List items are path[], map values path{}.
void walk(const std::string& path, const nlohmann::json& node, const Visit& visit);
/// The paths of a schema that are neither object nor list.
[[nodiscard]] std::set<std::string> leaves(const std::string& path, const nlohmann::json& node);
/// The same paths in an object instead of a schema.
void value_leaves(const std::string& path, const nlohmann::json& value, std::set<std::string>& found);
/// As the API server does: what is absent and has a default gets it, also within defaults.
void fill_defaults(const nlohmann::json& node, nlohmann::json& value);

/// A HarborRegistry named "a" with this spec, and what the code reads of it.
[[nodiscard]] nlohmann::json registry_with(const nlohmann::json& spec);
[[nodiscard]] api::HarborRegistry parse(const nlohmann::json& spec);

}  // namespace manifests
