// The life of a release, as a platform team lives it: install, test, upgrade, a crash, uninstall; and nothing left
// behind.
#include <algorithm>

#include "node/stage.hpp"

using namespace node;

namespace {

Stage& stage() { return Stage::shared(); }

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// The operator's Pods that are not on their way out.
std::vector<Json> controllers() {
  std::vector<Json> pods =
      stage().get({"pods", "-n", kOwn, "-l", "app.kubernetes.io/component=controller"}).at("items");
  std::erase_if(pods, [](const Json& pod) { return pod.at("metadata").contains("deletionTimestamp"); });
  return pods;
}

/// Waits until one of them leads; helm waits for readiness, and a standby is ready, too. The name of its Pod.
std::string wait_leader() {
  std::string leader;
  eventually("one of the operator's Pods leads", kPatience, [&] {
    const auto lease = stage().get({"lease", "harbor-pull-operator", "-n", kOwn});
    const auto holder = lease.at("spec").value("holderIdentity", "");
    leader = holder.substr(0, holder.find('_'));
    const auto pods = controllers();
    const bool is = std::ranges::any_of(pods, [&](const Json& pod) { return pod.at("metadata").at("name") == leader; });
    return Seen{is, holder};
  });
  return leader;
}

std::string logs_of_all() {
  return stage().kubectl({"logs", "-n", kOwn, "-l", "app.kubernetes.io/component=controller", "--tail=-1"});
}

void wait_ready(const std::string& registry) {
  stage().kubectl({"wait", "hreg", registry, "--for=condition=Ready", "--timeout=60s"});
}

/// Waits until nothing of the release is left in the cluster, but for what may still be ending.
void wait_nothing_left() {
  eventually("nothing of the release is left", kPatience, [&] {
    std::string found;
    for (const std::string kind : {"deployments", "pods", "secrets", "roles", "rolebindings", "serviceaccounts",
                                   "services", "clusterroles", "clusterrolebindings", "mutatingadmissionpolicies",
                                   "validatingadmissionpolicies", "poddisruptionbudgets", "jobs", "configmaps"}) {
      const auto selector = "app.kubernetes.io/part-of=harbor-pull-operator";
      found += stage().kubectl({"get", kind, "-A", "-o", "name", "-l", selector});
    }
    return Seen{found.empty(), found};
  });
}

std::string references(const std::string& ns) {
  const auto account = stage().get({"serviceaccount", "default", "-n", ns});
  return account.value("imagePullSecrets", Json::array()).dump();
}

int robots() { return static_cast<int>(stage().harbor().robots().size()); }

}  // namespace

TEST_CASE("helm install gives a ready operator, and says what to do next", "[node]") {
  stage().prepare_own_namespace();
  // The site's authority by the bundle of the system instead of tls.caRef: the image looks where it says it does.
  stage().install({"extraVolumes[0].name=ca", "extraVolumes[0].configMap.name=harbor-ca",
                   "extraVolumes[0].configMap.items[0].key=ca.crt",
                   "extraVolumes[0].configMap.items[0].path=ca-certificates.crt", "extraVolumeMounts[0].name=ca",
                   "extraVolumeMounts[0].mountPath=/etc/ssl/certs"});
  CHECK(controllers().size() == 1);
  const auto notes = stage().helm({"get", "notes", kRelease, "-n", kOwn});
  CHECK(has(notes, "kubectl apply -f - <<'YAML'"));
  CHECK(has(notes, "WARNING: one replica."));
  CHECK_FALSE(has(notes, "does not serve MutatingAdmissionPolicy"));
}

TEST_CASE("Harbor's authority may come with the certificates of the system", "[node]") {
  stage().make_namespace("system-trust");
  stage().apply(
      "apiVersion: harborpull.io/v1alpha1\nkind: HarborRegistry\nmetadata: {name: main}\nspec:\n"
      "  host: harbor.example.com\n  credential: {robot: {adminRef: {name: harbor-admin}, projects: [team]}}\n"
      "  namespaces: {selector: {matchLabels: {env: prod}}}\n");
  wait_ready("main");
  stage().make_pod("system-trust", "app");
  stage().wait_running("system-trust", "app");
}

TEST_CASE("helm test passes on an installation that works", "[node]") {
  const auto said = stage().helm({"test", kRelease, "-n", kOwn, "--timeout", "2m"});
  CHECK(has(said, "Succeeded"));
}

TEST_CASE("an upgrade to two replicas and other values interrupts nobody", "[node]") {
  stage().upgrade({"highAvailability.enabled=true", "log.format=json", "metrics.service.port=9090"});
  CHECK(controllers().size() == 2);
  CHECK(has(stage().kubectl({"get", "pdb", "-n", kOwn, "-o", "name"}), kRelease));
  wait_ready("main");
  wait_leader();
  stage().make_namespace("after-upgrade");
  stage().make_pod("after-upgrade", "app");
  stage().wait_running("after-upgrade", "app");
  CHECK(stage().events("after-upgrade", "Failed").empty());
  CHECK(has(logs_of_all(), R"("msg":"became leader")"));
}

TEST_CASE("when the leader's Pod goes the other one goes on", "[node]") {
  stage().kubectl({"delete", "pod", wait_leader(), "-n", kOwn, "--wait=false"});
  stage().make_namespace("after-leader");
  stage().make_pod("after-leader", "app");
  stage().wait_running("after-leader", "app");
}

TEST_CASE("helm test says which registry is not well", "[node]") {
  stage().apply(
      "apiVersion: harborpull.io/v1alpha1\nkind: HarborRegistry\nmetadata: {name: typo}\nspec:\n"
      "  host: other.example.com\n  credential: {secretRef: {name: no-such-secret}}\n"
      "  namespaces: {names: [nobody]}\n");
  const auto ran = stage().try_helm({"test", kRelease, "-n", kOwn, "--timeout", "2m", "--logs"});
  CHECK(ran.code != 0);
  CHECK(has(ran.out + ran.err, "FAIL  HarborRegistry typo is not ready: CredentialSecretMissing"));
  stage().kubectl({"delete", "hreg", "typo", "--timeout=60s"});
  stage().kubectl({"delete", "pod", "harbor-pull-operator-check", "-n", kOwn});  // Helm leaves it for its log
}

TEST_CASE("nothing that the operator wrote in its logs is a credential", "[node]") {
  const auto text = logs_of_all();
  CHECK_FALSE(text.empty());
  CHECK_FALSE(has(text, "CanaryPassword"));
  for (const auto& robot : stage().harbor().robots()) {
    if (robot.contains("secret")) CHECK_FALSE(has(text, robot.at("secret").get<std::string>()));
  }
}

TEST_CASE("a plain uninstall leaves the registries and what Pods pull with, and a new install goes on from there",
          "[node]") {
  stage().helm({"uninstall", kRelease, "-n", kOwn, "--wait", "--timeout", "2m"});
  wait_nothing_left();
  CHECK(has(stage().kubectl({"get", "crd", "-o", "name"}), "harborregistries.harborpull.io"));
  CHECK_FALSE(stage().pull_user("after-leader").empty());
  CHECK(has(references("after-leader"), "harbor-pull"));
  const int before = robots();
  stage().install({"uninstall.deleteRegistries=true"});
  stage().kubectl({"patch", "hreg", "main", "--type", "merge", "-p",
                   R"({"spec": {"tls": {"caRef": {"kind": "ConfigMap", "name": "harbor-ca"}}}})"});
  wait_ready("main");
  CHECK(robots() == before);
}

TEST_CASE("an uninstall that is to delete registries takes Secrets, references and robots, and does not hang",
          "[node]") {
  REQUIRE(robots() > 0);
  stage().helm({"uninstall", kRelease, "-n", kOwn, "--wait", "--timeout", "2m"});
  CHECK(robots() == 0);
  wait_nothing_left();
  for (const std::string ns : {"system-trust", "after-upgrade", "after-leader"}) {
    INFO(ns);
    CHECK(stage().pull_user(ns).empty());
    CHECK_FALSE(has(references(ns), "harbor-pull"));
  }
  CHECK(stage().kubectl({"get", "hreg", "-o", "name"}).empty());
  CHECK(has(stage().kubectl({"get", "crd", "-o", "name"}), "harborregistries.harborpull.io"));
}

TEST_CASE("without keeping the kind an uninstall takes it, too, registries and all", "[node]") {
  stage().install({"crds.keep=false"});
  stage().make_registry("main");
  wait_ready("main");
  stage().helm({"uninstall", kRelease, "-n", kOwn, "--wait", "--timeout", "2m"});
  CHECK_FALSE(has(stage().kubectl({"get", "crd", "-o", "name"}), "harborpull.io"));
  CHECK(robots() == 0);
  CHECK(stage().pull_user("after-leader").empty());
}
