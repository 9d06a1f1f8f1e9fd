// The schema against the code: what the one promises the other does.
#include <catch2/catch.hpp>

#include "api/names.hpp"
#include "schema.hpp"
#include "yaml.hpp"

using namespace manifests;

namespace {

using Json = nlohmann::json;

api::HarborRegistryStatus full_status() {
  api::HarborRegistryStatus status;
  status.observed_generation = 1;
  status.conditions = {{"Ready", "False", 1, "2026-11-23T18:42:00Z", "PartiallySynced", "m"}};
  status.namespaces = "1/2";
  status.failures = {{"SecretConflict", 1, "m", {"a"}}};
  status.credential = {"robot$r", 1, "2026-11-23T18:42:00Z", "2026-11-13T18:42:00Z", std::string(32, 'a')};
  status.pods = api::PodStatus{2, 1};
  status.last_handled_reconcile_at = "x";
  status.references_placed_by = "Operator";
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

TEST_CASE("kubectl get shows host, readiness, reason, namespaces, end and age", "[manifests]") {
  std::string columns;
  for (const auto& column : version().at("additionalPrinterColumns")) {
    columns += column.at("name").get<std::string>() + (column.value("priority", 0) == 0 ? " " : "(wide) ");
  }
  CHECK(columns == "Host Ready Reason Namespaces Expires Age Message(wide) ");
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
    for (const auto& rule : get(node, "x-kubernetes-validations")) {
      INFO(path);
      CHECK(rule.contains("message"));
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
  const auto& credential = status.at("credential").at("properties");
  CHECK(credential.at("robot").at("maxLength") == api::kMaxRobotName);
  CHECK(credential.at("contentHash").at("pattern") == "^[0-9a-f]{" + std::to_string(api::kContentHashSize) + "}$");
}

TEST_CASE("a time to come is a text in the columns", "[manifests]") {
  // kubectl prints a date as how long ago it was, and <invalid> for one to come.
  for (const auto& column : version().at("additionalPrinterColumns")) {
    INFO(column.at("name"));
    CHECK((column.at("type") == "date") == (column.at("jsonPath") == ".metadata.creationTimestamp"));
  }
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
