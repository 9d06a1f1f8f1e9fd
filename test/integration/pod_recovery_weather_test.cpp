// Pods that were made before their ServiceAccount had the reference, when rights are missing, replies are lost, budgets
// hold, or the operator dies.
#include "integration/given_scene.hpp"
#include "integration/pod_scene.hpp"
#include "support/audit.hpp"
#include "support/fault_proxy.hpp"

using namespace integration;

namespace {

/// An operator with the rights, behind a proxy that spoils its first evictions, and a registry that evicts.
struct Behind {
  Behind(const std::string& registry, int times, const support::Fault& fault) {
    scene.start_operator(through(proxy));
    proxy.plan().at({.method = "POST", .target = "/eviction", .times = times}, fault);
    scene.make_registry(registry, evicting(scene.spec(scene.make_credential(registry))));
  }
  support::FaultProxy proxy = proxy_of_cluster();
  Scene scene{Scene::Begin::kWithoutOperator};
  const PodRights rights{scene};
};

support::Fault lost_reply() {
  support::Fault fault;
  fault.mode = support::FaultMode::kLoseReply;
  return fault;
}

}  // namespace

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
  Behind stage("pods-held", 3, held_by_budget());
  auto& scene = stage.scene;
  const auto late = late_deployment(scene, pod_spec());
  const auto begin = std::chrono::steady_clock::now();
  fail_pull(scene, late.pods.at(0));
  wait_pod_counts(scene, "pods-held", 1, 0);
  wait_gone(scene, late.pods.at(0));
  CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::seconds{6});  // whoever woke it meanwhile
  CHECK(scene.op().metric("harborpull_pod_evictions_total{registry=\"pods-held\",result=\"held\"}") == 3.0);
  CHECK_FALSE(scene.op().metric("harborpull_pod_evictions_total{registry=\"pods-held\",result=\"error\"}"));
  for (const auto& line : scene.op().log_lines()) {
    INFO(line.dump());
    CHECK_FALSE((line.value("controller", "") == "pod" && line.value("level", "") == "warn"));
  }
  wait_pod_counts(scene, "pods-held", 0, 0);
}

TEST_CASE("an eviction whose reply is lost happens once", "[integration]") {
  Behind stage("pods-lost", 1, lost_reply());
  auto& scene = stage.scene;
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
  Behind stage("pods-set", 1, lost_reply());
  auto& scene = stage.scene;
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
