// The operator dies at any moment and starts again: the same end, by way of no detour.
#include <random>
#include <thread>

#include "integration/diary.hpp"

using namespace integration;

namespace {

constexpr int kRounds = 6;
constexpr int kNamespaces = 40;

/// Kills the operator within the first moments of its work on what was just made.
void crash(Scene& scene, std::minstd_rand& random) {
  const Millis moment{std::uniform_int_distribution<int>{0, 250}(random)};
  std::this_thread::sleep_for(moment);  // the one sleep that is the test: any moment will do
  scene.kill_operator();
}

std::uint64_t version(const support::Event& event) {
  return std::stoull(event.object.at("metadata").at("resourceVersion").get<std::string>());
}

bool refers(const Json& account) {
  for (const auto& reference : account.value("imagePullSecrets", Json::array())) {
    if (reference.at("name") == "harbor-pull") return true;
  }
  return false;
}

/// By etcd's revisions: in every namespace the last reference was gone before the Secret.
void check_order(const support::Watcher& accounts, const support::Watcher& secrets,
                 const std::vector<std::string>& namespaces) {
  for (const auto& ns : namespaces) {
    INFO(ns);
    const auto gone =
        secrets.find(kSoon, [&](const auto& event) { return event.ns() == ns && event.type == "DELETED"; });
    REQUIRE(gone);
    const auto freed = accounts.find(kSoon, [&](const auto& event) {
      return event.ns() == ns && event.name() == "default" && event.type == "MODIFIED" && !refers(event.object);
    });
    REQUIRE(freed);
    CHECK(version(*freed) < version(*gone));
  }
}

bool deleted(const support::Event& event) { return event.type == "DELETED"; }

/// Whether the clean-up has still something to do.
bool any_secret(const Scene& scene, const std::vector<std::string>& namespaces) {
  return std::any_of(namespaces.begin(), namespaces.end(), [&](const auto& ns) {
    return scene.admin().get(support::secret_path(ns, "harbor-pull")).status == 200;
  });
}

/// By etcd's revisions: the HarborRegistry kept its finalizer until the last Secret was gone, whenever the kills came.
void check_registry_last(const support::Watcher& registries, const support::Watcher& secrets, std::size_t before) {
  const auto gone = registries.find(kSoon, [](const auto& event) { return deleted(event) && event.name() == "leave"; });
  REQUIRE(gone);
  for (const auto& event : secrets.events(before)) {
    if (deleted(event)) CHECK(version(event) < version(*gone));
  }
}

}  // namespace

TEST_CASE("an operator killed at random moments leaves no trace of it", "[integration]") {
  Scene scene(Scene::Begin::kWithoutOperator);
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::minstd_rand random(seed);
  scene.make_registry("crash", scene.spec(scene.make_credential("crash")));
  const Diary diary(scene);
  std::vector<std::string> namespaces;
  for (int round = 0; round < kRounds; ++round) {
    scene.start_operator(alone());
    const auto until = static_cast<std::size_t>(kNamespaces * (round + 1) / kRounds);
    while (namespaces.size() < until) namespaces.push_back(scene.make_namespace("burst", scene.selected()));
    crash(scene, random);
  }
  scene.start_operator(alone());
  scene.wait_counts("crash", "40/40");
  scene.wait_ready("crash");
  for (const auto& ns : namespaces) {
    scene.wait_secret(ns, scene.password());
    CHECK(support::pull_secret_names(scene.admin(), ns) == std::vector<std::string>{"harbor-pull"});
  }
  diary.check_made_once(namespaces);

  scene.admin().remove(support::registry_path("crash")).require();
  for (const auto& ns : namespaces) {
    scene.wait_no_secret(ns);
    scene.wait_detached(ns);
  }
  for (const auto& [ns, uids] : diary.uids()) {
    INFO("an orphan in " << ns);
    CHECK(uids.size() == 1);
    CHECK(scene.admin().get(support::secret_path(ns, "harbor-pull")).status == 404);
  }
}

TEST_CASE("an operator killed while it clears up goes on after its start, in order", "[integration]") {
  auto options = alone();
  options.args.insert(options.args.end(), {"--workers", "1"});  // slow enough to be met in the middle
  Scene scene(Scene::Begin::kWithOperator, options);
  scene.make_registry("leave", scene.spec(scene.make_credential("leave")));
  std::vector<std::string> namespaces;
  while (namespaces.size() < 30) namespaces.push_back(scene.make_namespace("leave", scene.selected()));
  scene.wait_counts("leave", "30/30");
  const support::Watcher accounts(scene.admin(), "/api/v1/serviceaccounts");
  const support::Watcher secrets(scene.admin(), "/api/v1/secrets?fieldSelector=metadata.name%3Dharbor-pull");
  const support::Watcher registries(scene.admin(), "/apis/harborpull.io/v1alpha1/harborregistries");
  const auto before = secrets.count();
  scene.admin().remove(support::registry_path("leave")).require();
  int interrupted = 0;
  for (std::size_t enough : {1U, 10U, 18U}) {
    REQUIRE(secrets.wait_for_count(enough, kSoon, deleted, before));
    scene.kill_operator();
    interrupted += any_secret(scene, namespaces) ? 1 : 0;
    scene.start_operator(options);
  }
  CHECK(interrupted > 0);
  eventually("the HarborRegistry is gone", kSoon,
             [&] { return scene.admin().get(support::registry_path("leave")).status == 404; });
  for (const auto& ns : namespaces) {
    CHECK(scene.admin().get(support::secret_path(ns, "harbor-pull")).status == 404);
    CHECK(support::pull_secret_names(scene.admin(), ns).empty());
  }
  check_order(accounts, secrets, namespaces);
  check_registry_last(registries, secrets, before);
}
