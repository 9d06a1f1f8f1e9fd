// The operator behind a proxy that breaks its exchanges with the API server: at each write, and at all at once.
#include "integration/crash_points.hpp"

using namespace integration;
using support::FaultMode;
using support::FaultProxy;

namespace {

/// Made before the scene, whose operator needs it until the sweep.
FaultProxy proxy_of_cluster() {
  const auto& cluster = support::shared_control_plane();
  return FaultProxy({.upstream = cluster.server(), .upstream_ca = support::read_file(cluster.ca_file())});
}

support::OperatorOptions through(const FaultProxy& proxy) {
  auto options = alone();
  options.server = proxy.url();
  options.ca_pem = proxy.ca_pem();
  return options;
}

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// A namespace, a credential and a registry for it.
std::string set_out(Scene& scene) {
  const auto ns = scene.make_namespace("way", scene.selected());
  scene.make_registry("way", scene.spec(scene.make_credential("way")));
  return ns;
}

/// The namespace has what it should have, and the registry says so.
void check_served(Scene& scene, const std::string& ns, const std::string& password) {
  scene.wait_secret(ns, password);
  scene.wait_attached(ns);
  CHECK(support::pull_secret_names(scene.admin(), ns) == std::vector<std::string>{"harbor-pull"});
  scene.wait_counts("way", "1/1");
  scene.wait_ready("way");
}

}  // namespace

TEST_CASE("an operator behind a proxy does its work, and the proxy tells of every write", "[integration]") {
  auto proxy = proxy_of_cluster();
  Scene scene(Scene::Begin::kWithoutOperator);
  scene.start_operator(through(proxy));
  const auto ns = set_out(scene);
  check_served(scene, ns, scene.password());
  const auto writes = proxy.plan().writes();
  CAPTURE(writes);
  const std::string registry = "/apis/harborpull.io/v1alpha1/harborregistries/way";
  CHECK(holds(writes, "PATCH " + registry + " #1"));
  CHECK(holds(writes, "PATCH " + registry + "/status #1"));
  CHECK(holds(writes, "PATCH /api/v1/namespaces/" + ns + "/secrets/harbor-pull #1"));
  CHECK(holds(writes, "PATCH /api/v1/namespaces/" + ns + "/serviceaccounts/default #1"));

  scene.make_credential("way", "-next");  // seen by a watch through the proxy
  scene.wait_secret(ns, scene.password("-next"));
  const auto log = proxy.log();
  CHECK(std::any_of(log.begin(), log.end(), [](const auto& one) {
    return one.target.find("watch=") != std::string::npos && one.outcome() == "200";
  }));
  CHECK(std::none_of(log.begin(), log.end(), [](const auto& one) { return one.outcome() == "cut"; }));
}

TEST_CASE("an operator killed before its third write had an effect makes it after its start", "[integration]") {
  auto proxy = proxy_of_cluster();
  Scene scene(Scene::Begin::kWithoutOperator);
  const auto pid = scene.start_operator(through(proxy)).process().pid();
  proxy.plan().at_write(3, {.mode = FaultMode::kBeforeEffect, .hook = [pid] { support::kill_now(pid); }});
  const auto ns = set_out(scene);
  REQUIRE(proxy.plan().wait_fired(kSoon));
  CHECK_FALSE(scene.op().running());
  const auto log = proxy.log();
  const auto third = proxy.plan().writes().at(2);
  CHECK(proxy.plan().fired() == std::vector<std::string>{third});
  for (const auto& one : log) {
    if (one.write == third) CHECK(one.upstream == 0);
  }
  scene.kill_operator();
  scene.start_operator(through(proxy));
  check_served(scene, ns, scene.password());
}

TEST_CASE("an operator that cannot reach the API server for a while misses nothing", "[integration]") {
  auto proxy = proxy_of_cluster();
  Scene scene(Scene::Begin::kWithoutOperator);
  scene.start_operator(through(proxy));
  const auto ns = set_out(scene);
  check_served(scene, ns, scene.password());
  proxy.drop();
  scene.make_credential("way", "-during");
  const auto late = scene.make_namespace("late", scene.selected());
  proxy.resume();
  scene.wait_secret(ns, scene.password("-during"));
  scene.wait_secret(late, scene.password("-during"));
  scene.wait_attached(late);
}

TEST_CASE("a crash at any write of a registry's arrival leaves no trace", "[integration]") {
  std::string ns;
  std::unique_ptr<Diary> diary;
  const auto story = [&](CrashPoint& point) {
    auto& scene = point.scene();
    diary = std::make_unique<Diary>(scene);
    ns = set_out(scene);
    // as on the first day: what the operator keeps for itself is made in this story too
    scene.admin().remove(support::secret_path(support::kOperatorNamespace, "harbor-pull-operator-state"));
    point.arm();
    point.start();
    check_served(scene, ns, scene.password());
    scene.make_credential("way", "-next");
    scene.wait_secret(ns, scene.password("-next"));
  };
  const auto check = [&](CrashPoint& point) {
    check_served(point.scene(), ns, point.scene().password("-next"));
    diary->check_made_once({ns});
    diary.reset();
  };
  CHECK(each_crash_point({}, story, check) >= 15);
}

TEST_CASE("a crash at any write of a registry's removal leaves nothing behind", "[integration]") {
  std::string ns;
  const auto gone = [](Scene& scene) { return scene.admin().get(support::registry_path("way")).status == 404; };
  const auto story = [&](CrashPoint& point) {
    auto& scene = point.scene();
    ns = set_out(scene);
    point.start();
    check_served(scene, ns, scene.password());
    point.wait_quiet();
    point.arm();
    scene.admin().remove(support::registry_path("way")).require();
    eventually("the HarborRegistry is gone", kSoon, [&] { return gone(scene); });
  };
  const auto check = [&](CrashPoint& point) {
    auto& scene = point.scene();
    CHECK(gone(scene));
    CHECK(scene.admin().get(support::secret_path(ns, "harbor-pull")).status == 404);
    scene.wait_detached(ns);
  };
  CHECK(each_crash_point({}, story, check) >= 9);
}
