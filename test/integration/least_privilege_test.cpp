// What the shipped ServiceAccount may do, and that it may do nothing else.
#include <set>

#include "integration/pod_scene.hpp"

using namespace integration;

namespace {

const std::string kApi = "/api/v1/namespaces/";
const std::string kRegistries = "/apis/harborpull.io/v1alpha1/harborregistries";
const std::string kLeases = "/apis/coordination.k8s.io/v1/namespaces/harbor-pull-system/leases";
using Rules = std::set<std::string>;

Client shipped(const Scene& scene) {
  return scene.admin().with_token(
      scene.admin().token_for(support::kOperatorNamespace, support::kOperatorServiceAccount));
}

std::string sorted(const Json& rule, const char* field, const std::string& between) {
  std::set<std::string> words;
  for (const auto& word : rule.value(field, Json::array())) words.insert(word.get<std::string>());
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : between) + (word.empty() ? std::string("core") : word);
  return text;
}

/// "core/secrets[harbor-pull]: create delete get", one a rule.
Rules rules_in(const Client& client, const std::string& ns) {
  const Json review = {
      {"apiVersion", "authorization.k8s.io/v1"}, {"kind", "SelfSubjectRulesReview"}, {"spec", {{"namespace", ns}}}};
  const auto answer = client.create("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", review).require();
  CHECK_FALSE(answer.at("status").at("incomplete").get<bool>());
  Rules rules;
  for (const auto& rule : answer.at("status").at("resourceRules")) {
    const auto names = sorted(rule, "resourceNames", ",");
    rules.insert(sorted(rule, "apiGroups", ",") + "/" + sorted(rule, "resources", ",") +
                 (names.empty() ? "" : "[" + names + "]") + ": " + sorted(rule, "verbs", " "));
  }
  for (const auto& rule : answer.at("status").at("nonResourceRules")) CHECK(sorted(rule, "verbs", " ") == "get");
  return rules;
}

/// What every authenticated user of a cluster may do: to ask about himself.
const Rules kEverybody = {
    "authentication.k8s.io/selfsubjectreviews: create",
    "authorization.k8s.io/selfsubjectaccessreviews,selfsubjectrulesreviews: create",
};
const Rules kClusterWide = {
    "core/secrets[harbor-pull]: create delete get list patch watch",
    "core/serviceaccounts: get list patch watch",
    "core/namespaces: list watch",
    "harborpull.io/harborregistries: list patch watch",
    "harborpull.io/harborregistries/status: patch",
    "events.k8s.io/events: create",
};
const Rules kOwnNamespace = {
    "core/secrets: create delete get list update watch",
    "core/configmaps: list watch",
    "core/secrets[harbor-pull-operator-state]: patch",
    "coordination.k8s.io/leases[harbor-pull-operator]: create get patch update",
};

Rules together(std::initializer_list<Rules> parts) {
  Rules all;
  for (const auto& part : parts) all.insert(part.begin(), part.end());
  return all;
}

Json opaque(const std::string& name) {
  return {{"apiVersion", "v1"}, {"kind", "Secret"}, {"metadata", {{"name", name}}}, {"stringData", {{"a", "b"}}}};
}

/// As the operator makes them; the guard denies others.
Json labelled(const std::string& name, const std::string& type) {
  auto secret = opaque(name);
  secret["type"] = type;
  secret["metadata"]["labels"] = {{"app.kubernetes.io/managed-by", "harbor-pull-operator"}};
  return secret;
}
Json pull_secret() {
  auto secret = labelled("harbor-pull", "kubernetes.io/dockerconfigjson");
  secret["stringData"] = {{".dockerconfigjson", R"({"auths": {}})"}};
  return secret;
}

void check_forbidden(const std::string& what, const Answer& answer) {
  INFO(what << ": " << answer.text());
  CHECK(answer.status == 403);
}
void check_allowed(const std::string& what, const Answer& answer) {
  INFO(what << ": " << answer.text());
  CHECK(answer.ok());
}

}  // namespace

TEST_CASE("the rules of the shipped ServiceAccount are this list and no more", "[integration]") {
  Scene scene(Scene::Begin::kWithoutOperator);
  const auto client = shipped(scene);
  const auto tenant = scene.make_namespace("tenant");
  auto anywhere = together({kEverybody, kClusterWide});
  // Public certificates, which newer versions let every ServiceAccount read.
  if (scene.cluster().version() == "1.37") anywhere.insert("certificates.k8s.io/clustertrustbundles: get list watch");
  CHECK(rules_in(client, tenant) == anywhere);
  CHECK(rules_in(client, "default") == anywhere);
  CHECK(rules_in(client, "kube-system") == anywhere);
  CHECK(rules_in(client, support::kOperatorNamespace) == together({anywhere, kOwnNamespace}));
}

TEST_CASE("deploy/pod-recovery adds the list of Pods and their eviction, and no more", "[integration]") {
  Scene scene(Scene::Begin::kWithoutOperator);
  const auto client = shipped(scene);
  const auto tenant = scene.make_namespace("tenant");
  const auto before = rules_in(client, tenant);
  {
    const PodRights rights(scene);
    eventually("the rights are in force", kSoon, [&] { return client.get("/api/v1/pods").ok(); });
    CHECK(rules_in(client, tenant) == together({before, {"core/pods: list watch", "core/pods/eviction: create"}}));
    scene.make(pods_of(tenant),
               {{"apiVersion", "v1"}, {"kind", "Pod"}, {"metadata", {{"name", "a"}}}, {"spec", pod_spec()}});
    check_forbidden("a Pod's deletion", client.remove(pods_of(tenant) + "/a"));
    check_forbidden("a Pod's patch",
                    client.merge_patch(pods_of(tenant) + "/a", {{"metadata", {{"labels", {{"a", "b"}}}}}}));
  }
  eventually("the rights are gone", kSoon, [&] { return client.get("/api/v1/pods").status == 403; });
}

TEST_CASE("every Secret but the named one is out of reach in every namespace of others", "[integration]") {
  Scene scene(Scene::Begin::kWithoutOperator);
  const auto client = shipped(scene);
  const auto tenant = scene.make_namespace("tenant");
  for (const auto& ns : {tenant, std::string("default"), std::string("kube-system")}) {
    const auto secrets = kApi + ns + "/secrets";
    if (ns == tenant) scene.make(secrets, opaque("theirs"));
    check_forbidden("get", client.get(secrets + "/theirs"));
    check_forbidden("list", client.get(secrets));
    check_forbidden("list another", client.get(secrets + "?fieldSelector=metadata.name%3Dtheirs"));
    check_forbidden("list by type", client.get(secrets + "?fieldSelector=type%3DOpaque"));
    check_forbidden("list by label", client.get(secrets + "?labelSelector=harborpull.io%2Fpull-secret%3Dtrue"));
    check_forbidden("watch", client.get(secrets + "?watch=true&timeoutSeconds=1"));
    check_forbidden("create", client.create(secrets, opaque("new")));
    check_forbidden("create ours by POST", client.create(secrets, opaque("harbor-pull")));
    check_forbidden("create by apply", client.apply(secrets + "/new", opaque("new")));
    check_forbidden("patch", client.merge_patch(secrets + "/theirs", {{"stringData", {{"a", "c"}}}}));
    check_forbidden("update", client.update(secrets + "/theirs", opaque("theirs")));
    check_forbidden("update ours", client.update(secrets + "/harbor-pull", opaque("harbor-pull")));
    check_forbidden("delete", client.remove(secrets + "/theirs"));
    check_forbidden("delete all", client.remove(secrets));
  }
  check_forbidden("list everywhere", client.get("/api/v1/secrets"));
  check_forbidden("watch everywhere", client.get("/api/v1/secrets?watch=true&timeoutSeconds=1"));
  check_forbidden("list another everywhere", client.get("/api/v1/secrets?fieldSelector=metadata.name%3Dtheirs"));
  check_forbidden("list all but one", client.get("/api/v1/secrets?fieldSelector=metadata.name%21%3Dharbor-pull"));
}

TEST_CASE("the named Secret may be made, read, listed and deleted everywhere", "[integration]") {
  Scene scene(Scene::Begin::kWithoutOperator);
  const auto client = shipped(scene);
  const auto tenant = scene.make_namespace("tenant");
  const auto secrets = kApi + tenant + "/secrets";
  const std::string ours = "?fieldSelector=metadata.name%3Dharbor-pull";
  check_allowed("create by apply", client.apply(secrets + "/harbor-pull", pull_secret(), false));
  check_allowed("get", client.get(secrets + "/harbor-pull"));
  check_allowed("list", client.get(secrets + ours));
  check_allowed("list everywhere", client.get("/api/v1/secrets" + ours));
  check_allowed("watch everywhere", client.get("/api/v1/secrets" + ours + "&watch=true&timeoutSeconds=1"));
  check_allowed("patch", client.merge_patch(secrets + "/harbor-pull", {{"stringData", {{"a", "c"}}}}));
  check_allowed("delete", client.remove(secrets + "/harbor-pull"));
}

TEST_CASE("in its own namespace it reads credentials, keeps states of robots, and applies the state Secret only",
          "[integration]") {
  Scene scene(Scene::Begin::kWithoutOperator);
  const auto client = shipped(scene);
  const auto secrets = kApi + support::kOperatorNamespace + "/secrets";
  const auto credential = secrets + "/" + scene.make_credential("read-only");
  check_allowed("get", client.get(credential));
  check_allowed("list", client.get(secrets));
  check_forbidden("patch", client.merge_patch(credential, {{"stringData", {{"password", "x"}}}}));
  check_forbidden("apply", client.apply(credential, opaque("read-only")));
  check_forbidden("delete all", client.remove(secrets));
  // The states of robots are one Secret each, of names that no rule can know.
  const auto state_of_robots = labelled("harbor-pull-new", "harborpull.io/robot-state");
  check_allowed("create", client.create(secrets, state_of_robots));
  check_allowed("update", client.update(secrets + "/harbor-pull-new", state_of_robots));
  check_allowed("delete", client.remove(secrets + "/harbor-pull-new"));
  check_forbidden("create by apply", client.apply(secrets + "/newer", opaque("newer")));
  const auto state = secrets + "/harbor-pull-operator-state";
  const bool there = scene.admin().get(state).ok();
  check_allowed("make the state",
                client.apply(state + "?dryRun=All", labelled("harbor-pull-operator-state", "Opaque"), false));
  CHECK(scene.admin().get(state).ok() == there);
}

TEST_CASE("registries: all may be listed, the status written, the spec not replaced", "[integration]") {
  Scene scene(Scene::Begin::kWithoutOperator);
  const auto client = shipped(scene);
  scene.make_registry("privileged", scene.spec("any"));
  const auto path = support::registry_path("privileged");
  check_forbidden("get", client.get(path));
  check_allowed("list", client.get(kRegistries));
  check_allowed("the finalizer", client.merge_patch(path, {{"metadata", {{"finalizers", {"harborpull.io/cleanup"}}}}}));
  check_allowed("status", client.merge_patch(path + "/status", {{"status", {{"selected", 1}}}}));
  check_forbidden("update", client.update(path, scene.registry("privileged")));
  check_forbidden("update of the status", client.update(path + "/status", scene.registry("privileged")));
  check_forbidden("create", client.create(kRegistries, scene.registry("privileged")));
  check_forbidden("create by apply",
                  client.apply(support::registry_path("another"), {{"apiVersion", "harborpull.io/v1alpha1"},
                                                                   {"kind", "HarborRegistry"},
                                                                   {"metadata", {{"name", "another"}}},
                                                                   {"spec", scene.spec("any")}}));
  check_forbidden("delete", client.remove(path));
}

TEST_CASE("nothing else in the cluster is within reach", "[integration]") {
  Scene scene(Scene::Begin::kWithoutOperator);
  const auto client = shipped(scene);
  const auto tenant = scene.make_namespace("tenant");
  const std::string rbac = "/apis/rbac.authorization.k8s.io/v1";
  const std::string admission = "/apis/admissionregistration.k8s.io/v1";
  const std::vector<std::string> unread = {
      "/api/v1/pods",
      kApi + tenant + "/pods",
      "/api/v1/configmaps",
      kApi + tenant + "/configmaps",
      "/api/v1/nodes",
      "/api/v1/events",
      "/api/v1/services",
      "/api/v1/persistentvolumes",
      "/apis/apps/v1/deployments",
      rbac + "/clusterroles",
      rbac + "/clusterrolebindings",
      rbac + "/roles",
      rbac + "/rolebindings",
      rbac + "/namespaces/harbor-pull-system/roles",
      admission + "/validatingwebhookconfigurations",
      admission + "/mutatingwebhookconfigurations",
      admission + "/validatingadmissionpolicies",
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/harborregistries.harborpull.io",
      "/apis/certificates.k8s.io/v1/certificatesigningrequests",
      "/apis/events.k8s.io/v1/events",
      kLeases,
      kLeases + "/another",
      "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/harbor-pull-operator"};
  for (const auto& path : unread) check_forbidden("get " + path, client.get(path));

  const auto account = support::service_account_path(tenant, "default");
  const Json token = {{"apiVersion", "authentication.k8s.io/v1"}, {"kind", "TokenRequest"}, {"spec", Json::object()}};
  check_forbidden("a token", client.create(account + "/token", token));
  check_forbidden(
      "a token of its own",
      client.create(support::service_account_path(support::kOperatorNamespace, "harbor-pull-operator") + "/token",
                    token));
  const Json another = {{"apiVersion", "v1"}, {"kind", "ServiceAccount"}, {"metadata", {{"name", "another"}}}};
  check_forbidden("a ServiceAccount", client.create(kApi + tenant + "/serviceaccounts", another));
  check_forbidden("a ServiceAccount's update", client.update(account, another));
  check_forbidden("a ServiceAccount's deletion", client.remove(account));
  check_forbidden("a namespace", client.create("/api/v1/namespaces", support::namespace_object("new")));
  check_forbidden("a namespace's patch",
                  client.merge_patch(support::namespace_path(tenant), {{"metadata", {{"labels", {{"a", "b"}}}}}}));
  check_forbidden("a namespace's deletion", client.remove(support::namespace_path(tenant)));
  const Json lease = {{"apiVersion", "coordination.k8s.io/v1"}, {"kind", "Lease"}, {"metadata", {{"name", "another"}}}};
  check_forbidden("another lease", client.create(kLeases, lease));
  check_forbidden("another lease by apply", client.apply(kLeases + "/another", lease));
  check_forbidden("the lease's deletion", client.remove(kLeases + "/harbor-pull-operator"));
  check_forbidden(
      "impersonation",
      client.send(
          {"GET", "/api/v1/secrets", {{"Impersonate-User", "admin"}, {"Impersonate-Group", "system:masters"}}}));
}
