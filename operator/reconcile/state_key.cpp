#include "reconcile/state_key.hpp"

#include <nlohmann/json.hpp>

#include "api/names.hpp"
#include "base/digest.hpp"
#include "kube/ingest.hpp"
#include "kube/request.hpp"

namespace reconcile {
namespace {

using base::ErrorKind;
using base::fail;

constexpr const char* kKey = "content-hash-key";
constexpr std::size_t kKeySize = 32;
constexpr std::chrono::milliseconds kDeadline{10'000};

base::Result<std::string> key_in(std::string_view secret_json, const std::string& ns) {
  const auto secret = kube::parse_source_secret(secret_json);
  if (!secret) return fail(secret.error());
  const auto* key = secret->find(kKey);
  if (key != nullptr && key->size() >= kKeySize) return std::string(key->reveal());
  return fail(ErrorKind::kInvalid, "Secret " + ns + "/" + std::string(api::kStateSecret) + " has no usable " + kKey +
                                       "; delete the Secret, the operator makes it again");
}

std::string document(const std::string& ns) {
  return nlohmann::json{
      {"apiVersion", "v1"},
      {"kind", "Secret"},
      {"metadata",
       {{"name", api::kStateSecret}, {"namespace", ns}, {"labels", {{api::kManagedByLabel, api::kFieldManager}}}}},
      {"type", "Opaque"},
      {"data", {{kKey, base::base64_encode(base::random_bytes(kKeySize))}}}}
      .dump();
}

}  // namespace

base::Result<std::string> ensure_state_key(kube::Api& api, const std::string& own_namespace) {
  const auto path = kube::secret_path(own_namespace, api::kStateSecret);
  auto found = api.call(kube::get(path), kube::Content::kSecret, {kDeadline});
  if (!found && found.error().kind == ErrorKind::kNotFound) {
    found = api.call(kube::apply(path, document(own_namespace), false), kube::Content::kSecret, {kDeadline});
    // Not there a moment ago, and a conflict now: another replica made it.
    if (!found && found.error().kind == ErrorKind::kConflict) {
      found = api.call(kube::get(path), kube::Content::kSecret, {kDeadline});
    }
  }
  if (!found) return fail(found.error());
  return key_in(*found, own_namespace);
}

}  // namespace reconcile
