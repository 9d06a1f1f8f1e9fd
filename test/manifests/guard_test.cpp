// What holds the operator to what it writes: in the base of deploy/, closed when it fails, for one user only, and with
// the names that the code uses.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "api/names.hpp"
#include "plan/robot_state.hpp"
#include "yaml.hpp"

namespace {

using Json = nlohmann::json;

constexpr auto kFile = "deploy/guard.yaml";

const Json& policy(const std::string& what) {
  return manifests::pick(kFile, "ValidatingAdmissionPolicy", "harbor-pull-operator-guard-" + what);
}

/// "CREATE group/resource", one each.
std::set<std::string> matched(const std::string& what) {
  std::set<std::string> lines;
  for (const auto& rule : policy(what).at("spec").at("matchConstraints").at("resourceRules")) {
    for (const auto& operation : rule.at("operations")) {
      for (const auto& resource : rule.at("resources")) {
        lines.insert(operation.get<std::string>() + " " + rule.at("apiGroups").at(0).get<std::string>() + "/" +
                     resource.get<std::string>());
      }
    }
  }
  return lines;
}

bool says(const std::string& what, std::string_view name) {
  return policy(what).dump().find("'" + std::string(name) + "'") != std::string::npos;
}

}  // namespace

TEST_CASE("the guard is three policies that are in force and deny what they cannot judge", "[manifests]") {
  std::multiset<std::string> kinds;
  for (const auto& object : manifests::load_all(kFile)) {
    kinds.insert(object.at("kind").get<std::string>());
    if (object.at("kind") == "ValidatingAdmissionPolicy") {
      CHECK(object.at("spec").at("failurePolicy") == "Fail");
      CHECK_FALSE(object.at("spec").at("matchConstraints").contains("namespaceSelector"));
      continue;
    }
    CHECK(object.at("spec") == Json{{"policyName", object.at("metadata").at("name")}, {"validationActions", {"Deny"}}});
    (void)manifests::pick(kFile, "ValidatingAdmissionPolicy", object.at("spec").at("policyName"));
  }
  CHECK(kinds.count("ValidatingAdmissionPolicy") == 3);
  CHECK(kinds.count("ValidatingAdmissionPolicyBinding") == 3);
  CHECK(kinds.size() == 6);
}

TEST_CASE("the guard looks at what the operator may write and at nobody else's writes", "[manifests]") {
  const auto rules = matched("secrets");
  CHECK(rules == std::set<std::string>{"CREATE /secrets", "UPDATE /secrets"});
  CHECK(matched("serviceaccounts") == std::set<std::string>{"CREATE /serviceaccounts", "UPDATE /serviceaccounts"});
  CHECK(matched("registries") ==
        std::set<std::string>{"UPDATE " + std::string(api::kGroup) + "/" + std::string(api::kPlural)});
  const auto& subject =
      manifests::pick("deploy/rbac.yaml", "ClusterRoleBinding", "harbor-pull-operator").at("subjects").at(0);
  const auto user = "system:serviceaccount:" + subject.at("namespace").get<std::string>() + ":" +
                    subject.at("name").get<std::string>();
  for (const auto* what : {"secrets", "serviceaccounts", "registries"}) {
    CHECK(policy(what).at("spec").at("matchConditions") ==
          Json{{{"name", "by-the-operator"}, {"expression", "request.userInfo.username == '" + user + "'"}}});
  }
}

TEST_CASE("the names in the guard are those that the code uses", "[manifests]") {
  for (const auto name : {api::kDefaultSecretName, api::kDefaultNamespace, api::kStateSecret, api::kManagedByLabel,
                          api::kFieldManager, api::kDockerConfigType}) {
    INFO(name);
    CHECK(says("secrets", name));
  }
  CHECK(says("secrets", plan::kRobotStateType));
  const auto state = plan::robot_base_name("cluster", {"registry", ""});
  CHECK(state.starts_with("harbor-pull-"));
  CHECK(says("secrets", "harbor-pull-"));
  for (const auto name : {api::kDefaultSecretName, api::kDefaultAccount, api::kAttachedPrefix}) {
    INFO(name);
    CHECK(says("serviceaccounts", name));
  }
  CHECK(says("registries", api::kFinalizer));
  CHECK(policy("registries").at("spec").at("matchConstraints").at("resourceRules").at(0).at("apiVersions") ==
        Json{api::kVersion});
}

TEST_CASE("every denial of the guard is a 403 that says why", "[manifests]") {
  for (const auto* what : {"secrets", "serviceaccounts", "registries"}) {
    for (const auto& validation : policy(what).at("spec").at("validations")) {
      CHECK(validation.at("reason") == "Forbidden");
      CHECK_FALSE(validation.at("message").get<std::string>().empty());
    }
  }
}
