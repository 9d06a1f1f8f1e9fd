// The shipped YAML files as JSON. Everything returned is read once and lives as long as the program.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace manifests {

/// All documents of a file; `path` is relative to the root of the sources.
[[nodiscard]] const std::vector<nlohmann::json>& load_all(const std::string& path);
/// The file's only document.
[[nodiscard]] const nlohmann::json& load(const std::string& path);
/// The one object of this kind and name in a file.
[[nodiscard]] const nlohmann::json& pick(const std::string& path, const std::string& kind, const std::string& name);
/// What `key` holds, or null, which has no items.
[[nodiscard]] const nlohmann::json& get(const nlohmann::json& object, const std::string& key);

}  // namespace manifests
