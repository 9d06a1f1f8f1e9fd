#include "api/managed_fields.hpp"

#include <nlohmann/json.hpp>

#include "api/names.hpp"

namespace api {
namespace {

using nlohmann::json;

bool owns(const json& entry, std::string_view field) {
  const auto fields = entry.find("fieldsV1");
  return fields != entry.end() && fields->is_object() && fields->contains("f:" + std::string(field));
}

std::string text(const json& entry, const char* key) {
  const auto found = entry.find(key);
  return found != entry.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

std::string last_writer_of(std::string_view object_json, std::string_view field) {
  const json object = json::parse(object_json, nullptr, false);
  const json::json_pointer where("/metadata/managedFields");
  if (!object.is_object() || !object.contains(where) || !object.at(where).is_array()) return {};
  // Who wrote the field; if it was removed for good, nobody owns it, and the last writer of the object is the best
  // guess.
  const json* owner = nullptr;
  const json* writer = nullptr;
  for (const auto& entry : object.at(where)) {
    if (!entry.is_object() || text(entry, "manager") == kFieldManager) continue;
    const auto later = [&](const json* than) { return than == nullptr || text(entry, "time") >= text(*than, "time"); };
    if (later(writer)) writer = &entry;
    if (owns(entry, field) && later(owner)) owner = &entry;
  }
  const json* found = owner != nullptr ? owner : writer;
  return found == nullptr ? std::string() : text(*found, "manager");
}

}  // namespace api
