// The schema against the code: what the one promises the other does.
#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "api/harbor_registry.hpp"
#include "api/names.hpp"
#include "yaml.hpp"

namespace {

using Json = nlohmann::json;

const Json& crd() { return manifests::load("crds/harborpull.io_harborregistries.yaml"); }

const Json& version() { return crd().at("spec").at("versions").at(0); }
const Json& schema() { return version().at("schema").at("openAPIV3Schema"); }
const Json& part(const char* name) { return schema().at("properties").at(name); }

using Visit = std::function<void(const std::string& path, const Json& node)>;

/// Every schema node below and including `node`. List items are path[], map values path{}.
void walk(const std::string& path, const Json& node, const Visit& visit) {
  visit(path, node);
  for (const auto& [name, child] : manifests::get(node, "properties").items()) {
    walk(path.empty() ? name : path + "." + name, child, visit);
  }
  if (node.contains("items")) walk(path + "[]", node.at("items"), visit);
  if (node.contains("additionalProperties")) walk(path + "{}", node.at("additionalProperties"), visit);
}

std::set<std::string> leaves(const std::string& path, const Json& node) {
  std::set<std::string> found;
  walk(path, node, [&](const std::string& at, const Json& here) {
    if (here.at("type") != "object" && here.at("type") != "array") found.insert(at);
  });
  return found;
}

/// The same paths in an object instead of a schema.
void value_leaves(const std::string& path, const Json& value, std::set<std::string>& found) {
  if (!value.is_structured()) found.insert(path);
  for (const auto& [key, child] : value.items()) {
    if (value.is_structured()) value_leaves(value.is_array() ? path + "[]" : path + "." + key, child, found);
  }
}

/// As the API server does: what is absent and has a default gets it, also within defaults.
void fill_defaults(const Json& node, Json& value) {
  if (!value.is_object()) return;
  for (const auto& [name, child] : manifests::get(node, "properties").items()) {
    if (!value.contains(name) && child.contains("default")) value[name] = child.at("default");
    if (value.contains(name)) fill_defaults(child, value[name]);
  }
}

Json registry_with(const Json& spec) { return {{"metadata", {{"name", "a"}}}, {"spec", spec}}; }

api::HarborRegistry parse(const Json& spec) {
  const auto registry = api::parse_harbor_registry(registry_with(spec));
  REQUIRE(registry);
  return *registry;
}

Json smallest_spec() {
  return Json::parse(R"({"host": "harbor.example.com", "credential": {"secretRef": {"name": "c"}},
                         "namespaces": {"selector": {}}})");
}

/// Each leaf of spec with a document that differs from full_spec() there and nowhere else.
Json full_spec() {
  return Json::parse(R"({
    "host": "harbor.example.com", "credential": {"secretRef": {"name": "c"}},
    "namespaces": {"names": ["a"], "exclude": ["b"], "selector": {
      "matchLabels": {"l": "v"}, "matchExpressions": [{"key": "k", "operator": "In", "values": ["v"]}]}},
    "serviceAccounts": {"mode": "Attach", "names": ["a"], "selector": {
      "matchLabels": {"l": "v"}, "matchExpressions": [{"key": "k", "operator": "In", "values": ["v"]}]}},
    "secretName": "s", "deletionPolicy": "Delete", "suspend": false})");
}

const std::map<std::string, std::pair<std::string, Json>>& spec_changes() {
  static const std::map<std::string, std::pair<std::string, Json>> kChanges = {
      {"spec.host", {"/host", "other.example.com"}},
      {"spec.credential.secretRef.name", {"/credential/secretRef/name", "x"}},
      {"spec.namespaces.names[]", {"/namespaces/names/0", "x"}},
      {"spec.namespaces.exclude[]", {"/namespaces/exclude/0", "x"}},
      {"spec.namespaces.selector.matchLabels{}", {"/namespaces/selector/matchLabels/l", "x"}},
      {"spec.namespaces.selector.matchExpressions[].key", {"/namespaces/selector/matchExpressions/0/key", "x"}},
      {"spec.namespaces.selector.matchExpressions[].operator",
       {"/namespaces/selector/matchExpressions/0/operator", "NotIn"}},
      {"spec.namespaces.selector.matchExpressions[].values[]",
       {"/namespaces/selector/matchExpressions/0/values/0", "x"}},
      {"spec.serviceAccounts.mode", {"/serviceAccounts/mode", "None"}},
      {"spec.serviceAccounts.names[]", {"/serviceAccounts/names/0", "x"}},
      {"spec.serviceAccounts.selector.matchLabels{}", {"/serviceAccounts/selector/matchLabels/l", "x"}},
      {"spec.serviceAccounts.selector.matchExpressions[].key",
       {"/serviceAccounts/selector/matchExpressions/0/key", "x"}},
      {"spec.serviceAccounts.selector.matchExpressions[].operator",
       {"/serviceAccounts/selector/matchExpressions/0/operator", "NotIn"}},
      {"spec.serviceAccounts.selector.matchExpressions[].values[]",
       {"/serviceAccounts/selector/matchExpressions/0/values/0", "x"}},
      {"spec.secretName", {"/secretName", "x"}},
      {"spec.deletionPolicy", {"/deletionPolicy", "Retain"}},
      {"spec.suspend", {"/suspend", true}},
  };
  return kChanges;
}

api::HarborRegistryStatus full_status() {
  api::HarborRegistryStatus status;
  status.observed_generation = 1;
  status.conditions = {{"Ready", "False", 1, "2026-11-23T18:42:00Z", "PartiallySynced", "m"}};
  status.namespaces = "1/2";
  status.failures = {{"SecretConflict", 1, "m", {"a"}}};
  status.last_handled_reconcile_at = "x";
  return status;
}

bool served_by_server(const std::string& path) {
  return path == "metadata" || path == "metadata.name" || path == "apiVersion" || path == "kind";
}

}  // namespace

TEST_CASE("the resource has the names that the code uses", "[manifests]") {
  const auto& spec = crd().at("spec");
  CHECK(spec.at("group") == std::string(api::kGroup));
  CHECK(spec.at("names").at("kind") == std::string(api::kKind));
  CHECK(spec.at("names").at("plural") == std::string(api::kPlural));
  CHECK(crd().at("metadata").at("name") == std::string(api::kPlural) + "." + std::string(api::kGroup));
  CHECK(spec.at("scope") == "Cluster");
  CHECK(spec.at("names").at("shortNames") == Json{"hreg"});
  CHECK(spec.at("names").at("categories") == Json{"harbor"});
  REQUIRE(spec.at("versions").size() == 1);
  CHECK(version().at("name") == std::string(api::kVersion));
  CHECK(version().at("subresources").contains("status"));
}

TEST_CASE("kubectl get shows host, readiness, reason, namespaces and age", "[manifests]") {
  std::string columns;
  for (const auto& column : version().at("additionalPrinterColumns")) {
    columns += column.at("name").get<std::string>() + (column.value("priority", 0) == 0 ? " " : "(wide) ");
  }
  CHECK(columns == "Host Ready Reason Namespaces Age Message(wide) ");
}

TEST_CASE("every field says what it is", "[manifests]") {
  walk("", schema(), [](const std::string& path, const Json& node) {
    if (path == "metadata") return;  // the API server refuses one there
    INFO(path);
    REQUIRE(node.contains("description"));
    const auto text = node.at("description").get<std::string>();
    CHECK(text.size() > 10);
    CHECK(text.back() == '.');
    CHECK(text.find('`') == std::string::npos);
  });
}

TEST_CASE("a default is told in the description", "[manifests]") {
  walk("spec", part("spec"), [](const std::string& path, const Json& node) {
    if (!node.contains("default")) return;
    INFO(path);
    const auto text = node.at("description").get<std::string>();
    CHECK((text.find("The default is") != std::string::npos || text.find("By default") != std::string::npos));
  });
}

TEST_CASE("every size has a bound, and every list says how it merges", "[manifests]") {
  walk("", schema(), [](const std::string& path, const Json& node) {
    INFO(path);
    const auto type = node.at("type").get<std::string>();
    if (type == "array") {
      CHECK(node.contains("maxItems"));
      CHECK(node.contains("x-kubernetes-list-type"));
    }
    if (type == "string") CHECK((node.contains("maxLength") || node.contains("enum") || node.contains("format")));
    if (type == "object" && node.contains("additionalProperties")) CHECK(node.contains("maxProperties"));
    if (type == "integer") CHECK((node.contains("minimum") && node.contains("format")));
  });
}

TEST_CASE("a rule of the schema has a message of its own", "[manifests]") {
  walk("", schema(), [](const std::string& path, const Json& node) {
    for (const auto& rule : manifests::get(node, "x-kubernetes-validations")) {
      INFO(path);
      CHECK(rule.contains("message"));
    }
  });
}

TEST_CASE("the defaults of the schema are those of the code", "[manifests]") {
  const auto bare = smallest_spec();
  auto filled = bare;
  fill_defaults(part("spec"), filled);
  REQUIRE(filled != bare);
  CHECK(filled.at("serviceAccounts").at("names") == Json{"default"});
  CHECK(parse(filled).spec_error.empty());
  CHECK(parse(filled) == parse(bare));
  auto status = Json::object();
  fill_defaults(Json{{"properties", {{"status", part("status")}}}}, status);
  auto object = registry_with(bare);
  object.update(status);
  CHECK(api::parse_harbor_registry(object)->status == api::HarborRegistryStatus{});
}

TEST_CASE("what the schema requires the code requires", "[manifests]") {
  std::set<std::string> required;
  for (const auto& name : part("spec").at("required")) required.insert(name.get<std::string>());
  CHECK(required == std::set<std::string>{"host", "credential", "namespaces"});
  for (const auto& name : required) {
    auto spec = smallest_spec();
    spec.erase(name);
    CHECK(parse(spec).spec_error.find("spec." + name) == 0);
  }
}

TEST_CASE("every field of the spec does something", "[manifests]") {
  std::set<std::string> known;
  for (const auto& [path, change] : spec_changes()) known.insert(path);
  CHECK(leaves("spec", part("spec")) == known);
  const auto before = parse(full_spec());
  REQUIRE(before.spec_error.empty());
  for (const auto& [path, change] : spec_changes()) {
    INFO(path);
    auto spec = full_spec();
    const Json::json_pointer pointer(change.first);
    REQUIRE(spec.contains(pointer));
    spec[pointer] = change.second;
    const auto after = parse(spec);
    CHECK(after.spec_error.empty());
    CHECK_FALSE(after.spec == before.spec);
  }
}

TEST_CASE("the words of an enum are those that the code knows", "[manifests]") {
  walk("spec", part("spec"), [](const std::string& path, const Json& node) {
    if (!node.contains("enum")) return;
    INFO(path);
    const Json::json_pointer pointer(spec_changes().at(path).first);
    for (const auto& word : node.at("enum")) {
      auto spec = full_spec();
      spec[pointer] = word;
      const auto error = parse(spec).spec_error;
      CHECK(error.find("does not know") == std::string::npos);
    }
  });
}

TEST_CASE("the status has exactly the fields that the code writes", "[manifests]") {
  std::set<std::string> written;
  value_leaves("status", api::status_json(full_status()), written);
  CHECK(leaves("status", part("status")) == written);
}

TEST_CASE("the bounds of the status are those of the code", "[manifests]") {
  const auto& status = part("status").at("properties");
  const auto& failure = status.at("failures").at("items").at("properties");
  const auto& condition = status.at("conditions").at("items").at("properties");
  CHECK(status.at("failures").at("maxItems") == api::kMaxFailures);
  CHECK(failure.at("message").at("maxLength") == api::kMaxFailureMessage);
  CHECK(failure.at("examples").at("maxItems") == api::kMaxExamples);
  CHECK(condition.at("message").at("maxLength") == api::kMaxConditionMessage);
  CHECK(status.at("lastHandledReconcileAt").at("maxLength") == api::kMaxRequestedAt);
}

TEST_CASE("the Secret's name fits the annotation that carries it", "[manifests]") {
  // attached.harborpull.io/<secretName>: the name part of an annotation has at most 63 characters.
  CHECK(part("spec").at("properties").at("secretName").at("maxLength") == 63);
}

TEST_CASE("nothing in the spec may be a reference into another namespace", "[manifests]") {
  walk("spec", part("spec"), [](const std::string& path, const Json&) {
    INFO(path);
    CHECK(path.substr(path.find_last_of('.') + 1) != "namespace");
  });
}

TEST_CASE("only what the server itself serves stands beside spec and status", "[manifests]") {
  walk("", schema(), [](const std::string& path, const Json&) {
    INFO(path);
    const bool ours = path.empty() || path.substr(0, 4) == "spec" || path.substr(0, 6) == "status";
    CHECK((ours || served_by_server(path)));
  });
}
