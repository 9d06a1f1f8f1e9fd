// What others do to a namespace: foreign Secrets, quotas, policies, rivals, poison. One bad namespace never delays the
// rest.
#include "integration/scene.hpp"

using namespace integration;

namespace {

const std::string kPolicies = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";
const std::string kBindings = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings";

Json pull_secret(const std::string& ns, const std::string& type, const std::string& key, const std::string& value) {
  return {{"apiVersion", "v1"},
          {"kind", "Secret"},
          {"metadata", {{"name", "harbor-pull"}, {"namespace", ns}, {"labels", {{"owner", "somebody-else"}}}}},
          {"type", type},
          {"stringData", {{key, value}}}};
}

std::string secrets_of(const std::string& ns) { return "/api/v1/namespaces/" + ns + "/secrets"; }

/// The group of failures with that reason in the status, or null.
Json failures(const Json& registry, const std::string& reason) {
  for (const auto& group : registry.at("status").value("failures", Json::array())) {
    if (group.at("reason") == reason) return group;
  }
  return nullptr;
}

/// Asks for a retry at once, as a user does, and waits until that was heard.
void retry_now(Scene& scene, const std::string& registry, const std::string& token) {
  scene.patch_registry(registry, {{"metadata", {{"annotations", {{"harborpull.io/reconcile-at", token}}}}}});
  eventually("the trigger is handled", kSoon, [&]() -> Seen {
    const auto status = scene.registry(registry).value("status", Json::object());
    return {status.value("lastHandledReconcileAt", "") == token, status.dump()};
  });
}

/// Refuses every Secret of our name in that namespace with a message by that CEL expression; returns once it is in
/// force.
void refuse_secrets(Scene& scene, const std::string& name, const std::string& ns, const std::string& message) {
  const Json match = {{"namespaceSelector", {{"matchLabels", {{"kubernetes.io/metadata.name", ns}}}}},
                      {"resourceRules",
                       {{{"apiGroups", {""}},
                         {"apiVersions", {"v1"}},
                         {"operations", {"CREATE", "UPDATE"}},
                         {"resources", {"secrets"}}}}}};
  scene.make(
      kPolicies,
      {{"apiVersion", "admissionregistration.k8s.io/v1"},
       {"kind", "ValidatingAdmissionPolicy"},
       {"metadata", {{"name", name}}},
       {"spec",
        {{"failurePolicy", "Fail"},
         {"matchConstraints", match},
         {"validations", {{{"expression", "false"}, {"reason", "Forbidden"}, {"messageExpression", message}}}}}}});
  scene.make(kBindings, {{"apiVersion", "admissionregistration.k8s.io/v1"},
                         {"kind", "ValidatingAdmissionPolicyBinding"},
                         {"metadata", {{"name", name}}},
                         {"spec", {{"policyName", name}, {"validationActions", {"Deny"}}}}});
  eventually("the policy is in force", kSoon, [&] {
    const auto probe = pull_secret(ns, "kubernetes.io/dockerconfigjson", ".dockerconfigjson", "{}");
    return scene.admin().create(secrets_of(ns) + "?dryRun=All", probe).status == 403;
  });
}

void forbid_by_quota(Scene& scene, const std::string& ns) {
  const std::string quotas = "/api/v1/namespaces/" + ns + "/resourcequotas";
  scene.make(quotas, {{"apiVersion", "v1"},
                      {"kind", "ResourceQuota"},
                      {"metadata", {{"name", "none"}}},
                      {"spec", {{"hard", {{"count/secrets", "0"}}}}}});
  eventually("the quota is in force", kSoon, [&] {
    const auto probe = pull_secret(ns, "Opaque", "a", "b");
    return scene.admin().create(secrets_of(ns) + "?dryRun=All", probe).status == 403;
  });
}

/// Milliseconds until a new selected namespace is served.
std::int64_t time_to_serve(Scene& scene) {
  const auto begin = std::chrono::steady_clock::now();
  const auto ns = scene.make_namespace("good", scene.selected());
  scene.wait_attached(ns);
  return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - begin).count();
}

double reconcile_errors(const support::Operator& op) {
  return op.metric(R"(controller_runtime_reconcile_errors_total{controller="namespace"})").value_or(0);
}

/// One namespace that refuses beside five that do not; then the cause goes.
void check_refusal(Scene& scene, const std::string& name, const std::string& bad,
                   const std::vector<std::string>& causes) {
  std::vector<std::string> good;
  for (int i = 0; i < 5; ++i) good.push_back(scene.make_namespace("good", scene.selected()));
  scene.make_credential(name);
  scene.make_registry(name, scene.spec(name));
  for (const auto& ns : good) scene.wait_attached(ns);
  const auto status = scene.wait_counts(name, "5/6");
  CHECK(support::condition(status, "Ready").at("reason") == "PartiallySynced");
  CHECK(support::condition(status, "Stalled").at("status") == "False");
  const auto group = failures(status, "WriteRefused");
  INFO(status.at("status").dump(2));
  REQUIRE(group.is_object());
  CHECK(group.at("count") == 1);
  CHECK(group.at("examples") == Json({bad}));
  CHECK(support::pull_secret_names(scene.admin(), bad).empty());
  scene.wait_event("ServiceAccount", bad, "default", "WriteRefused");
  const auto took = time_to_serve(scene);
  INFO(name << ": a new namespace beside the refused one is served after " << took << " ms");
  CHECK(took < 3'000);

  for (const auto& cause : causes) scene.admin().remove(cause).require();
  eventually("nothing refuses any more", kSoon, [&] {
    const auto probe = pull_secret(bad, "Opaque", "a", "b");
    return scene.admin().create(secrets_of(bad) + "?dryRun=All", probe).ok();
  });
  retry_now(scene, name, "again");
  scene.wait_attached(bad);
  scene.wait_counts(name, "7/7");
  scene.wait_ready(name);
}

}  // namespace

TEST_CASE("foreign Secrets of our name stay byte for byte, the rest goes on, and ours come when they go",
          "[integration]") {
  Scene scene;
  const auto same = scene.make_namespace("same-type", scene.selected());
  const auto other = scene.make_namespace("other-type", scene.selected());
  const auto good = scene.make_namespace("good", scene.selected());
  const Json config = {{"auths", {{kHost, {{"username", "theirs"}, {"password", kCanary}}}}}};
  scene.make(secrets_of(same), pull_secret(same, "kubernetes.io/dockerconfigjson", ".dockerconfigjson", config.dump()));
  scene.make(secrets_of(other), pull_secret(other, "Opaque", "anything", kCanary));
  const auto look = [&](const std::string& ns) {
    return scene.admin().get(support::secret_path(ns, "harbor-pull")).require();
  };
  const auto same_before = look(same);
  const auto other_before = look(other);

  scene.make_credential("foreign");
  scene.make_registry("foreign", scene.spec("foreign"));
  scene.wait_attached(good);
  const auto status = scene.wait_counts("foreign", "1/3");
  CHECK(support::condition(status, "Ready").at("reason") == "PartiallySynced");
  CHECK(support::condition(status, "Stalled").at("status") == "True");
  const auto group = failures(status, "SecretConflict");
  INFO(status.at("status").dump(2));
  REQUIRE(group.is_object());
  CHECK(group.at("count") == 2);
  CHECK(group.at("message").get<std::string>().find("harbor-pull") != std::string::npos);
  for (const auto& ns : {same, other}) {
    scene.wait_event("ServiceAccount", ns, "default", "SecretConflict");
    CHECK(support::pull_secret_names(scene.admin(), ns).empty());
  }
  CHECK(time_to_serve(scene) < 3'000);
  CHECK(look(same) == same_before);
  CHECK(look(other) == other_before);

  for (const auto& ns : {same, other}) {
    scene.admin().remove(support::secret_path(ns, "harbor-pull")).require();
    scene.wait_secret(ns, scene.password());
    scene.wait_attached(ns);
  }
  scene.wait_counts("foreign", "4/4");
  scene.wait_ready("foreign");
}

TEST_CASE("a quota that leaves no room for the Secret fails its namespace only, and heals on request",
          "[integration]") {
  Scene scene;
  const auto bad = scene.make_namespace("full", scene.selected());
  forbid_by_quota(scene, bad);
  check_refusal(scene, "quota", bad, {"/api/v1/namespaces/" + bad + "/resourcequotas/none"});
}

TEST_CASE("a policy that refuses the Secret fails its namespace only, and what it quotes is struck out",
          "[integration]") {
  Scene scene;
  const auto bad = scene.make_namespace("policed", scene.selected());
  refuse_secrets(scene, "quoting", bad, "'not here: ' + object.data['.dockerconfigjson']");
  check_refusal(scene, "policy", bad, {kBindings + "/quoting", kPolicies + "/quoting"});
}

TEST_CASE("a policy that quotes a part of the Secret, or is cut in its quotation, leaks nothing either",
          "[integration]") {
  Scene scene;
  const auto part = scene.make_namespace("part", scene.selected());
  const auto cut = scene.make_namespace("cut", scene.selected());
  const std::string data = "object.data['.dockerconfigjson']";
  refuse_secrets(scene, "part", part, "'part ' + " + data + ".substring(4, " + data + ".size() > 120 ? 120 : 4)");
  // The operator keeps the first 1024 bytes of a message: the quotation is cut in the middle.
  refuse_secrets(scene, "cut", cut, "'" + std::string(800, '.') + "' + " + data);
  scene.make_credential("leaky");
  scene.make_registry("leaky", scene.spec("leaky"));
  const auto status = scene.wait_counts("leaky", "0/2");
  INFO(status.at("status").dump(2));
  CHECK(failures(status, "WriteRefused").at("count") == 2);
  for (const auto& ns : {part, cut}) scene.wait_event("ServiceAccount", ns, "default", "WriteRefused");
}

TEST_CASE("a namespace that is terminating is neither counted nor fought over", "[integration]") {
  Scene scene;
  const auto stays = scene.make_namespace("stays", scene.selected());
  const auto goes = scene.make_namespace("goes", scene.selected());
  const std::string held = "/api/v1/namespaces/" + goes + "/configmaps";
  scene.make(held, {{"apiVersion", "v1"},
                    {"kind", "ConfigMap"},
                    {"metadata", {{"name", "held"}, {"finalizers", {"test.example.com/hold"}}}}});
  scene.make_credential("terminating");
  scene.make_registry("terminating", scene.spec("terminating"));
  scene.wait_attached(goes);
  scene.wait_counts("terminating", "2/2");
  const auto before = reconcile_errors(scene.op());
  scene.admin().remove(support::namespace_path(goes)).require();
  scene.wait_counts("terminating", "1/1");
  eventually("the namespace is emptied", kSoon,
             [&] { return scene.admin().get(support::service_account_path(goes, "default")).status == 404; });
  const auto status = scene.wait_ready("terminating");
  CHECK(status.at("status").value("failures", Json::array()).empty());
  support::Audit audit(scene.cluster().audit_log());
  never("the operator writes into it", Millis{1'000}, [&]() -> Seen {
    const auto written = support::without_leases(support::writes(audit.since_mark()));
    return {!written.empty(), support::text(written)};
  });
  CHECK(reconcile_errors(scene.op()) - before <= 1);  // one write may have met the deletion on its way
  CHECK(time_to_serve(scene) < 3'000);
  scene.admin().json_patch(held + "/held", {{{"op", "remove"}, {"path", "/metadata/finalizers"}}}).require();
  scene.wait_attached(stays);
}

TEST_CASE("after three times the operator leaves a ServiceAccount to its rival and names it", "[integration]") {
  Scene scene;
  const auto fought = scene.make_namespace("fought", scene.selected());
  scene.make_credential("contended");
  scene.make_registry("contended", scene.spec("contended"));
  const auto rival = scene.admin().with_field_manager("rival-tool");
  const auto account = support::service_account_path(fought, "default");
  // As GitOps does it. A ServiceAccount that was born empty has no managed fields before the first apply, so a rival
  // that only patches has no name.
  const Json theirs = {{"apiVersion", "v1"},
                       {"kind", "ServiceAccount"},
                       {"metadata", {{"name", "default"}, {"namespace", fought}}},
                       {"imagePullSecrets", {{{"name", "rivals"}}}}};
  support::Audit audit(scene.cluster().audit_log());
  eventually("the operator gives way", kSoon, [&]() -> Seen {
    const auto names = support::pull_secret_names(rival, fought);
    const bool ours = std::find(names.begin(), names.end(), "harbor-pull") != names.end();
    if (ours) rival.apply(account, theirs).require();
    const auto status = scene.registry("contended").value("status", Json::object());
    return {status.dump().find("ServiceAccountContended") != std::string::npos, status.dump()};
  });
  const auto status = scene.wait_counts("contended", "0/1");
  const auto group = failures(status, "ServiceAccountContended");
  INFO(status.at("status").dump(2));
  REQUIRE(group.is_object());
  CHECK(group.at("message").get<std::string>().find("field manager rival-tool") != std::string::npos);
  CHECK(support::condition(status, "SecretsSynced").at("status") == "True");
  CHECK(support::condition(status, "ServiceAccountsAttached").at("reason") == "ServiceAccountContended");
  scene.wait_event("ServiceAccount", fought, "default", "ServiceAccountContended");
  const auto attached = audit.settled();
  CHECK(std::count_if(attached.begin(), attached.end(), [](const auto& request) {
          return request.resource == "serviceaccounts" && request.is_write() && request.code == 200;
        }) == 3);
  CHECK(time_to_serve(scene) < 3'000);
  CHECK(support::pull_secret_names(scene.admin(), fought) == std::vector<std::string>{"rivals"});

  retry_now(scene, "contended", "the rival is gone");
  scene.wait_attached(fought);
  CHECK(support::pull_secret_names(scene.admin(), fought) == std::vector<std::string>{"rivals", "harbor-pull"});
  scene.wait_ready("contended");
}

TEST_CASE("poison in registries, namespaces, ServiceAccounts and Secrets stops nothing else", "[integration]") {
  Scene scene;
  const std::string enormous(200'000, 'x');
  const std::string weird = "\x01\x7f \u2028 \U0001F98A \"\\ ${HOME} %s %n {{}} <!--";
  auto spec = scene.spec("nowhere");
  spec["host"] = "poison.example.com:65535";
  spec["namespaces"] = {{"names", {"*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*a"}}};
  spec["serviceAccounts"] = {{"names", {"*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b"}}};
  scene.make_registry("poison", spec);
  scene.patch_registry("poison",
                       {{"metadata", {{"annotations", {{"weird", weird}, {"harborpull.io/reconcile-at", enormous}}}}}});

  const auto bad = scene.make_namespace("poisoned", scene.selected());
  const auto account = support::service_account_path(bad, "default");
  eventually("the ServiceAccount is there", kSoon, [&] { return scene.admin().get(account).ok(); });
  Json entries = Json::array();
  for (int i = 0; i < 500; ++i) entries.push_back({{"name", "pull-" + std::to_string(i)}});
  entries.push_back(Json::object());
  scene.admin()
      .merge_patch(account,
                   {{"metadata", {{"annotations", {{"weird", enormous + weird}}}}}, {"imagePullSecrets", entries}})
      .require();
  // Ours by its labels, with a content that nobody wrote on purpose: as deep as the API server lets pass.
  auto secret = pull_secret(bad, "kubernetes.io/dockerconfigjson", ".dockerconfigjson",
                            R"({"auths":{"deep":)" + std::string(9'000, '[') + std::string(9'000, ']') + "}}");
  secret["metadata"]["labels"] = {{"app.kubernetes.io/managed-by", "harbor-pull-operator"},
                                  {"harborpull.io/pull-secret", "true"}};
  scene.make(secrets_of(bad), secret);
  auto source = pull_secret(support::kOperatorNamespace, "Opaque", "a", weird);
  source["metadata"]["name"] = "nowhere";
  source["data"] = {{"binary", "AP/+/w=="}};
  scene.make(secrets_of(support::kOperatorNamespace), source);

  scene.make_credential("healthy");
  scene.make_registry("healthy", scene.spec("healthy"));
  const auto good = scene.make_namespace("healthy", scene.selected());
  scene.wait_secret(good, scene.password());
  scene.wait_attached(good);
  CHECK(time_to_serve(scene) < 3'000);
  scene.wait_condition("poison", "Ready", "False", "CredentialInvalid");
  scene.wait_secret(bad, scene.password());
  scene.wait_attached(bad);
  CHECK(support::pull_secret_names(scene.admin(), bad).size() == entries.size() + 1);
  scene.wait_ready("healthy");
  CHECK(scene.op().running());
  CHECK(scene.op().ready());
}
