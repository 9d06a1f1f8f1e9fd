// A robot from nothing to its end: minted, proved, distributed, rotated, removed.
#include "integration/harbor_scene.hpp"

using namespace integration;

namespace {

/// Logins of the robots at Harbor.
std::vector<std::string> logins(const HarborDouble& harbor) {
  std::vector<std::string> names;
  for (const auto& robot : harbor.robots()) names.push_back(robot.at("name").get<std::string>());
  return names;
}

}  // namespace

TEST_CASE("one robot is made, proved, given to every namespace, rotated and removed with its registry",
          "[integration]") {
  const HarborDouble harbor({.with_registry = true});
  harbor.make_project("team-a");
  harbor.push_image("team-a/app:v1");
  Scene scene;
  const auto first = scene.make_namespace("robots", scene.selected());
  const auto second = scene.make_namespace("robots", scene.selected());
  scene.make_registry("minted", robot_spec(scene, harbor, make_account(scene, "minted-admin", HarborDouble::admin())));
  scene.wait_counts("minted", "2/2");
  const auto ready = scene.wait_ready("minted");
  CHECK(support::condition(ready, "CredentialValid").at("reason") == "Verified");
  CHECK(support::condition(ready, "RegistryReachable").at("status") == "True");
  const auto before = held_login(scene, harbor, first);
  CHECK(logins(harbor) == std::vector<std::string>{before.user});
  CHECK(ready.at("status").at("credential").at("robot") == before.user);
  CHECK(pull_as(scene, harbor, second, "team-a/app:v1").ok);

  ask_rotation(scene, "minted", "now");
  eventually("both namespaces hold another robot", kSoon, [&] {
    return held_login(scene, harbor, first).user != before.user &&
           held_login(scene, harbor, second).user != before.user;
  });
  CHECK(harbor.pull(before.user, before.password, "team-a/app:v1").ok);  // the overlap
  CHECK(pull_as(scene, harbor, first, "team-a/app:v1").ok);
  eventually("the old robot is gone", kSoon, [&] { return logins(harbor).size() == 1; });
  CHECK(logins(harbor).front() == held_login(scene, harbor, first).user);

  scene.admin().remove(support::registry_path("minted")).require();
  eventually("the HarborRegistry is gone", kSoon,
             [&] { return scene.admin().get(support::registry_path("minted")).status == 404; });
  CHECK(harbor.robots().empty());
}
