// What kubectl apply -k deploy/ gives: rights and the Pod.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "api/names.hpp"
#include "yaml.hpp"

namespace {

using Json = nlohmann::json;

constexpr auto kRbac = "deploy/rbac.yaml";
constexpr auto kPodRbac = "deploy/pod-recovery/rbac.yaml";

const Json& deployment() { return manifests::load("deploy/deployment.yaml"); }
const Json& pod() { return deployment().at("spec").at("template").at("spec"); }
const Json& container() { return pod().at("containers").at(0); }

std::string joined(const Json& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ",") + word.get<std::string>();
  return text;
}

/// "group/resource[names]: verbs" for each rule, in the file's order.
std::vector<std::string> rules(const std::string& kind, const std::string& name, const char* file = kRbac) {
  std::vector<std::string> lines;
  for (const auto& rule : manifests::pick(file, kind, name).at("rules")) {
    const auto& names = manifests::get(rule, "resourceNames");
    lines.push_back(joined(rule.at("apiGroups")) + "/" + joined(rule.at("resources")) +
                    (names.empty() ? "" : "[" + joined(names) + "]") + ": " + joined(rule.at("verbs")));
  }
  return lines;
}

/// Each binding with its role and subjects.
std::set<std::string> bindings(const char* file = kRbac) {
  std::set<std::string> lines;
  for (const auto& object : manifests::load_all(file)) {
    if (!object.contains("roleRef")) continue;
    for (const auto& subject : object.at("subjects")) {
      lines.insert(object.at("kind").get<std::string>() + " " + object.at("roleRef").at("kind").get<std::string>() +
                   "/" + object.at("roleRef").at("name").get<std::string>() + " to " +
                   subject.at("kind").get<std::string>() + " " + subject.at("namespace").get<std::string>() + "/" +
                   subject.at("name").get<std::string>());
    }
  }
  return lines;
}

}  // namespace

TEST_CASE("the operator has exactly these rights in the whole cluster", "[manifests]") {
  CHECK(rules("ClusterRole", "harbor-pull-operator") == std::vector<std::string>{
                                                            "/secrets[harbor-pull]: get,list,watch,create,patch,delete",
                                                            "/serviceaccounts: get,list,watch,patch",
                                                            "/namespaces: list,watch",
                                                            "harborpull.io/harborregistries: list,watch,patch",
                                                            "harborpull.io/harborregistries/status: patch",
                                                            "events.k8s.io/events: create",
                                                        });
}

TEST_CASE("the operator has exactly these rights in its own namespace", "[manifests]") {
  CHECK(rules("Role", "harbor-pull-operator") ==
        std::vector<std::string>{
            "/secrets: get,list,watch,create,update,delete",
            "/secrets[harbor-pull-operator-state]: patch",
            "/configmaps: list,watch",
            "coordination.k8s.io/leases[harbor-pull-operator]: get,create,update,patch",
        });
}

TEST_CASE("viewers of the cluster may look at registries and nothing else of ours", "[manifests]") {
  CHECK(rules("ClusterRole", "harbor-pull-operator-view") ==
        std::vector<std::string>{"harborpull.io/harborregistries: get,list,watch"});
  const auto labels = manifests::pick(kRbac, "ClusterRole", "harbor-pull-operator-view").at("metadata").at("labels");
  CHECK(labels.at("rbac.authorization.k8s.io/aggregate-to-view") == "true");
  for (const auto* role : {"admin", "edit"}) {
    CHECK_FALSE(labels.contains(std::string("rbac.authorization.k8s.io/aggregate-to-") + role));
  }
}

TEST_CASE("the rights are given to the operator's ServiceAccount alone", "[manifests]") {
  CHECK(bindings() == std::set<std::string>{
                          "ClusterRoleBinding ClusterRole/harbor-pull-operator to ServiceAccount "
                          "harbor-pull-system/harbor-pull-operator",
                          "RoleBinding Role/harbor-pull-operator to ServiceAccount "
                          "harbor-pull-system/harbor-pull-operator",
                      });
  std::multiset<std::string> kinds;
  for (const auto& object : manifests::load_all(kRbac)) kinds.insert(object.at("kind").get<std::string>());
  CHECK(kinds == std::multiset<std::string>{"ServiceAccount", "ClusterRole", "ClusterRole", "ClusterRoleBinding",
                                            "Role", "RoleBinding"});
}

TEST_CASE("making default ServiceAccounts takes exactly this right, for the operator alone", "[manifests]") {
  constexpr auto kFile = "deploy/default-service-account/rbac.yaml";
  const std::string name = "harbor-pull-operator-default-service-account";
  CHECK(rules("ClusterRole", name, kFile) == std::vector<std::string>{"/serviceaccounts: create"});
  CHECK(bindings(kFile) == std::set<std::string>{"ClusterRoleBinding ClusterRole/" + name +
                                                 " to ServiceAccount harbor-pull-system/harbor-pull-operator"});
  CHECK(manifests::load("deploy/default-service-account/kustomization.yaml").at("resources") == Json{"rbac.yaml"});
}

TEST_CASE("pod recovery adds exactly these rights, for the operator alone", "[manifests]") {
  const std::string name = "harbor-pull-operator-pod-recovery";
  CHECK(rules("ClusterRole", name, kPodRbac) ==
        std::vector<std::string>{"/pods: list,watch", "/pods/eviction: create"});
  CHECK(bindings(kPodRbac) == std::set<std::string>{"ClusterRoleBinding ClusterRole/" + name +
                                                    " to ServiceAccount harbor-pull-system/harbor-pull-operator"});
  CHECK(manifests::load_all(kPodRbac).size() == 2);
  CHECK(manifests::load("deploy/pod-recovery/kustomization.yaml").at("resources") == Json{"rbac.yaml"});
}

TEST_CASE("no right is a wildcard", "[manifests]") {
  for (const auto& object : manifests::load_all(kRbac)) CHECK(object.dump().find('*') == std::string::npos);
}

TEST_CASE("the names in the rights are those that the code uses", "[manifests]") {
  const auto cluster = rules("ClusterRole", "harbor-pull-operator");
  const auto own = rules("Role", "harbor-pull-operator");
  CHECK(cluster.at(0).find("[" + std::string(api::kDefaultSecretName) + "]") != std::string::npos);
  CHECK(own.at(1).find("[" + std::string(api::kStateSecret) + "]") != std::string::npos);
  CHECK(own.at(3).find("[" + std::string(api::kLease) + "]") != std::string::npos);
}

TEST_CASE("everything lives in one namespace that enforces the restricted standard", "[manifests]") {
  const auto ns = manifests::load("deploy/namespace.yaml");
  const auto name = ns.at("metadata").at("name").get<std::string>();
  CHECK(name == api::kDefaultNamespace);
  CHECK(ns.at("metadata").at("labels").at("pod-security.kubernetes.io/enforce") == "restricted");
  CHECK(deployment().at("metadata").at("namespace") == name);
  for (const auto& object : manifests::load_all(kRbac)) {
    const auto kind = object.at("kind").get<std::string>();
    CHECK(object.at("metadata").value("namespace", "") == (kind.rfind("Cluster", 0) == 0 ? "" : name));
  }
}

TEST_CASE("the Pod satisfies the restricted Pod Security Standard", "[manifests]") {
  const auto spec = pod();
  for (const auto* host : {"hostNetwork", "hostPID", "hostIPC", "initContainers", "ephemeralContainers"}) {
    CHECK_FALSE(spec.contains(host));
  }
  const auto security = spec.at("securityContext");
  CHECK(security.at("runAsNonRoot") == true);
  CHECK(security.at("runAsUser") == 65532);
  CHECK(security.at("seccompProfile").at("type") == "RuntimeDefault");
  for (const auto& volume : spec.at("volumes")) CHECK(volume.contains("projected"));
  REQUIRE(spec.at("containers").size() == 1);
  const auto own = container().at("securityContext");
  CHECK(own == Json::parse(R"({"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
                               "capabilities": {"drop": ["ALL"]}})"));
  for (const auto& port : container().at("ports")) CHECK_FALSE(port.contains("hostPort"));
}

TEST_CASE("the Pod has one token of its own, short-lived and read-only", "[manifests]") {
  const auto account = manifests::pick(kRbac, "ServiceAccount", "harbor-pull-operator");
  CHECK(account.at("automountServiceAccountToken") == false);
  CHECK(pod().at("automountServiceAccountToken") == false);
  CHECK(pod().at("serviceAccountName") == "harbor-pull-operator");
  REQUIRE(pod().at("volumes").size() == 1);
  const auto& sources = pod().at("volumes").at(0).at("projected").at("sources");
  CHECK(sources.at(0).at("serviceAccountToken") == Json{{"path", "token"}, {"expirationSeconds", 3600}});
  CHECK(sources.at(1).at("configMap").at("name") == "kube-root-ca.crt");
  CHECK(sources.at(1).at("configMap").at("items").at(0).at("path") == "ca.crt");
  CHECK(sources.at(2).at("downwardAPI").at("items").at(0).at("path") == "namespace");
  CHECK(container().at("volumeMounts").at(0) == Json{{"name", pod().at("volumes").at(0).at("name")},
                                                     {"mountPath", "/var/run/secrets/kubernetes.io/serviceaccount"},
                                                     {"readOnly", true}});
}

TEST_CASE("the container runs the controller, is probed and is bounded", "[manifests]") {
  const auto own = container();
  CHECK(own.at("args") == Json{"controller"});
  CHECK(own.at("ports").at(0).at("containerPort") == 8080);
  CHECK(own.at("livenessProbe").at("httpGet") == Json{{"path", "/livez"}, {"port", "http"}});
  CHECK(own.at("readinessProbe").at("httpGet") == Json{{"path", "/readyz"}, {"port", "http"}});
  CHECK(own.at("resources").at("limits").contains("memory"));
  CHECK_FALSE(own.at("resources").at("limits").contains("cpu"));
  CHECK(own.at("resources").at("requests").size() == 2);
}

TEST_CASE("the Deployment finds its Pods", "[manifests]") {
  const auto labels = deployment().at("spec").at("template").at("metadata").at("labels");
  for (const auto& [key, value] : deployment().at("spec").at("selector").at("matchLabels").items()) {
    CHECK(labels.at(key) == value);
    CHECK(key != "app.kubernetes.io/version");
  }
}

TEST_CASE("kustomize installs every manifest but the samples", "[manifests]") {
  namespace fs = std::filesystem;
  std::set<std::string> listed;
  for (const auto& name : manifests::load("deploy/kustomization.yaml").at("resources"))
    listed.insert(name.get<std::string>());
  std::set<std::string> there = {"../crds"};
  for (const auto& entry : fs::directory_iterator(HARBOR_PULL_SOURCE_DIR "/deploy")) {
    const auto name = entry.path().filename().string();
    if (entry.path().extension() == ".yaml" && name != "kustomization.yaml") there.insert(name);
  }
  CHECK(listed == there);
  CHECK(manifests::load("crds/kustomization.yaml").at("resources") == Json{"harborpull.io_harborregistries.yaml"});
}
