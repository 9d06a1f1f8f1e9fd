#include "kube/ingest.hpp"

#include <simdjson.h>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "api/names.hpp"
#include "base/clock.hpp"
#include "kube/envelope.hpp"

namespace kube {
namespace {

namespace ondemand = simdjson::ondemand;
using base::ErrorKind;
using ondemand::json_type;

/// What of `metadata` is used by any kind. Views live as long as the parser.
struct Facts {
  api::Meta meta = {};
  api::Labels labels = {};
  std::vector<std::pair<std::string_view, std::string_view>> annotations = {};  ///< ours and Flux's are few: only ours
  bool has_annotations = false;
  api::Pod owned = {};  ///< of a Pod: owner and owner_uid
  bool terminating = false;
  bool applied_by_us = false;  ///< managedFields names our manager with operation Apply
  std::int64_t created = 0;

  [[nodiscard]] std::string_view annotation(std::string_view name) const {
    for (const auto& [key, value] : annotations) {
      if (key == name) return value;
    }
    return {};
  }
  [[nodiscard]] bool label(std::string_view name, std::string_view wanted) const {
    return std::any_of(labels.begin(), labels.end(),
                       [&](const auto& label) { return label.first == name && label.second == wanted; });
  }
  [[nodiscard]] bool ignored() const { return annotation(api::kIgnoreAnnotation) == "true"; }
};

/// Calls `read(key, value)` for each field; null (Go's nil map) counts as no fields.
template <class Read>
void each_field(ondemand::value value, Read read) {
  if (value.is_null()) return;
  for (ondemand::field field : value.get_object()) {
    const std::string_view key = field.unescaped_key();
    read(key, field.value());
  }
}

std::string_view text(ondemand::value value) { return value.get_string(); }

void read_labels(ondemand::value value, api::Labels& labels) {
  each_field(value, [&](std::string_view key, ondemand::value label) { labels.emplace_back(key, text(label)); });
  std::sort(labels.begin(), labels.end());
  labels.shrink_to_fit();  // thousands of these are kept
}

void read_manager(ondemand::value entry, Facts& facts) {
  bool ours = false;
  bool apply = false;
  each_field(entry, [&](std::string_view key, ondemand::value value) {
    if (key == "manager") ours = text(value) == api::kFieldManager;
    if (key == "operation") apply = text(value) == "Apply";
  });
  facts.applied_by_us |= ours && apply;
}

void read_managers(ondemand::value value, Facts& facts) {
  if (value.is_null()) return;
  for (ondemand::value entry : value.get_array()) read_manager(entry, facts);
}

void read_annotations(ondemand::value value, Facts& facts) {
  facts.has_annotations = !value.is_null();
  each_field(value, [&](std::string_view key, ondemand::value annotation) {
    // Others are skipped unread: kubectl's last-applied-configuration may be a credential.
    if (key.find(api::kGroup) != std::string_view::npos) facts.annotations.emplace_back(key, text(annotation));
  });
}

/// 0 for null (Go's zero time) and for what is no time.
std::int64_t seconds(ondemand::value value) {
  if (value.is_null()) return 0;
  const auto time = base::parse_rfc3339(text(value));
  return time ? base::unix_seconds(*time) : 0;
}

struct Owner {
  std::string_view kind = {};
  std::string_view name = {};
  std::string_view uid = {};
  bool controller = false;
};

Owner read_owner(ondemand::value reference) {
  Owner owner;
  each_field(reference, [&](std::string_view key, ondemand::value field) {
    if (key == "kind") owner.kind = text(field);
    if (key == "name") owner.name = text(field);
    if (key == "uid") owner.uid = text(field);
    if (key == "controller") owner.controller = field.get_bool();
  });
  return owner;
}

/// The controller among the ownerReferences, if there is one.
void read_owners(ondemand::value value, api::Pod& owned) {
  if (value.is_null()) return;
  for (ondemand::value reference : value.get_array()) {
    const auto owner = read_owner(reference);
    if (!owner.controller) continue;
    owned.owner = std::string(owner.kind).append(" ").append(owner.name);
    owned.owner_uid = owner.uid;
  }
}

void read_identity(std::string_view key, ondemand::value field, api::Meta& meta) {
  if (key == "name") meta.name = text(field);
  if (key == "namespace") meta.ns = text(field);
  if (key == "uid") meta.uid = text(field);
  if (key == "resourceVersion") meta.resource_version = version_number(text(field));
}

void read_metadata(ondemand::value value, Facts& facts) {
  each_field(value, [&](std::string_view key, ondemand::value field) {
    read_identity(key, field, facts.meta);
    if (key == "creationTimestamp") facts.created = seconds(field);
    if (key == "deletionTimestamp") facts.terminating = !field.is_null();
    if (key == "labels") read_labels(field, facts.labels);
    if (key == "annotations") read_annotations(field, facts);
    if (key == "managedFields") read_managers(field, facts);
    if (key == "ownerReferences") read_owners(field, facts.owned);
  });
}

/// simdjson itself does not mind what follows a document.
bool at_end(ondemand::document& document) { return document.current_location().error() == simdjson::OUT_OF_BOUNDS; }

/// Where the reading stopped, as far as simdjson knows.
std::string place(ondemand::document& document, const simdjson::padded_string& start) {
  const char* at = nullptr;
  if (document.current_location().get(at) != simdjson::SUCCESS) return {};
  return " (near byte " + std::to_string(at - start.data()) + ")";
}

/// Reads one object: metadata into `Facts`, every other field by `read(key, value)`, then `finish(facts)` makes the
/// result. The parser and its padded copy live only here: the operator idles in 12 MiB, and to allocate them costs far
/// less than a network frame.
template <class Read, class Finish>
auto read_object(std::string_view json, Read read, Finish finish)
    -> base::Result<decltype(finish(std::declval<Facts&>()))> {
  const simdjson::padded_string padded(json);
  ondemand::parser parser;
  ondemand::document document;
  const auto unusable = parser.iterate(padded).get(document);
  if (unusable != simdjson::SUCCESS) return base::fail(ErrorKind::kInvalid, simdjson::error_message(unusable));
  try {
    Facts facts;
    for (ondemand::field field : document.get_object()) {
      const std::string_view key = field.unescaped_key();
      key == "metadata" ? read_metadata(field.value(), facts) : read(key, field.value());
    }
    if (!at_end(document)) return base::fail(ErrorKind::kInvalid, "something follows the object");
    if (facts.meta.name.empty()) return base::fail(ErrorKind::kInvalid, "the object has no metadata.name");
    return finish(facts);
  } catch (const simdjson::simdjson_error& error) {
    return base::fail(ErrorKind::kInvalid, error.what() + place(document, padded));
  }
}

constexpr auto kSkip = [](std::string_view, ondemand::value) {};

/// Names of `imagePullSecrets`; an entry without a name is "".
std::vector<std::string> read_references(ondemand::value value) {
  std::vector<std::string> names;
  for (ondemand::value entry : value.get_array()) {
    auto& name = names.emplace_back();
    each_field(entry, [&](std::string_view key, ondemand::value field) {
      if (key == "name") name = text(field);
    });
  }
  names.shrink_to_fit();
  return names;
}

/// `waiting` of a container's state.
void read_waiting(ondemand::value value, api::PullWait& wait) {
  each_field(value, [&](std::string_view key, ondemand::value field) {
    if (key == "reason") wait.reason = text(field);
    if (key == "message") wait.message = text(field).substr(0, api::kMaxPullMessage);
  });
}

api::PullWait read_container_status(ondemand::value status) {
  api::PullWait wait;
  const auto read_state = [&](std::string_view key, ondemand::value value) {
    if (key == "waiting") read_waiting(value, wait);
  };
  each_field(status, [&](std::string_view key, ondemand::value field) {
    if (key == "image") wait.image = text(field);
    if (key == "state") each_field(field, read_state);
  });
  return wait;
}

/// `containerStatuses` or `initContainerStatuses`: those that wait for their image.
void read_waits(ondemand::value value, std::vector<api::PullWait>& waits) {
  if (value.is_null()) return;
  for (ondemand::value status : value.get_array()) {
    auto wait = read_container_status(status);
    if (wait.reason == "ErrImagePull" || wait.reason == "ImagePullBackOff") waits.push_back(std::move(wait));
  }
}

/// By the annotations of ours, or those of them with that value.
std::vector<std::string> attached(const Facts& facts, std::optional<std::string_view> with_value) {
  std::vector<std::string> names;
  for (const auto& [key, value] : facts.annotations) {
    if (with_value && value != *with_value) continue;
    if (key.starts_with(api::kAttachedPrefix)) names.emplace_back(key.substr(api::kAttachedPrefix.size()));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> parts;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (comma > 0) parts.emplace_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return parts;
}

base::SecretString decoded(ondemand::value value) {
  if (value.is_null()) return {};
  auto bytes = base::base64_decode(text(value));
  // The server makes the base64 itself, so this is a damaged answer: treated like damaged JSON.
  if (!bytes) throw simdjson::simdjson_error(simdjson::STRING_ERROR);
  return base::SecretString(std::move(*bytes));
}

}  // namespace

base::Result<api::Namespace> parse_namespace(std::string_view json) {
  return read_object(json, kSkip, [](Facts& facts) {
    return api::Namespace{std::move(facts.meta), std::move(facts.labels), facts.ignored(), facts.terminating};
  });
}

base::Result<api::ServiceAccount> parse_service_account(std::string_view json) {
  api::ServiceAccount account;
  const auto read = [&](std::string_view key, ondemand::value value) {
    if (key != "imagePullSecrets" || value.is_null()) return;
    account.has_pull_secrets = true;
    account.pull_secrets = read_references(value);
  };
  return read_object(json, read, [&](Facts& facts) {
    account.attached = attached(facts, std::nullopt);
    account.ignored = facts.ignored();
    account.terminating = facts.terminating;
    account.born_with = attached(facts, api::kPlacedByPolicy);
    account.created = facts.created;
    account.has_annotations = facts.has_annotations;
    account.meta = std::move(facts.meta);
    account.labels = std::move(facts.labels);
    return std::move(account);
  });
}

base::Result<api::Pod> parse_pod(std::string_view json) {
  api::Pod pod;
  const auto read_spec = [&](std::string_view key, ondemand::value value) {
    if (key == "serviceAccountName") pod.account = text(value);
    if (key == "imagePullSecrets" && !value.is_null()) pod.pull_secrets = read_references(value);
  };
  const auto read_status = [&](std::string_view key, ondemand::value value) {
    if (key == "containerStatuses" || key == "initContainerStatuses") read_waits(value, pod.waits);
  };
  const auto read = [&](std::string_view key, ondemand::value value) {
    if (key == "spec") each_field(value, read_spec);
    if (key == "status") each_field(value, read_status);
  };
  return read_object(json, read, [&](Facts& facts) {
    // Most Pods are on their way to run, and thousands may be: of those a name and a maker are enough.
    if (pod.waits.empty()) {
      api::Pod plain;
      plain.meta = std::move(facts.meta);
      plain.owner_uid = std::move(facts.owned.owner_uid);
      return plain;
    }
    pod.owner = std::move(facts.owned.owner);
    pod.owner_uid = std::move(facts.owned.owner_uid);
    pod.ignored = facts.ignored();
    pod.terminating = facts.terminating;
    pod.meta = std::move(facts.meta);
    return std::move(pod);
  });
}

base::Result<api::SourceSecret> parse_source_secret(std::string_view json) {
  api::SourceSecret secret;
  const auto read = [&](std::string_view key, ondemand::value value) {
    if (key == "type") secret.type = text(value);
    if (key != "data") return;
    each_field(value,
               [&](std::string_view name, ondemand::value data) { secret.data.emplace_back(name, decoded(data)); });
  };
  return read_object(json, read, [&](Facts& facts) {
    std::sort(secret.data.begin(), secret.data.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    secret.meta = std::move(facts.meta);
    return std::move(secret);
  });
}

base::Result<api::ConfigMap> parse_config_map(std::string_view json) {
  api::ConfigMap map;
  const auto read = [&](std::string_view key, ondemand::value value) {
    if (key != "data") return;
    each_field(value, [&](std::string_view name, ondemand::value data) { map.data.emplace_back(name, text(data)); });
  };
  return read_object(json, read, [&](Facts& facts) {
    std::sort(map.data.begin(), map.data.end());
    map.meta = std::move(facts.meta);
    return std::move(map);
  });
}

base::Result<api::HarborRegistry> parse_registry(std::string_view json) {
  const auto object = nlohmann::json::parse(json, nullptr, false);
  if (!object.is_object()) return base::fail(ErrorKind::kInvalid, "the object is not JSON");
  return api::parse_harbor_registry(object);
}

base::Result<api::PullSecret> parse_pull_secret(std::string_view json, const DigestDockerConfig& digest) {
  api::PullSecret secret;
  std::size_t keys = 0;
  std::optional<base::SecretString> config;
  const auto read_data = [&](std::string_view key, ondemand::value value) {
    ++keys;
    if (key == api::kDockerConfigKey) config = decoded(value);
  };
  const auto read = [&](std::string_view key, ondemand::value value) {
    if (key == "type") secret.type_ok = text(value) == api::kDockerConfigType;
    if (key == "data") each_field(value, read_data);
  };
  return read_object(json, read, [&](Facts& facts) {
    const bool managed = facts.label(api::kManagedByLabel, api::kFieldManager);
    const bool marked = facts.label(api::kPullSecretLabel, "true");
    secret.labels_ok = managed && marked;
    secret.ours = secret.labels_ok || facts.applied_by_us;
    secret.terminating = facts.terminating;
    secret.only_our_key = config && keys == 1;
    if (config) {
      auto digests = digest(config->reveal());
      secret.data = digests.data;
      secret.auths = std::move(digests.auths);
    }
    secret.registries = split(facts.annotation(api::kRegistriesAnnotation));
    secret.content_hash = facts.annotation(api::kContentHashAnnotation);
    secret.meta = std::move(facts.meta);
    return std::move(secret);
  });
}

}  // namespace kube
