#include "plan/documents.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/names.hpp"
#include "base/contains.hpp"

namespace plan {
namespace {

using nlohmann::json;

json reference(const std::string& name) { return name.empty() ? json::object() : json{{"name", name}}; }

json list_of(const std::vector<std::string>& names) {
  json list = json::array();
  for (const auto& name : names) list.push_back(reference(name));
  return list;
}

/// RFC 6901: "/" in a key is "~1".
std::string annotation_pointer(const std::string& secret_name) {
  std::string pointer = "/metadata/annotations/";
  for (const char c : std::string(api::kAttachedPrefix) + secret_name) pointer += c == '/' ? "~1" : std::string(1, c);
  return pointer;
}

/// The guards of both patches: this very object, with this very list. `test` against null matches an absent member.
json guards(const api::ServiceAccount& seen) {
  return json::array({
      {{"op", "test"}, {"path", "/metadata/uid"}, {"value", seen.meta.uid}},
      {{"op", "test"},
       {"path", "/imagePullSecrets"},
       {"value", seen.has_pull_secrets ? list_of(seen.pull_secrets) : json(nullptr)}},
  });
}

std::string joined(const std::vector<std::string>& values) {
  std::string text;
  for (const auto& value : values) text += (text.empty() ? "" : ",") + value;
  return text;
}

}  // namespace

base::SecretString secret_document(const SecretDocument& secret, const DigestKeys& keys) {
  const auto content = render_docker_config(secret.auths);
  json metadata = {
      {"name", secret.name},
      {"namespace", secret.ns},
      {"labels", {{api::kManagedByLabel, api::kFieldManager}, {api::kPullSecretLabel, "true"}}},
      {"annotations",
       {{api::kRegistriesAnnotation, joined(secret.registries)},
        {api::kContentHashAnnotation, content_hash(content.reveal(), keys)}}},
  };
  if (!secret.uid.empty()) metadata["uid"] = secret.uid;
  return base::SecretString(json{{"apiVersion", "v1"},
                                 {"kind", "Secret"},
                                 {"metadata", std::move(metadata)},
                                 {"type", api::kDockerConfigType},
                                 {"data", {{api::kDockerConfigKey, base::base64_encode(content.reveal())}}}}
                                .dump());
}

std::string attach_document(const api::ServiceAccount& seen, const std::string& secret_name) {
  json patch = guards(seen);
  // An entry that was born there and vanished: who places references is still the policy.
  const auto mark = base::contains(seen.born_with, secret_name) ? api::kPlacedByPolicy : std::string_view();
  if (seen.has_pull_secrets) {
    patch.push_back({{"op", "add"}, {"path", "/imagePullSecrets/-"}, {"value", reference(secret_name)}});
  } else {
    patch.push_back({{"op", "add"}, {"path", "/imagePullSecrets"}, {"value", list_of({secret_name})}});
  }
  if (seen.has_annotations) {
    patch.push_back({{"op", "add"}, {"path", annotation_pointer(secret_name)}, {"value", mark}});
  } else {
    patch.push_back({{"op", "test"}, {"path", "/metadata/annotations"}, {"value", nullptr}});
    patch.push_back({{"op", "add"},
                     {"path", "/metadata/annotations"},
                     {"value", {{std::string(api::kAttachedPrefix) + secret_name, mark}}}});
  }
  return patch.dump();
}

std::string account_document(const std::string& ns, const std::vector<std::string>& secret_names) {
  json annotations = json::object();
  for (const auto& name : secret_names) annotations[std::string(api::kAttachedPrefix) + name] = "";
  return json{{"apiVersion", "v1"},
              {"kind", "ServiceAccount"},
              {"metadata", {{"name", api::kDefaultAccount}, {"namespace", ns}, {"annotations", annotations}}},
              {"imagePullSecrets", list_of(secret_names)}}
      .dump();
}

std::string detach_document(const api::ServiceAccount& seen, const std::string& secret_name) {
  json patch = guards(seen);
  const auto entry = std::find(seen.pull_secrets.rbegin(), seen.pull_secrets.rend(), secret_name);
  if (entry != seen.pull_secrets.rend()) {
    const auto index = std::distance(entry, seen.pull_secrets.rend()) - 1;
    patch.push_back({{"op", "remove"}, {"path", "/imagePullSecrets/" + std::to_string(index)}});
  }
  patch.push_back({{"op", "remove"}, {"path", annotation_pointer(secret_name)}});
  return patch.dump();
}

}  // namespace plan
