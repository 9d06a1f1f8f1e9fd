// The guard of deploy/: what the operator's token cannot do to Secrets and HarborRegistries although its roles allow
// it, and that all else goes on.
#include "base/digest.hpp"
#include "integration/guard_stage.hpp"

using namespace integration;

TEST_CASE("without the guard the operator's token becomes anybody's, and with it that is denied", "[integration]") {
  Scene scene(Scene::Begin::kWithoutOperator);
  const auto client = shipped(scene);
  const auto tenant = scene.make_namespace("tenant");
  const auto path = support::secret_path(tenant, "harbor-pull");
  const auto attack = token_secret("harbor-pull", "mighty");
  scene.make(kApi + tenant + "/serviceaccounts",
             {{"apiVersion", "v1"}, {"kind", "ServiceAccount"}, {"metadata", {{"name", "mighty"}}}});
  {
    const WithoutGuard without(scene);
    check_allowed("a token Secret", client.apply(path, attack, false));
    const auto token = eventually("Kubernetes fills the Secret with a token", kSoon, [&] {
      return std::optional(client.get(path).json.at("data").at("token").get<std::string>());
    });
    const Json review = {{"apiVersion", "authentication.k8s.io/v1"}, {"kind", "SelfSubjectReview"}};
    const auto thief = scene.admin().with_token(base::base64_decode(*token).value());
    // The API server knows the token's Secret by a watch of its own.
    const auto who = eventually("the token is taken", kSoon, [&]() -> std::optional<Json> {
      const auto answer = thief.create("/apis/authentication.k8s.io/v1/selfsubjectreviews", review);
      return answer.ok() ? std::optional(answer.json) : std::nullopt;
    });
    CHECK(who->at("status").at("userInfo").at("username") == "system:serviceaccount:" + tenant + ":mighty");
    client.remove(path).require();
  }
  wait_guarded(scene);
  check_denied("a token Secret", client.apply(path, attack, false), "of type kubernetes.io/dockerconfigjson");
  CHECK(scene.admin().get(path).status == 404);
}

TEST_CASE("of Secrets of others the operator writes its pull Secret and no other kind of content", "[integration]") {
  Scene scene(Scene::Begin::kWithoutOperator);
  wait_guarded(scene);
  const auto client = shipped(scene);
  const auto path = support::secret_path(scene.make_namespace("tenant"), "harbor-pull");
  for (const auto* type : {"Opaque", "kubernetes.io/basic-auth", "harborpull.io/robot-state", "kubernetes.io/tls",
                           "kubernetes.io/dockercfg", "bootstrap.kubernetes.io/token"}) {
    auto object = secret("harbor-pull", type);  // with what one or another type asks for
    object["stringData"] = {
        {"username", "a"}, {"password", "b"}, {"tls.crt", "c"}, {"tls.key", "d"}, {".dockercfg", "{}"}};
    check_denied(type, client.apply(path + "?dryRun=All", object, false), "the operator writes pull Secrets only");
  }
  const auto ours = secret("harbor-pull", "kubernetes.io/dockerconfigjson");
  auto unlabelled = ours;
  unlabelled["metadata"]["labels"] = {{"app.kubernetes.io/managed-by", "somebody"}};
  check_denied("no label", client.apply(path, unlabelled, false), "carries its label");
  check_allowed("the pull Secret", client.apply(path, ours, false));
  check_denied("its label", client.merge_patch(path, metadata({{"labels", nullptr}})), "carries its label");
  const std::string rest = "changes neither finalizers nor owners of a Secret, and makes none immutable";
  check_denied("a finalizer", client.merge_patch(path, metadata({{"finalizers", {"example.com/stay"}}})), rest);
  const Json owner = {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"name", "gone"}, {"uid", "gone"}};
  check_denied("an owner", client.merge_patch(path, metadata({{"ownerReferences", {owner}}})), rest);
  check_denied("for good", client.merge_patch(path, {{"immutable", true}}), rest);
  for (const std::string system : {"kube-system", "kube-public", "kube-node-lease"}) {
    check_denied(system, client.apply("/api/v1/namespaces/" + system + "/secrets/harbor-pull?dryRun=All", ours, false),
                 "serves neither kube-system nor kube-public nor kube-node-lease");
  }
  check_allowed("a change of it", client.apply(path, ours, true));
  check_allowed("its deletion", client.remove(path));
}

TEST_CASE("in its own namespace the operator writes its states and leaves credentials as they are", "[integration]") {
  Scene scene(Scene::Begin::kWithoutOperator);
  wait_guarded(scene);
  const auto client = shipped(scene);
  const std::string why = "writes states of robots and the key of its hashes only";
  check_denied("a token Secret", client.create(kOwnSecrets, token_secret("mine", "harbor-pull-operator")), why);
  check_denied("one of a state's name", client.create(kOwnSecrets, token_secret("harbor-pull-x", "default")), why);
  check_denied("a credential", client.create(kOwnSecrets, secret("new", "kubernetes.io/dockerconfigjson")), why);
  check_denied("a state of another name", client.create(kOwnSecrets, secret("new", "harborpull.io/robot-state")), why);
  check_denied("another Opaque", client.create(kOwnSecrets, secret("harbor-pull-x", "Opaque")), why);
  const auto credential = kOwnSecrets + "/" + scene.make_credential("guarded");
  auto changed = scene.admin().get(credential).json;
  changed["data"]["username"] = base::base64_encode("another");
  check_denied("a credential's change", client.update(credential, changed), why);
  const auto pull = kOwnSecrets + "/harbor-pull";
  check_denied("a pull Secret", client.apply(pull, secret("harbor-pull", "kubernetes.io/dockerconfigjson")), why);

  const auto state = secret("harbor-pull-guarded-0123456789", "harborpull.io/robot-state");
  check_allowed("a state", client.create(kOwnSecrets, state));
  const auto path = kOwnSecrets + "/harbor-pull-guarded-0123456789";
  check_allowed("a state's change", client.update(path, state));
  check_allowed("a state's deletion", client.remove(path));
  check_allowed("the key", client.apply(kOwnSecrets + "/harbor-pull-operator-state?dryRun=All",
                                        secret("harbor-pull-operator-state", "Opaque"), false));
}

TEST_CASE("of a HarborRegistry the operator writes the finalizer and the status", "[integration]") {
  Scene scene(Scene::Begin::kWithoutOperator);
  wait_guarded(scene);
  const auto client = shipped(scene);
  scene.make_registry("guarded", scene.spec("any"));
  const auto path = support::registry_path("guarded");
  const auto denied = [&](const Json& patch, const std::string& why) {
    check_denied(patch.dump(), client.merge_patch(path, patch), why);
  };
  const std::string rest = "writes its finalizer and the status only";
  denied({{"spec", {{"images", {{"rewrites", {{{"from", "docker.io"}, {"to", "harbor.example.com/x"}}}}}}}}}, rest);
  denied({{"spec", {{"endpoint", "https://elsewhere.example.com"}}}}, rest);
  denied({{"spec", {{"suspend", true}}}}, rest);
  denied(metadata({{"labels", {{"a", "b"}}}}), rest);
  denied(metadata({{"annotations", {{"harborpull.io/rotate-at", "2030-01-01T00:00:00Z"}}}}), rest);
  const Json owner = {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"name", "gone"}, {"uid", "gone"}};
  denied(metadata({{"ownerReferences", {owner}}}), rest);
  const std::string finalizer = "the finalizer that the operator writes is harborpull.io/cleanup";
  denied(metadata({{"finalizers", {"harborpull.io/cleanup", "example.com/stay"}}}), finalizer);
  check_allowed("the finalizer", client.merge_patch(path, metadata({{"finalizers", {"harborpull.io/cleanup"}}})));
  check_allowed("the status", client.merge_patch(path + "/status", {{"status", {{"selected", 1}}}}));
  scene.admin().merge_patch(path, metadata({{"finalizers", {"a.example.com/b", "harborpull.io/cleanup"}}})).require();
  denied(metadata({{"finalizers", {"harborpull.io/cleanup"}}}), finalizer);
  check_allowed("no finalizer of ours", client.merge_patch(path, metadata({{"finalizers", {"a.example.com/b"}}})));
  scene.admin().merge_patch(path, metadata({{"finalizers", nullptr}})).require();
}

TEST_CASE("the operator works under the guard, and others do not notice it", "[integration]") {
  Scene scene(Scene::Begin::kWithoutOperator);
  wait_guarded(scene);
  scene.start_operator();
  const auto ns = scene.make_namespace("tenant", scene.selected());
  scene.make_registry("at-work", scene.spec(scene.make_credential("at-work")));
  scene.wait_attached(ns);
  scene.wait_secret(ns, scene.password());
  scene.make_credential("at-work", "-next");
  scene.wait_secret(ns, scene.password("-next"));
  scene.admin().merge_patch(support::namespace_path(ns), metadata({{"labels", {{"scene", nullptr}}}})).require();
  scene.wait_detached(ns);
  scene.wait_no_secret(ns);
  scene.wait_ready("at-work");
  scene.admin().remove(support::registry_path("at-work")).require();
  eventually("the finalizer is taken away", kSoon,
             [&] { return scene.admin().get(support::registry_path("at-work")).status == 404; });

  const auto account = support::service_account_path(ns, "default") + "?dryRun=All";
  check_allowed("a label by others", scene.admin().merge_patch(account, metadata({{"labels", {{"a", "b"}}}})));
  const auto foreign = support::secret_path(ns, "harbor-pull") + "?dryRun=All";
  check_allowed("an Opaque Secret by others", scene.admin().apply(foreign, secret("harbor-pull", "Opaque"), false));
}

TEST_CASE("the API server finds nothing wrong in the expressions of the guard", "[integration]") {
  const Scene scene(Scene::Begin::kWithoutOperator);
  const std::string policies = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";
  for (const auto* name : {"secrets", "serviceaccounts", "registries"}) {
    const auto path = policies + "/harbor-pull-operator-guard-" + name;
    const auto status = eventually(path + " has been looked at", kSoon, [&]() -> std::optional<Json> {
      auto policy = scene.admin().get(path).require();
      const bool current = policy.at("status").at("observedGeneration") == policy.at("metadata").at("generation");
      return current ? std::optional(policy.at("status")) : std::nullopt;
    });
    INFO(status->dump());
    CHECK(status->value("typeChecking", Json::object()).value("expressionWarnings", Json::array()).empty());
  }
}
