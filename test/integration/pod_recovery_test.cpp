// Pods that were made before their ServiceAccount had the reference: which of them are evicted, and which are not.
#include "integration/given_scene.hpp"
#include "integration/pod_scene.hpp"
#include "support/audit.hpp"
#include "support/fault_proxy.hpp"

using namespace integration;

namespace {

/// Long enough for what would happen at once, if it happened.
constexpr Millis kWhile{1'500};

void never_gone(const Scene& scene, const Json& pod) {
  never("Pod " + name_of(pod) + " is evicted", kWhile, [&] { return gone(scene, pod); });
}

/// A served namespace, and the Pods in it that a bare manifest made.
Json bare_pod(const std::string& name, const Json& spec) {
  return {{"apiVersion", "v1"}, {"kind", "Pod"}, {"metadata", {{"name", name}}}, {"spec", spec}};
}

support::OperatorOptions through(const support::FaultProxy& proxy) {
  support::OperatorOptions options;
  options.args = {"--leader-elect=false"};
  options.server = proxy.url();
  options.ca_pem = proxy.ca_pem();
  return options;
}

support::FaultProxy proxy_of_cluster() {
  const auto& cluster = support::shared_control_plane();
  return support::FaultProxy({.upstream = cluster.server(), .upstream_ca = support::read_file(cluster.ca_file())});
}

/// As the server says it of a budget.
support::Fault held_by_budget() {
  const Json status = {{"kind", "Status"},
                       {"apiVersion", "v1"},
                       {"status", "Failure"},
                       {"message", "Cannot evict pod as it would violate the pod's disruption budget."},
                       {"reason", "TooManyRequests"},
                       {"details", {{"retryAfterSeconds", 2}}},
                       {"code", 429}};
  support::Fault fault;
  fault.mode = support::FaultMode::kRefuse;
  fault.refusal = {429, {{"Content-Type", "application/json"}}, status.dump()};
  return fault;
}

std::string note_of(Scene& scene, const Json& pod, const std::string& reason) {
  const auto ns = pod.at("metadata").at("namespace").get<std::string>();
  const auto event = scene.wait_event("Pod", ns, name_of(pod), reason);
  CHECK(event.at("regarding").at("uid") == uid_of(pod));
  return event.at("note").get<std::string>();
}

/// The operator looked at everything: a Pod made and refused after all others was evicted.
void wait_round(Scene& scene) {
  const auto late = late_deployment(scene, pod_spec());
  fail_pull(scene, late.pods.at(0));
  wait_gone(scene, late.pods.at(0));
}

}  // namespace

TEST_CASE("a Pod older than the reference is evicted, and the one made in its place has it", "[integration]") {
  Scene scene;
  const PodRights rights(scene);
  scene.make_registry("pods-a", evicting(scene.spec(scene.make_credential("pods-a"))));
  const auto late = late_deployment(scene, pod_spec());
  const auto& pod = late.pods.at(0);
  REQUIRE(list_of(pod).empty());
  fail_pull(scene, pod);
  wait_gone(scene, pod);
  const auto next = wait_pods(scene, late.ns, "app", 1).at(0);
  CHECK(list_of(next) == std::vector<std::string>{"harbor-pull"});
  const auto note = note_of(scene, pod, "RecoveredByEviction");
  CHECK(has(note, "ReplicaSet app-"));
  CHECK(has(note, kHost));
  CHECK(has(note, "Secret harbor-pull"));
  wait_pod_counts(scene, "pods-a", 0, 0);
  CHECK(scene.op().metric("harborpull_pod_evictions_total{registry=\"pods-a\",result=\"success\"}") == 1.0);
}

TEST_CASE("with recovery None, the default, no Pod is watched and none evicted", "[integration]") {
  Scene scene;
  const PodRights rights(scene);
  scene.make_registry("pods-none", scene.spec(scene.make_credential("pods-none")));
  const auto late = late_deployment(scene, pod_spec());
  fail_pull(scene, late.pods.at(0));
  never_gone(scene, late.pods.at(0));
  CHECK(scene.op().metric("harborpull_cached_objects{kind=\"Pod\"}") == 0.0);
  CHECK_FALSE(scene.registry("pods-none").at("status").contains("pods"));
}

TEST_CASE("the watch of Pods begins with the first registry that evicts and ends with the last", "[integration]") {
  Scene scene;
  const PodRights rights(scene);
  scene.make_registry("pods-lazy", scene.spec(scene.make_credential("pods-lazy")));
  const auto late = late_deployment(scene, pod_spec());
  fail_pull(scene, late.pods.at(0), "Back-off pulling image \"" + kImage + "\"", "ImagePullBackOff");
  const auto cached = [&] { return scene.op().metric("harborpull_cached_objects{kind=\"Pod\"}").value_or(0); };
  CHECK(cached() == 0.0);
  scene.patch_registry("pods-lazy", {{"spec", {{"pods", {{"recovery", "Evict"}}}}}});
  eventually("Pods are watched", kSoon, [&] { return cached() >= 1; });
  scene.patch_registry("pods-lazy", {{"spec", {{"pods", {{"recovery", "None"}}}}}});
  eventually("Pods are forgotten", Millis{40'000}, [&] { return cached() == 0; });
}

TEST_CASE("only a refused credential for our host counts", "[integration]") {
  Scene scene;
  const PodRights rights(scene);
  scene.make_registry("pods-why", evicting(scene.spec(scene.make_credential("pods-why"))));
  const auto elsewhere = late_deployment(scene, pod_spec("other.example.com/team/app:1"));
  fail_pull(scene, elsewhere.pods.at(0));
  const auto missing = late_deployment(scene, pod_spec());
  fail_pull(scene, missing.pods.at(0), "failed to resolve reference \"" + kImage + "\": " + kImage + ": not found");
  const auto untold = late_deployment(scene, pod_spec());
  fail_pull(scene, untold.pods.at(0), "Back-off pulling image \"" + kImage + "\"", "ImagePullBackOff");
  const auto distrusted = late_deployment(scene, pod_spec());
  fail_pull(scene, distrusted.pods.at(0),
            "failed to authorize: failed to fetch anonymous token: tls: failed to verify certificate: x509: unknown");
  wait_round(scene);
  for (const auto& late : {elsewhere, missing, untold, distrusted}) CHECK_FALSE(gone(scene, late.pods.at(0)));
  wait_pod_counts(scene, "pods-why", 0, 0);
  fail_pull(scene, untold.pods.at(0), "Back-off pulling image \"" + kImage + "\": ErrImagePull: " + kRefused,
            "ImagePullBackOff");
  wait_gone(scene, untold.pods.at(0));
}

TEST_CASE("a Pod with a list of its own stays, is counted, and an Event says what helps", "[integration]") {
  Scene scene;
  const PodRights rights(scene);
  scene.make_registry("pods-own", evicting(scene.spec(scene.make_credential("pods-own"))));
  const auto late = late_deployment(scene, pod_spec(kImage, {"theirs"}));
  fail_pull(scene, late.pods.at(0));
  wait_pod_counts(scene, "pods-own", 0, 1);
  const auto note = note_of(scene, late.pods.at(0), "PodNotRecoverable");
  CHECK(has(note, "imagePullSecrets of its own"));
  CHECK(has(note, "harbor-pull"));
  never_gone(scene, late.pods.at(0));
}

TEST_CASE("a Pod that nobody would make again stays, is counted, and an Event says what helps", "[integration]") {
  Scene scene;
  const PodRights rights(scene);
  scene.make_registry("pods-bare", evicting(scene.spec(scene.make_credential("pods-bare"))));
  const auto ns = scene.make_namespace("bare");
  eventually("ServiceAccount default is there", kSoon,
             [&] { return scene.admin().get(support::service_account_path(ns, "default")).ok(); });
  const auto pod = scene.admin().create(pods_of(ns), bare_pod("alone", pod_spec())).require();
  scene.admin().merge_patch(support::namespace_path(ns), {{"metadata", {{"labels", scene.selected()}}}}).require();
  scene.wait_attached(ns);
  fail_pull(scene, pod);
  wait_pod_counts(scene, "pods-bare", 0, 1);
  CHECK(has(note_of(scene, pod, "PodNotRecoverable"), "delete it and create it again"));
  never_gone(scene, pod);
}

TEST_CASE("a Pod that says so, and one whose ServiceAccount is not selected, stay", "[integration]") {
  Scene scene;
  const PodRights rights(scene);
  scene.make_registry("pods-stay", evicting(scene.spec(scene.make_credential("pods-stay"))));
  const auto ignored = late_deployment(scene, pod_spec());
  scene.admin()
      .merge_patch(pods_of(ignored.ns) + "/" + name_of(ignored.pods.at(0)),
                   {{"metadata", {{"annotations", {{"harborpull.io/ignore", "true"}}}}}})
      .require();
  fail_pull(scene, ignored.pods.at(0));
  wait_pod_counts(scene, "pods-stay", 0, 0);
  scene.patch_registry("pods-stay", {{"spec", {{"serviceAccounts", {{"names", Json::array({"somebody-else"})}}}}}});
  scene.wait_detached(ignored.ns);
  const auto ns = scene.make_namespace("unserved", scene.selected());
  scene.wait_secret(ns, scene.password());
  scene.make(deployments_of(ns), deployment("app", pod_spec()));
  const auto pod = wait_pods(scene, ns, "app", 1).at(0);
  fail_pull(scene, pod);
  wait_pod_counts(scene, "pods-stay", 0, 1);
  CHECK(has(note_of(scene, pod, "PodNotRecoverable"), "spec.serviceAccounts"));
  CHECK_FALSE(gone(scene, ignored.pods.at(0)));
  CHECK_FALSE(gone(scene, pod));
}

TEST_CASE("nothing is evicted where the registry does not select, nor while it is suspended", "[integration]") {
  Scene scene;
  const PodRights rights(scene);
  scene.make_registry("pods-sleep", evicting(scene.spec(scene.make_credential("pods-sleep"))));
  const auto ns = scene.make_namespace("unselected");
  scene.make(deployments_of(ns), deployment("app", pod_spec()));
  const auto outside = wait_pods(scene, ns, "app", 1).at(0);
  fail_pull(scene, outside);
  wait_round(scene);
  CHECK_FALSE(gone(scene, outside));
  const auto late = late_deployment(scene, pod_spec());
  scene.patch_registry("pods-sleep", {{"spec", {{"suspend", true}}}});
  scene.wait_condition("pods-sleep", "Ready", "False", "Suspended");
  fail_pull(scene, late.pods.at(0));
  never_gone(scene, late.pods.at(0));
  scene.patch_registry("pods-sleep", {{"spec", {{"suspend", false}}}});
  wait_gone(scene, late.pods.at(0));
}

TEST_CASE("a workload that eviction does not help is evicted once and then given up", "[integration]") {
  Scene scene;
  const PodRights rights(scene);
  scene.make_registry("pods-loop", evicting(scene.spec(scene.make_credential("pods-loop", "-1"))));
  // The template repeats what the ServiceAccount has besides, which cannot be told from what admission would add.
  const auto late = late_deployment(scene, pod_spec(kImage, {"theirs"}));
  auto account = scene.admin().get(support::service_account_path(late.ns, "default")).require();
  account["imagePullSecrets"].push_back({{"name", "theirs"}});
  scene.admin().update(support::service_account_path(late.ns, "default"), account).require();
  fail_pull(scene, late.pods.at(0));
  wait_gone(scene, late.pods.at(0));
  const auto next = wait_pods(scene, late.ns, "app", 1).at(0);
  REQUIRE(list_of(next) == std::vector<std::string>{"theirs"});
  fail_pull(scene, next);
  wait_pod_counts(scene, "pods-loop", 0, 1);
  CHECK(has(note_of(scene, next, "PodNotRecoverable"), "made it again without the Secret"));
  never_gone(scene, next);
  // Another password is another chance.
  scene.make_credential("pods-loop", "-2");
  wait_gone(scene, next);
}

TEST_CASE("of many Pods ten are evicted at once and then one a second, all in the end", "[integration]") {
  Scene scene;
  const PodRights rights(scene);
  scene.make_registry("pods-rate", evicting(scene.spec(scene.make_credential("pods-rate"))));
  const auto late = late_deployment(scene, pod_spec(), 14);
  const auto begin = std::chrono::steady_clock::now();
  for (const auto& pod : late.pods) fail_pull(scene, pod);
  eventually("all are made again", kSoon, [&]() -> Seen {
    const auto left =
        std::count_if(late.pods.begin(), late.pods.end(), [&](const auto& pod) { return !gone(scene, pod); });
    return {left == 0, std::to_string(left)};
  });
  CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::seconds{3});
  for (const auto& pod : wait_pods(scene, late.ns, "app", 14)) CHECK(list_of(pod).size() == 1);
}

TEST_CASE("without the right all else works, and status and an Event say what is missing", "[integration]") {
  Scene scene;
  scene.make_registry("pods-right", evicting(scene.spec(scene.make_credential("pods-right"))));
  const auto late = late_deployment(scene, pod_spec());
  fail_pull(scene, late.pods.at(0));
  eventually("Ready says what is missing", kSoon, [&]() -> Seen {
    const auto message = message_of(scene.registry("pods-right"), "Ready");
    return {has(message, "kubectl apply -k deploy/pod-recovery"), message};
  });
  scene.wait_ready("pods-right");
  CHECK(scene.op().ready());
  const auto event = scene.wait_event("HarborRegistry", "", "pods-right", "PodRecoveryForbidden");
  CHECK(has(event.at("note").get<std::string>(), "deploy/pod-recovery"));
  CHECK_FALSE(gone(scene, late.pods.at(0)));
  const PodRights rights(scene);
  eventually("the Pod is evicted once the right is there", Millis{60'000},
             [&] { return gone(scene, late.pods.at(0)); });
  eventually("Ready is content", kSoon, [&]() -> Seen {
    const auto message = message_of(scene.registry("pods-right"), "Ready");
    return {!has(message, "pod-recovery"), message};
  });
}

TEST_CASE("a missing right to evict is told like a missing right to look", "[integration]") {
  Scene scene;
  const PodRights rights(scene);
  scene.admin()
      .merge_patch(
          "/apis/rbac.authorization.k8s.io/v1/clusterroles/harbor-pull-operator-pod-recovery",
          {{"rules", Json::array({{{"apiGroups", {""}}, {"resources", {"pods"}}, {"verbs", {"list", "watch"}}}})}})
      .require();
  scene.make_registry("pods-half", evicting(scene.spec(scene.make_credential("pods-half"))));
  const auto late = late_deployment(scene, pod_spec());
  fail_pull(scene, late.pods.at(0));
  scene.wait_event("HarborRegistry", "", "pods-half", "PodRecoveryForbidden");
  wait_pod_counts(scene, "pods-half", 1, 0);
  CHECK(has(message_of(scene.wait_ready("pods-half"), "Ready"), "kubectl apply -k deploy/pod-recovery"));
  CHECK_FALSE(gone(scene, late.pods.at(0)));
  const PodRights again(scene);
  wait_gone(scene, late.pods.at(0));
  eventually("Ready is content", kSoon, [&]() -> Seen {
    const auto message = message_of(scene.registry("pods-half"), "Ready");
    return {!has(message, "pod-recovery"), message};
  });
}

TEST_CASE("an operator that is killed goes on where it was, and evicts nothing twice", "[integration]") {
  Scene scene(Scene::Begin::kWithoutOperator);
  const PodRights rights(scene);
  scene.start_operator({.args = {"--leader-elect=false"}});
  scene.make_registry("pods-kill", evicting(scene.spec(scene.make_credential("pods-kill"))));
  const auto late = late_deployment(scene, pod_spec(), 12);
  for (const auto& pod : late.pods) fail_pull(scene, pod);
  wait_gone(scene, late.pods.at(0));
  scene.kill_operator();
  scene.start_operator({.args = {"--leader-elect=false"}});
  for (const auto& pod : late.pods) wait_gone(scene, pod);
  const auto next = wait_pods(scene, late.ns, "app", 12);
  never("a Pod that has the Secret is evicted", kWhile,
        [&] { return uids_of(wait_pods(scene, late.ns, "app", 12)) != uids_of(next); });
}

TEST_CASE("five hundred running Pods cost the operator neither memory nor a request", "[integration]") {
  constexpr std::size_t kMany = 500;
  Scene scene;
  const PodRights rights(scene);
  scene.make_registry("pods-cost", evicting(scene.spec(scene.make_credential("pods-cost"))));
  const auto ns = scene.make_namespace("crowd", scene.selected());
  scene.wait_attached(ns);
  scene.wait_counts("pods-cost", "1/1");
  scene.wait_ready("pods-cost");
  const auto resident = [&] { return scene.op().metric("process_resident_memory_bytes").value(); };
  // The operator's own Deployment has a Pod, which no scheduler takes here.
  const auto cached = [&] { return scene.op().metric("harborpull_cached_objects{kind=\"Pod\"}").value_or(-1); };
  eventually("Pods are watched", kSoon, [&] { return cached() == 1; });
  const auto before = resident();
  scene.make(deployments_of(ns), deployment("crowd", pod_spec(), static_cast<int>(kMany)));
  for (const auto& pod : wait_pods(scene, ns, "crowd", kMany)) {
    scene.admin()
        .merge_patch(pods_of(ns) + "/" + name_of(pod) + "/status", {{"status", {{"phase", "Running"}}}})
        .require();
  }
  eventually("no running Pod is remembered", kSoon, [&]() -> Seen {
    return {cached() == 1, std::to_string(cached())};
  });
  const auto grown = resident() - before;
  INFO("grown by " << grown / 1024 << " KiB");
  CHECK(grown < 2.0 * 1024 * 1024);  // what a burst leaves with the allocator until it is trimmed
  auto audit = audit_from_now(scene);
  for (const auto& pod : scene.admin().list(pods_of(ns))) {
    scene.admin()
        .merge_patch(pods_of(ns) + "/" + name_of(pod), {{"metadata", {{"annotations", {{"touched", "1"}}}}}})
        .require();
  }
  const auto asked = support::without_leases(audit.settled());
  INFO(support::text(asked));
  CHECK(asked.empty());
}

TEST_CASE("an eviction that is held is no failure, is waited for, and comes when it may", "[integration]") {
  auto proxy = proxy_of_cluster();
  Scene scene(Scene::Begin::kWithoutOperator);
  const PodRights rights(scene);
  scene.start_operator(through(proxy));
  proxy.plan().at({.method = "POST", .target = "/eviction", .times = 2}, held_by_budget());
  scene.make_registry("pods-held", evicting(scene.spec(scene.make_credential("pods-held"))));
  const auto late = late_deployment(scene, pod_spec());
  const auto begin = std::chrono::steady_clock::now();
  fail_pull(scene, late.pods.at(0));
  wait_pod_counts(scene, "pods-held", 1, 0);
  wait_gone(scene, late.pods.at(0));
  CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::seconds{4});
  CHECK(scene.op().metric("harborpull_pod_evictions_total{registry=\"pods-held\",result=\"held\"}") == 2.0);
  CHECK_FALSE(scene.op().metric("harborpull_pod_evictions_total{registry=\"pods-held\",result=\"error\"}"));
  for (const auto& line : scene.op().log_lines()) {
    INFO(line.dump());
    CHECK_FALSE((line.value("controller", "") == "pod" && line.value("level", "") == "warn"));
  }
  wait_pod_counts(scene, "pods-held", 0, 0);
}

TEST_CASE("an eviction whose reply is lost happens once", "[integration]") {
  auto proxy = proxy_of_cluster();
  Scene scene(Scene::Begin::kWithoutOperator);
  const PodRights rights(scene);
  scene.start_operator(through(proxy));
  support::Fault fault;
  fault.mode = support::FaultMode::kLoseReply;
  proxy.plan().at({.method = "POST", .target = "/eviction"}, fault);
  scene.make_registry("pods-lost", evicting(scene.spec(scene.make_credential("pods-lost"))));
  const auto late = late_deployment(scene, pod_spec());
  fail_pull(scene, late.pods.at(0));
  wait_gone(scene, late.pods.at(0));
  const auto next = wait_pods(scene, late.ns, "app", 1);
  wait_pod_counts(scene, "pods-lost", 0, 0);
  never("the Pod made in its place is evicted", kWhile,
        [&] { return uids_of(wait_pods(scene, late.ns, "app", 1)) != uids_of(next); });
}

TEST_CASE("a budget that allows nothing does not keep a Pod that serves nobody", "[integration]") {
  Scene scene;
  const PodRights rights(scene);
  scene.make_registry("pods-budget", evicting(scene.spec(scene.make_credential("pods-budget"))));
  const auto late = late_deployment(scene, pod_spec());
  scene.make("/apis/policy/v1/namespaces/" + late.ns + "/poddisruptionbudgets",
             {{"apiVersion", "policy/v1"},
              {"kind", "PodDisruptionBudget"},
              {"metadata", {{"name", "all"}}},
              {"spec", {{"minAvailable", "100%"}, {"selector", {{"matchLabels", {{"app", "app"}}}}}}}});
  fail_pull(scene, late.pods.at(0));
  wait_gone(scene, late.pods.at(0));
}

TEST_CASE("a StatefulSet's Pod, whose name comes again, is evicted once though the reply is lost", "[integration]") {
  auto proxy = proxy_of_cluster();
  Scene scene(Scene::Begin::kWithoutOperator);
  const PodRights rights(scene);
  scene.start_operator(through(proxy));
  support::Fault fault;
  fault.mode = support::FaultMode::kLoseReply;
  proxy.plan().at({.method = "POST", .target = "/eviction"}, fault);
  scene.make_registry("pods-set", evicting(scene.spec(scene.make_credential("pods-set"))));
  const auto ns = scene.make_namespace("late");
  eventually("ServiceAccount default is there", kSoon,
             [&] { return scene.admin().get(support::service_account_path(ns, "default")).ok(); });
  auto set = deployment("db", pod_spec());
  set["kind"] = "StatefulSet";
  set["spec"]["serviceName"] = "db";
  scene.make("/apis/apps/v1/namespaces/" + ns + "/statefulsets", set);
  const auto pod = wait_pods(scene, ns, "db", 1).at(0);
  scene.admin().merge_patch(support::namespace_path(ns), {{"metadata", {{"labels", scene.selected()}}}}).require();
  scene.wait_attached(ns);
  fail_pull(scene, pod);
  wait_gone(scene, pod);
  const auto next = wait_pods(scene, ns, "db", 1).at(0);
  CHECK(name_of(next) == name_of(pod));
  CHECK(list_of(next) == std::vector<std::string>{"harbor-pull"});
  never("the next one is evicted", kWhile, [&] { return gone(scene, next); });
}
