// Pod recovery where the admission policy is in force: then a Pod with a list of its own can be helped, too.
#include <thread>

#include "integration/pod_scene.hpp"
#include "integration/policy_stage.hpp"

using namespace integration;

TEST_CASE("with the policy in force a Pod with a list of its own is evicted, and made again with the Secret",
          "[integration]") {
  Scene scene;
  const PodRights rights(scene);
  scene.make_registry("helped", evicting(scene.spec(scene.make_credential("helped"))));
  const auto late = late_deployment(scene, pod_spec(kImage, {"mine"}));
  fail_pull(scene, late.pods.front());
  wait_pod_counts(scene, "helped", 0, 1);
  CHECK(note_of(scene, late.pods.front(), "PodNotRecoverable").find("deploy/admission") != std::string::npos);

  install_policy(scene.cluster());
  std::this_thread::sleep_for(Millis{1'100});  // creation times have whole seconds
  eventually("the policy is seen in force", Millis{30'000}, [&]() -> Seen {
    scene.make_namespace("younger", scene.selected());
    const auto status = scene.registry("helped").value("status", Json::object());
    return {status.value("referencesPlacedBy", "") == "AdmissionPolicy", status.dump()};
  });
  wait_gone(scene, late.pods.front());
  const auto again = wait_pods(scene, late.ns, "app", 1).front();
  CHECK(list_of(again) == std::vector<std::string>{"mine", "harbor-pull"});
  wait_pod_counts(scene, "helped", 0, 0);
  remove_policy(scene.cluster());
}
