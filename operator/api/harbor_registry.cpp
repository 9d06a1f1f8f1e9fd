#include "api/harbor_registry.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <tuple>

#include "api/harbor_registry_spec.hpp"
#include "api/names.hpp"
#include "api/spec_reader.hpp"

namespace api {
namespace {

using Json = nlohmann::json;

// Outside of spec whatever cannot be read counts as absent: the server wrote metadata, and the operator wrote status.

std::string text_of(const Json& object, std::string_view key) {
  const auto* value = member(object, key);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

std::int64_t number_of(const Json& object, std::string_view key, std::int64_t otherwise) {
  const auto* value = member(object, key);
  return value != nullptr && value->is_number_integer() ? value->get<std::int64_t>() : otherwise;
}

const Json& list_of(const Json& object, std::string_view key) {
  static const Json kNone = Json::array();
  const auto* value = member(object, key);
  return value != nullptr && value->is_array() ? *value : kNone;
}

const Json& object_of(const Json& object, std::string_view key) {
  static const Json kNone = Json::object();
  const auto* value = member(object, key);
  return value != nullptr && value->is_object() ? *value : kNone;
}

std::vector<std::string> texts_of(const Json& object, std::string_view key) {
  std::vector<std::string> texts;
  for (const auto& item : list_of(object, key)) {
    if (item.is_string()) texts.push_back(item.get<std::string>());
  }
  return texts;
}

Condition parse_condition(const Json& object) {
  return {.type = text_of(object, "type"),
          .status = text_of(object, "status"),
          .observed_generation = number_of(object, "observedGeneration", 0),
          .last_transition_time = text_of(object, "lastTransitionTime"),
          .reason = text_of(object, "reason"),
          .message = text_of(object, "message")};
}

FailureGroup parse_failure(const Json& object) {
  return {.reason = text_of(object, "reason"),
          .count = number_of(object, "count", 0),
          .message = text_of(object, "message"),
          .examples = texts_of(object, "examples")};
}

CredentialStatus parse_credential(const Json& object) {
  return {.robot = text_of(object, "robot"),
          .robots = number_of(object, "robots", 0),
          .expires_at = text_of(object, "expiresAt"),
          .next_rotation = text_of(object, "nextRotation"),
          .content_hash = text_of(object, "contentHash")};
}

std::optional<PodStatus> parse_pods(const Json& status) {
  const auto& object = object_of(status, "pods");
  if (object.empty()) return std::nullopt;
  return PodStatus{number_of(object, "waiting", 0), number_of(object, "unrecoverable", 0)};
}

HarborRegistryStatus parse_status(const Json& object) {
  HarborRegistryStatus status;
  status.observed_generation = number_of(object, "observedGeneration", -1);
  for (const auto& item : list_of(object, "conditions")) status.conditions.push_back(parse_condition(item));
  status.selected = number_of(object, "selected", 0);
  status.synced = number_of(object, "synced", 0);
  status.failed = number_of(object, "failed", 0);
  status.namespaces = text_of(object, "namespaces");
  for (const auto& item : list_of(object, "failures")) status.failures.push_back(parse_failure(item));
  status.credential = parse_credential(object_of(object, "credential"));
  status.pods = parse_pods(object);
  status.references_placed_by = text_of(object, "referencesPlacedBy");
  status.last_handled_reconcile_at = text_of(object, "lastHandledReconcileAt");
  return status;
}

std::uint64_t parse_version(const std::string& text) {
  std::uint64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, failure] = std::from_chars(text.data(), end, number);
  return failure == std::errc() && rest == end ? number : 0;
}

/// What is kept of a trigger: the value is repeated in the status, whose schema bounds it, and what is longer is cut at
/// a whole character.
std::string trigger(std::string text) {
  if (text.size() <= kMaxRequestedAt) return text;
  std::size_t end = kMaxRequestedAt;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  text.resize(end);
  return text;
}

void read_triggers(const Json& annotations, HarborRegistry& registry) {
  registry.reconcile_requested_at =
      trigger(std::max(text_of(annotations, kReconcileAtAnnotation), text_of(annotations, kFluxReconcileAnnotation)));
  registry.rotate_requested_at = trigger(text_of(annotations, kRotateAtAnnotation));
}

void put(Json& object, const char* key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}

Json failure_json(const FailureGroup& failure) {
  Json object{{"reason", failure.reason}, {"count", failure.count}};
  put(object, "message", failure.message);
  if (!failure.examples.empty()) object["examples"] = failure.examples;
  return object;
}

Json credential_json(const CredentialStatus& credential) {
  auto object = Json::object();
  put(object, "robot", credential.robot);
  if (credential.robots != 0) object["robots"] = credential.robots;
  put(object, "expiresAt", credential.expires_at);
  put(object, "nextRotation", credential.next_rotation);
  put(object, "contentHash", credential.content_hash);
  return object;
}

}  // namespace

base::Result<HarborRegistry> parse_harbor_registry(const Json& object) {
  const auto& metadata = object_of(object, "metadata");
  HarborRegistry registry;
  registry.meta.name = text_of(metadata, "name");
  if (registry.meta.name.empty()) {
    return base::fail(base::ErrorKind::kInvalid,
                      "a HarborRegistry has no metadata.name; the API server sends one always");
  }
  registry.meta.uid = text_of(metadata, "uid");
  registry.meta.resource_version = parse_version(text_of(metadata, "resourceVersion"));
  registry.generation = number_of(metadata, "generation", 0);
  registry.creation_timestamp = text_of(metadata, "creationTimestamp");
  registry.deleting = member(metadata, "deletionTimestamp") != nullptr;
  registry.deletion_timestamp = text_of(metadata, "deletionTimestamp");
  registry.finalizers = texts_of(metadata, "finalizers");
  read_triggers(object_of(metadata, "annotations"), registry);
  std::tie(registry.spec, registry.spec_error) = read_spec(member(object, "spec"));
  registry.status = parse_status(object_of(object, "status"));
  return registry;
}

Json status_json(const HarborRegistryStatus& status) {
  Json object{{"observedGeneration", status.observed_generation},
              {"selected", status.selected},
              {"synced", status.synced},
              {"failed", status.failed}};
  for (const auto& condition : status.conditions) {
    object["conditions"].push_back({{"type", condition.type},
                                    {"status", condition.status},
                                    {"observedGeneration", condition.observed_generation},
                                    {"lastTransitionTime", condition.last_transition_time},
                                    {"reason", condition.reason},
                                    {"message", condition.message}});
  }
  put(object, "namespaces", status.namespaces);
  for (const auto& failure : status.failures) object["failures"].push_back(failure_json(failure));
  if (auto credential = credential_json(status.credential); !credential.empty()) {
    object["credential"] = std::move(credential);
  }
  if (status.pods) {
    object["pods"] = {{"waiting", status.pods->waiting}, {"unrecoverable", status.pods->unrecoverable}};
  }
  put(object, "referencesPlacedBy", status.references_placed_by);
  put(object, "lastHandledReconcileAt", status.last_handled_reconcile_at);
  return object;
}

}  // namespace api
