// Pods that were made before their ServiceAccount had the reference: which of them are evicted, and which are not.
#include "integration/given_scene.hpp"
#include "integration/pod_scene.hpp"
#include "support/audit.hpp"
#include "support/fault_proxy.hpp"

using namespace integration;

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
  wait_round(scene);
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
