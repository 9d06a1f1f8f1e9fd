// A Pod with a private image and no imagePullSecrets, on a real kubelet and containerd: without the operator, with it,
// through rotations, and while the registry is away. One node, one story, in order.
#include <algorithm>
#include <thread>

#include "node/stage.hpp"

using namespace node;

namespace {

Stage& stage() { return Stage::shared(); }

std::string waiting_reason(const Json& pod) {
  const Json::json_pointer at("/status/containerStatuses/0/state/waiting/reason");
  return pod.contains(at) ? pod.at(at).get<std::string>() : "";
}

void wait_back_off(const std::string& ns, const std::string& selector) {
  eventually("a Pod of " + ns + " is in ImagePullBackOff", kPatience, [&] {
    const auto pods = stage().get({"pods", "-n", ns, "-l", selector}).at("items");
    const bool all = !pods.empty() && std::ranges::all_of(pods, [](const Json& pod) {
      return waiting_reason(pod) == "ImagePullBackOff";
    });
    return Seen{all, pods.dump()};
  });
}

std::string deployment(const std::string& ns) {
  return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app, namespace: " + ns +
         "}\nspec:\n  replicas: 2\n  selector: {matchLabels: {app: app}}\n  template:\n    metadata: {labels: {app: "
         "app}}\n"
         "    spec:\n      terminationGracePeriodSeconds: 1\n"
         "      containers: [{name: app, image: \"" +
         std::string(kApp) + "\"}]\n";
}

void wait_deployment(const std::string& ns) {
  eventually("Deployment " + ns + "/app is available", kPatience, [&] {
    const auto seen = stage().get({"deployment", "app", "-n", ns}).at("status");
    return Seen{seen.value("availableReplicas", 0) == 2, seen.dump()};
  });
}

/// Waits until the namespace's pull Secret names another robot than `before`; its name.
std::string wait_rotated(const std::string& ns, const std::string& before) {
  std::string now;
  eventually("the pull Secret of " + ns + " holds another robot than " + before, kPatience, [&] {
    now = stage().pull_user(ns);
    return Seen{!now.empty() && now != before, now};
  });
  return now;
}

void rotate(const std::string& stamp) {
  stage().kubectl({"annotate", "hreg", "main", "--overwrite", "harborpull.io/rotate-at=" + stamp});
}

}  // namespace

TEST_CASE("without the operator a Pod with a private image stays in ImagePullBackOff", "[node]") {
  stage().make_namespace("control");
  stage().apply(deployment("control"));
  wait_back_off("control", "app=app");
  const auto messages = stage().events("control", "Failed");
  const bool told =
      std::ranges::any_of(messages, [](const std::string& message) { return message.find(kApp) != std::string::npos; });
  INFO(Json(messages).dump(1));
  CHECK(told);
}

TEST_CASE("the chart installs the operator's own image under the restricted standard, and it gets ready", "[node]") {
  stage().prepare_own_namespace();
  stage().install();
  const auto pods = stage().get({"pods", "-n", kOwn, "-l", "app.kubernetes.io/component=controller"}).at("items");
  REQUIRE(pods.size() == 1);
  const auto& status = pods.at(0).at("status").at("containerStatuses").at(0);
  CHECK(status.at("ready") == true);
  CHECK(status.at("restartCount") == 0);
}

TEST_CASE("after one HarborRegistry a Pod that names no Secret pulls and runs", "[node]") {
  stage().make_registry("main");
  stage().make_namespace("first");
  stage().make_pod("first", "app");
  stage().wait_running("first", "app");
  CHECK(stage().events("first", "Failed").empty());
  CHECK(stage().get({"pod", "app", "-n", "first"}).at("spec").at("imagePullSecrets") ==
        Json::array({{{"name", "harbor-pull"}}}));
}

TEST_CASE("a namespace and its Deployment applied in one command pull without a failure", "[node]") {
  stage().forget_image(kApp);
  stage().apply("{apiVersion: v1, kind: Namespace, metadata: {name: at-once, labels: {env: prod}}}\n---\n" +
                deployment("at-once"));
  wait_deployment("at-once");
  CHECK(stage().events("at-once", "Failed").empty());
}

TEST_CASE("Pods come and go while the robot is rotated twice, and no pull fails", "[node]") {
  stage().make_namespace("busy");
  stage().make_pod("busy", "warm", "Always");
  stage().wait_running("busy", "warm");
  auto robot = stage().pull_user("busy");
  REQUIRE_FALSE(robot.empty());

  int made = 0;
  const auto one_more = [&] {
    const auto name = "pod-" + std::to_string(++made);
    stage().make_pod("busy", name, "Always");
    stage().wait_running("busy", name);
    stage().kubectl({"delete", "pod", name, "-n", "busy", "--wait=false"});
  };
  for (const std::string stamp : {"first", "second"}) {
    for (int i = 0; i < 3; ++i) one_more();
    rotate(stamp);
    const auto before = robot;
    while (stage().pull_user("busy") == before && made < 200) one_more();
    robot = wait_rotated("busy", before);
    for (int i = 0; i < 3; ++i) one_more();
  }
  CHECK(made >= 12);
  CHECK(stage().events("busy", "Failed").empty());
  CHECK(stage().get({"hreg", "main"}).at("status").at("namespaces") == "4/4");
}

TEST_CASE("with the registry away after a rotation, a Pod whose image is on the node still starts", "[node]") {
  const auto before = stage().pull_user("first");
  rotate("third");
  wait_rotated("first", before);
  stage().harbor().offline(true);
  stage().make_pod("first", "while-away");
  stage().wait_running("first", "while-away");
  stage().harbor().offline(false);
  CHECK(stage().events("first", "Failed").empty());
}

TEST_CASE("the Pods of the beginning are made again once recovery is allowed, by what the kubelet really said",
          "[node]") {
  stage().apply("{apiVersion: v1, kind: Namespace, metadata: {name: control, labels: {env: prod}}}");
  // Since the upgrade brings nothing but rights, it needs no new Pod.
  stage().upgrade({"podRecovery.enabled=true"});
  stage().kubectl({"patch", "hreg", "main", "--type", "merge", "-p", R"({"spec": {"pods": {"recovery": "Evict"}}})"});
  wait_deployment("control");
}
