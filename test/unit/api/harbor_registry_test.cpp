#include "api/harbor_registry.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace {

using Json = nlohmann::json;

Json smallest() {
  return Json::parse(R"({
    "metadata": {"name": "prod", "uid": "u-1", "resourceVersion": "41", "generation": 3,
                 "creationTimestamp": "2026-11-23T18:42:00Z"},
    "spec": {"host": "harbor.example.com",
             "credential": {"secretRef": {"name": "harbor-credential"}},
             "namespaces": {"selector": {"matchLabels": {"env": "prod"}}}}})");
}

api::HarborRegistry parse(const Json& object) {
  const auto registry = api::parse_harbor_registry(object);
  REQUIRE(registry);
  return *registry;
}

/// The complaint about the smallest object after `value` was put at `pointer`.
std::string error_with(const std::string& pointer, const Json& value) {
  auto object = smallest();
  object[Json::json_pointer(pointer)] = value;
  return parse(object).spec_error;
}

api::HarborRegistryStatus full_status() {
  api::HarborRegistryStatus status;
  status.observed_generation = 3;
  status.conditions = {{"Ready", "False", 3, "2026-11-23T18:42:00Z", "PartiallySynced", "2 of 3"},
                       {"Reconciling", "True", 3, "2026-11-23T18:42:00Z", "Progressing", ""}};
  status.selected = 3;
  status.synced = 2;
  status.failed = 1;
  status.namespaces = "2/3";
  status.failures = {{"SecretConflict", 1, "Secret harbor-pull belongs to someone else", {"team-a"}}};
  status.credential = {"robot$pull-prod-g3", 1, "2026-12-23T18:42:00Z", "2026-12-13T18:42:00Z",
                       "5bdcc146bf60754e6a042426089575c7"};
  status.pods = api::PodStatus{2, 1};
  status.last_handled_reconcile_at = "2026-11-23T18:00:00Z";
  return status;
}

}  // namespace

TEST_CASE("the smallest registry is read with the defaults of the schema", "[api]") {
  const auto registry = parse(smallest());
  CHECK(registry.spec_error.empty());
  CHECK(registry.meta == api::Meta{"", "prod", "u-1", 41});
  CHECK(registry.generation == 3);
  CHECK(registry.creation_timestamp == "2026-11-23T18:42:00Z");
  CHECK_FALSE(registry.deleting);
  api::HarborRegistrySpec spec;
  spec.host = "harbor.example.com";
  spec.credential_secret = "harbor-credential";
  spec.namespaces.selector = api::LabelSelector{{{"env", "prod"}}, {}};
  CHECK(registry.spec == spec);
  CHECK(registry.spec.service_accounts.mode == api::AttachMode::kAttach);
  CHECK(registry.spec.service_accounts.names == std::vector<std::string>{"default"});
  CHECK(registry.spec.secret_name == "harbor-pull");
  CHECK(registry.spec.deletion_policy == api::DeletionPolicy::kDelete);
  CHECK_FALSE(registry.spec.suspend);
  CHECK(registry.status == api::HarborRegistryStatus{});
  CHECK(registry.status.observed_generation == -1);
}

TEST_CASE("every field of the spec is read", "[api]") {
  auto object = smallest();
  object["spec"] = Json::parse(R"({
    "host": "harbor.example.com:8443", "credential": {"secretRef": {"name": "c"}},
    "namespaces": {"names": ["team-*", "shop"], "exclude": ["team-legacy"],
      "selector": {"matchLabels": {"b": "", "a": "1"}, "matchExpressions": [
        {"key": "tier", "operator": "NotIn", "values": ["dev", ""]}, {"key": "owner", "operator": "Exists"}]}},
    "serviceAccounts": {"mode": "None", "names": ["*"], "selector": {}},
    "secretName": "other", "pods": {"recovery": "Evict"}, "deletionPolicy": "Retain", "suspend": true,
    "images": {"rewrites": [{"from": "docker.io", "to": "harbor.example.com:8443/hub"}]}})");
  const auto registry = parse(object);
  CHECK(registry.spec_error.empty());
  const auto& spec = registry.spec;
  CHECK(spec.rewrites == std::vector<api::ImageRewrite>{{"docker.io", "harbor.example.com:8443/hub"}});
  CHECK(spec.host == "harbor.example.com:8443");
  CHECK(spec.credential_secret == "c");
  CHECK(spec.namespaces.names == std::vector<std::string>{"team-*", "shop"});
  CHECK(spec.namespaces.exclude == std::vector<std::string>{"team-legacy"});
  REQUIRE(spec.namespaces.selector);
  CHECK(spec.namespaces.selector->match_labels == api::Labels{{"a", "1"}, {"b", ""}});
  CHECK(spec.namespaces.selector->match_expressions ==
        std::vector<api::LabelRequirement>{{"tier", "NotIn", {"dev", ""}}, {"owner", "Exists", {}}});
  CHECK(spec.service_accounts.mode == api::AttachMode::kNone);
  CHECK(spec.service_accounts.names == std::vector<std::string>{"*"});
  CHECK(spec.service_accounts.selector == api::LabelSelector{});
  CHECK(spec.secret_name == "other");
  CHECK(spec.pod_recovery == api::PodRecovery::kEvict);
  CHECK(spec.deletion_policy == api::DeletionPolicy::kRetain);
  CHECK(spec.suspend);
}

TEST_CASE("null means absent", "[api]") {
  auto object = smallest();
  for (const auto* field :
       {"endpoint", "tls", "interval", "images", "serviceAccounts", "secretName", "pods", "deletionPolicy", "suspend"})
    object["spec"][field] = nullptr;
  object["spec"]["namespaces"]["names"] = nullptr;
  object["status"] = nullptr;
  object["metadata"]["annotations"] = nullptr;
  object["metadata"]["deletionTimestamp"] = nullptr;
  object["spec"]["credential"]["robot"] = nullptr;
  CHECK(parse(object) == parse(smallest()));
}

TEST_CASE("fields that this version does not know are ignored", "[api]") {
  auto object = smallest();
  object["spec"]["nodes"] = "later";
  object["spec"]["serviceAccounts"]["later"] = Json::array({1});
  CHECK(parse(object).spec_error.empty());
  CHECK(parse(object) == parse(smallest()));
}

TEST_CASE("a spec that cannot be read says where, what and how to mend it", "[api]") {
  CHECK(error_with("/spec/suspend", "yes") == "spec.suspend is of type string; write true or false, without quotes");
  CHECK(error_with("/spec/host", 5) ==
        "spec.host is of type number; write a string, in quotes if it looks like a number");
  CHECK(error_with("/spec/serviceAccounts", Json{{"mode", "Inject"}}) ==
        "spec.serviceAccounts.mode is \"Inject\", which this version of harbor-pull does not know; use one of Attach, "
        "None, or upgrade harbor-pull");
  CHECK(
      error_with("/spec/pods", Json{{"recovery", "Restart"}}) ==
      "spec.pods.recovery is \"Restart\", which this version of harbor-pull does not know; use one of None, Evict, or "
      "upgrade harbor-pull");
  CHECK(error_with("/spec/namespaces", Json{{"names", Json::array({"a", 7})}}) ==
        "spec.namespaces.names[1] is of type number; write a string, in quotes if it looks like a number");
}

TEST_CASE("every part of the spec is checked", "[api]") {
  const auto expression = [](const Json& item) { return Json{{"matchExpressions", Json::array({item})}}; };
  const std::vector<std::pair<std::string, Json>> bad = {
      {"/spec", "text"},
      {"/spec", nullptr},
      {"/spec/host", ""},
      {"/spec/credential", nullptr},
      {"/spec/credential", Json::array()},
      {"/spec/credential", Json{{"robot", Json::object()}}},
      {"/spec/credential/secretRef", "c"},
      {"/spec/credential/secretRef/name", 1},
      {"/spec/namespaces", nullptr},
      {"/spec/namespaces", Json::object()},
      {"/spec/namespaces", Json::array()},
      {"/spec/namespaces", Json{{"exclude", Json::array({"a"})}}},
      {"/spec/namespaces", Json{{"names", Json::array()}}},
      {"/spec/namespaces/exclude", "a"},
      {"/spec/namespaces/selector", "env=prod"},
      {"/spec/namespaces/selector/matchLabels", Json::array()},
      {"/spec/namespaces/selector/matchLabels/env", true},
      {"/spec/namespaces/selector/matchLabels/env", nullptr},
      {"/spec/namespaces/selector/matchExpressions", Json::object()},
      {"/spec/namespaces/selector", expression("tier")},
      {"/spec/namespaces/selector", expression({{"operator", "Exists"}})},
      {"/spec/namespaces/selector", expression({{"key", "tier"}})},
      {"/spec/namespaces/selector", expression({{"key", "tier"}, {"operator", "Gt"}, {"values", {"1"}}})},
      {"/spec/namespaces/selector", expression({{"key", "tier"}, {"operator", "In"}})},
      {"/spec/namespaces/selector", expression({{"key", "tier"}, {"operator", "Exists"}, {"values", {"1"}}})},
      {"/spec/serviceAccounts", "default"},
      {"/spec/serviceAccounts/names", Json::array()},
      {"/spec/serviceAccounts/selector", 1},
      {"/spec/secretName", ""},
      {"/spec/secretName", 1},
      {"/spec/images", "none"},
      {"/spec/images", {{"rewrites", {{{"from", "docker.io"}}}}}},
      {"/spec/images", {{"rewrites", {{{"from", "docker.io"}, {"to", "other.example.com/hub"}}}}}},
      {"/spec/images", {{"rewrites", {{{"from", "harbor.example.com/a"}, {"to", "harbor.example.com/hub"}}}}}},
      {"/spec/deletionPolicy", "Orphan"},
      {"/spec/deletionPolicy", 1},
  };
  for (const auto& [pointer, value] : bad) {
    INFO(pointer << " = " << value.dump());
    const auto error = error_with(pointer, value);
    CHECK(error.substr(0, 4) == "spec");
    CHECK(error.find("; ") != std::string::npos);
  }
}

TEST_CASE("a spec that cannot be read errs on the side of leaving things alone", "[api]") {
  auto object = smallest();
  object["spec"]["deletionPolicy"] = "Orphan";
  object["spec"]["serviceAccounts"]["mode"] = "Inject";
  object["spec"]["secretName"] = "other";
  const auto registry = parse(object);
  CHECK_FALSE(registry.spec_error.empty());
  CHECK(registry.spec.deletion_policy == api::DeletionPolicy::kRetain);
  CHECK(registry.spec.service_accounts.mode == api::AttachMode::kNone);
  CHECK(registry.spec.secret_name == "other");
  CHECK(registry.meta.name == "prod");
}

TEST_CASE("a long unknown word is not repeated", "[api]") {
  const auto error = error_with("/spec/deletionPolicy", std::string(100, 'x'));
  CHECK(error.find("xx") == std::string::npos);
  CHECK(error.find("too long") != std::string::npos);
}

TEST_CASE("only an object without a name fails", "[api]") {
  for (const char* text : {"{}", "[]", "null", "7", R"({"metadata": {}})", R"({"metadata": {"name": ""}})",
                           R"({"metadata": {"name": 1}})"}) {
    INFO(text);
    const auto registry = api::parse_harbor_registry(Json::parse(text));
    REQUIRE_FALSE(registry);
    CHECK(registry.error().kind == base::ErrorKind::kInvalid);
  }
  CHECK_FALSE(parse(Json::parse(R"({"metadata": {"name": "a"}})")).spec_error.empty());
}

TEST_CASE("a resource version that is no decimal number is 0", "[api]") {
  auto object = smallest();
  for (const Json& bad : {Json("12a"), Json(""), Json("-1"), Json("18446744073709551616"), Json(" 1"), Json(7)}) {
    object["metadata"]["resourceVersion"] = bad;
    CHECK(parse(object).meta.resource_version == 0);
  }
  object["metadata"]["resourceVersion"] = "18446744073709551615";
  CHECK(parse(object).meta.resource_version == 18446744073709551615ULL);
}

TEST_CASE("deletion and finalizers are seen", "[api]") {
  auto object = smallest();
  object["metadata"]["deletionTimestamp"] = "2026-11-23T19:00:00Z";
  object["metadata"]["finalizers"] = {"harborpull.io/cleanup", "example.com/other"};
  const auto registry = parse(object);
  CHECK(registry.deleting);
  CHECK(registry.deletion_timestamp == "2026-11-23T19:00:00Z");
  CHECK(registry.finalizers == std::vector<std::string>{"harborpull.io/cleanup", "example.com/other"});
}

TEST_CASE("of two trigger annotations the later counts", "[api]") {
  auto object = smallest();
  auto& annotations = object["metadata"]["annotations"];
  CHECK(parse(object).reconcile_requested_at.empty());
  annotations["reconcile.fluxcd.io/requestedAt"] = "2026-11-23T18:00:00Z";
  CHECK(parse(object).reconcile_requested_at == "2026-11-23T18:00:00Z");
  annotations["harborpull.io/reconcile-at"] = "2026-11-23T17:00:00Z";
  CHECK(parse(object).reconcile_requested_at == "2026-11-23T18:00:00Z");
  annotations["harborpull.io/reconcile-at"] = "2026-11-23T19:00:00Z";
  CHECK(parse(object).reconcile_requested_at == "2026-11-23T19:00:00Z");
}

TEST_CASE("a wish to rotate is no wish to reconcile", "[api]") {
  auto object = smallest();
  CHECK(parse(object).rotate_requested_at.empty());
  object["metadata"]["annotations"]["harborpull.io/rotate-at"] = "2026-11-23T18:00:00Z";
  CHECK(parse(object).rotate_requested_at == "2026-11-23T18:00:00Z");
  CHECK(parse(object).reconcile_requested_at.empty());
}

TEST_CASE("a trigger that would not fit the status is cut at a whole character", "[api]") {
  auto object = smallest();
  object["metadata"]["annotations"]["harborpull.io/reconcile-at"] =
      std::string(api::kMaxRequestedAt - 1, 'x') + "\xc3\xa9 and more";
  object["metadata"]["annotations"]["harborpull.io/rotate-at"] = std::string(api::kMaxRequestedAt + 1, 'y');
  const auto registry = parse(object);
  CHECK(registry.rotate_requested_at == std::string(api::kMaxRequestedAt, 'y'));
  CHECK(registry.reconcile_requested_at == std::string(api::kMaxRequestedAt - 1, 'x'));
  CHECK_NOTHROW(Json(registry.reconcile_requested_at).dump());
}

TEST_CASE("a status is read back as it was written", "[api]") {
  for (const auto& status : {full_status(), api::HarborRegistryStatus{}}) {
    auto object = smallest();
    object["status"] = Json::parse(api::status_json(status).dump());
    CHECK(parse(object).status == status);
  }
}

TEST_CASE("what is empty is left out of the status, counters are not", "[api]") {
  CHECK(api::status_json({}).dump() == R"({"failed":0,"observedGeneration":-1,"selected":0,"synced":0})");
  auto status = full_status();
  status.failures = {{"NamespaceTerminating", 2, "", {}}};
  CHECK(api::status_json(status)["failures"].dump() == R"([{"count":2,"reason":"NamespaceTerminating"}])");
}

TEST_CASE("of the credential only what is known is written", "[api]") {
  api::HarborRegistryStatus status;
  CHECK_FALSE(api::status_json(status).contains("credential"));
  status.credential.robots = 2;
  status.credential.next_rotation = "2026-12-13T18:42:00Z";
  CHECK(api::status_json(status)["credential"].dump() == R"({"nextRotation":"2026-12-13T18:42:00Z","robots":2})");
  CHECK(api::status_json(full_status())["credential"].dump() ==
        R"({"contentHash":"5bdcc146bf60754e6a042426089575c7","expiresAt":"2026-12-23T18:42:00Z",)"
        R"("nextRotation":"2026-12-13T18:42:00Z","robot":"robot$pull-prod-g3","robots":1})");
}

TEST_CASE("a condition is written in full although its message is empty", "[api]") {
  CHECK(api::status_json(full_status())["conditions"][1].dump() ==
        R"({"lastTransitionTime":"2026-11-23T18:42:00Z","message":"","observedGeneration":3,"reason":"Progressing",)"
        R"("status":"True","type":"Reconciling"})");
}

TEST_CASE("a status that cannot be read counts as not written", "[api]") {
  for (const char* text :
       {"[]", "\"x\"", R"({"conditions": 1, "failures": {}, "selected": "3", "namespaces": 3})",
        R"({"credential": []})", R"({"credential": {"robot": 1, "robots": "2", "expiresAt": {}}})"}) {
    auto object = smallest();
    object["status"] = Json::parse(text);
    CHECK(parse(object).status == api::HarborRegistryStatus{});
  }
}
