// Others write the same objects at the same time: none of their entries is ever lost, and ours is there in the end.
#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "integration/diary.hpp"

using namespace integration;

namespace {

/// Adds an entry as a careful writer does: on what was seen and nothing else, again and again until it is in. False
/// when it never was.
bool add_entry(const Client& client, const std::string& path, const std::string& name, std::minstd_rand random) {
  const auto give_up = Clock::now() + std::chrono::seconds{90};
  while (Clock::now() < give_up) {
    const auto seen = client.get(path);
    if (seen.ok()) {
      const Json entry = {{"name", name}};
      const bool any = seen.json.contains("imagePullSecrets");
      const Json guard = {{"op", "test"},
                          {"path", "/metadata/resourceVersion"},
                          {"value", seen.json.at("metadata").at("resourceVersion")}};
      const Json add = any ? Json{{"op", "add"}, {"path", "/imagePullSecrets/-"}, {"value", entry}}
                           : Json{{"op", "add"}, {"path", "/imagePullSecrets"}, {"value", Json::array({entry})}};
      if (client.json_patch(path, Json::array({guard, add})).ok()) return true;
    }
    std::this_thread::sleep_for(Millis{std::uniform_int_distribution<int>{1, 100}(random)});
  }
  return false;
}

void select(Scene& scene, const std::string& ns, bool on) {
  const Json label = on ? Json(scene.id()) : Json(nullptr);
  scene.admin().merge_patch(support::namespace_path(ns), {{"metadata", {{"labels", {{"scene", label}}}}}}).require();
}

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

TEST_CASE("of 100 concurrent writers to one ServiceAccount none loses its entry", "[integration]") {
  constexpr int kWriters = 100;
  Scene scene(Scene::Begin::kWithOperator, alone());
  scene.make_registry("crowd", scene.spec(scene.make_credential("crowd")));
  const auto ns = scene.make_namespace("crowd", scene.selected());
  scene.wait_attached(ns);
  const auto path = support::service_account_path(ns, "default");

  std::atomic<int> done{0}, failed{0};
  std::vector<std::jthread> writers;
  for (int i = 0; i < kWriters; ++i) {
    writers.emplace_back([&, i] {
      if (!add_entry(scene.admin(), path, "writer-" + std::to_string(i), std::minstd_rand(i + 1U))) ++failed;
      ++done;
    });
  }
  int toggles = 0;
  for (; done < kWriters; ++toggles) {
    const bool on = toggles % 2 == 1;
    select(scene, ns, on);
    within(Millis{3'000}, [&] { return has(support::pull_secret_names(scene.admin(), ns), "harbor-pull") == on; });
  }
  writers.clear();
  CHECK(failed == 0);
  CAPTURE(toggles);
  select(scene, ns, true);
  scene.wait_secret(ns, scene.password());
  scene.wait_attached(ns);
  scene.wait_ready("crowd");
  auto names = support::pull_secret_names(scene.admin(), ns);
  for (int i = 0; i < kWriters; ++i) CHECK(has(names, "writer-" + std::to_string(i)));
  CHECK(names.size() == kWriters + 1);
}

TEST_CASE("a namespace that is selected and deselected by turns is followed every time", "[integration]") {
  // Taking our own entry away is no fight with anybody: the detector of contention must not count it.
  Scene scene(Scene::Begin::kWithOperator, alone());
  scene.make_registry("turns", scene.spec(scene.make_credential("turns")));
  const auto ns = scene.make_namespace("turns");
  for (int turn = 0; turn < 6; ++turn) {
    CAPTURE(turn);
    select(scene, ns, true);
    scene.wait_secret(ns, scene.password());
    scene.wait_attached(ns);
    select(scene, ns, false);
    scene.wait_detached(ns);
    scene.wait_no_secret(ns);
  }
}

TEST_CASE("a ServiceAccount that is deleted and made again while it is patched ends up attached", "[integration]") {
  Scene scene(Scene::Begin::kWithOperator, alone());
  scene.make_registry("reborn", scene.spec(scene.make_credential("reborn")));
  const auto ns = scene.make_namespace("reborn", scene.selected());
  const Diary diary(scene);
  scene.wait_attached(ns);
  const auto path = support::service_account_path(ns, "default");
  const Json account = {{"apiVersion", "v1"}, {"kind", "ServiceAccount"}, {"metadata", {{"name", "default"}}}};
  for (int round = 0; round < 25; ++round) {
    scene.admin().remove(path);
    // Sometimes the controller-manager is quicker; both are a new object.
    scene.admin().create("/api/v1/namespaces/" + ns + "/serviceaccounts", account);
    if (round % 5 == 4) scene.wait_attached(ns);
  }
  scene.wait_attached(ns);
  CHECK(support::pull_secret_names(scene.admin(), ns) == std::vector<std::string>{"harbor-pull"});
  scene.wait_counts("reborn", "1/1");
  scene.wait_ready("reborn");
  diary.check_made_once({ns});
}

TEST_CASE("a Secret that is edited by hand is right again every time", "[integration]") {
  Scene scene(Scene::Begin::kWithOperator, alone());
  scene.make_registry("edited", scene.spec(scene.make_credential("edited")));
  const auto ns = scene.make_namespace("edited", scene.selected());
  scene.wait_attached(ns);
  const auto path = support::secret_path(ns, "harbor-pull");
  const std::vector<Json> edits = {
      {{"data", {{".dockerconfigjson", "e30="}}}},                                   // {}
      {{"data", {{".dockerconfigjson", "eyJhdXRocyI6e319"}}}},                       // no entry
      {{"metadata", {{"annotations", {{"harborpull.io/content-hash", nullptr}}}}}},  // how we know it
      {{"data", {{"extra", "eA=="}, {".dockerconfigjson", "e30="}}}}};
  for (int round = 0; round < 12; ++round) {
    const auto& edit = edits[static_cast<std::size_t>(round) % edits.size()];
    CAPTURE(round, edit.dump());
    REQUIRE(scene.admin().merge_patch(path, edit).ok());
    scene.wait_secret(ns, scene.password());
  }
  for (int round = 0; round < 30; ++round) scene.admin().merge_patch(path, edits[0]);
  scene.wait_secret(ns, scene.password());
  for (int round = 0; round < 5; ++round) {
    scene.admin().remove(path);
    scene.wait_secret(ns, scene.password());
  }
  scene.wait_ready("edited");
}
