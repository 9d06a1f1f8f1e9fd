// What kubectl apply -k deploy/admission gives: one policy that follows the resource and cannot stand in the way.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "api/names.hpp"
#include "yaml.hpp"

namespace {

using Json = nlohmann::json;

constexpr auto kFile = "deploy/admission/policy.yaml";

const Json& policy() { return manifests::pick(kFile, "MutatingAdmissionPolicy", "harbor-pull-operator"); }
const Json& binding() { return manifests::pick(kFile, "MutatingAdmissionPolicyBinding", "harbor-pull-operator"); }

std::string everything() { return policy().dump(); }

}  // namespace

TEST_CASE("the policy never blocks anything", "[manifests]") {
  CHECK(policy().at("spec").at("failurePolicy") == "Ignore");
  CHECK(binding().at("spec").at("paramRef") ==
        Json{{"selector", Json::object()}, {"parameterNotFoundAction", "Allow"}});
  CHECK(binding().at("spec").at("policyName") == policy().at("metadata").at("name"));
  CHECK_FALSE(binding().at("spec").contains("matchResources"));
}

TEST_CASE("the policy is told nothing but the resource", "[manifests]") {
  CHECK(policy().at("spec").at("paramKind") == Json{{"apiVersion", api::kApiVersion}, {"kind", api::kKind}});
}

TEST_CASE("namespaces that are never selected are out before any expression is looked at", "[manifests]") {
  const auto& selector = policy().at("spec").at("matchConstraints").at("namespaceSelector").at("matchExpressions");
  REQUIRE(selector.size() == 1);
  CHECK(selector.at(0).at("key") == "kubernetes.io/metadata.name");
  CHECK(selector.at(0).at("operator") == "NotIn");
  const auto names = selector.at(0).at("values").get<std::set<std::string>>();
  CHECK(names ==
        std::set<std::string>{"kube-system", "kube-public", "kube-node-lease", std::string(api::kDefaultNamespace)});
}

TEST_CASE("only creations are looked at, and new containers for debugging", "[manifests]") {
  std::set<std::string> rules;
  for (const auto& rule : policy().at("spec").at("matchConstraints").at("resourceRules")) {
    REQUIRE(rule.at("apiGroups") == Json{""});
    for (const auto& operation : rule.at("operations")) {
      for (const auto& resource : rule.at("resources")) {
        rules.insert(operation.get<std::string>() + " " + resource.get<std::string>());
      }
    }
  }
  CHECK(rules == std::set<std::string>{"CREATE serviceaccounts", "CREATE pods", "UPDATE pods/ephemeralcontainers"});
}

TEST_CASE("the names in the policy are those that the code uses", "[manifests]") {
  CHECK(everything().find("['" + std::string(api::kDefaultSecretName) + "']") != std::string::npos);
  for (const auto name : {api::kIgnoreAnnotation, api::kAttachedPrefix, api::kPlacedByPolicy}) {
    INFO(name);
    CHECK(everything().find("'" + std::string(name) + "'") != std::string::npos);
  }
}
