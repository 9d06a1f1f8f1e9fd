#include "kube/ingest.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "api/names.hpp"
#include "kube/ingest_object.hpp"

namespace kube {
namespace {

using namespace ingest;
using base::ErrorKind;

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
