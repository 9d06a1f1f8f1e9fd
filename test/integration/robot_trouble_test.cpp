// Robots that something happens to at Harbor, and accounts that may not make them: what is told, and how it ends well.
#include <set>

#include "base/clock.hpp"
#include "integration/weather_scene.hpp"

using namespace integration;

namespace {

struct Stage {
  Stage() { harbor.make_project("team-a"); }
  HarborDouble harbor;
  Scene scene;
};

void change_secret(const HarborDouble& harbor, std::int64_t id) {
  harbor
      .api(HarborDouble::admin(), "PATCH", std::string(kRobots) + "/" + std::to_string(id),
           {{"secret", "Another-Secret-1"}})
      .require();
}

/// Deletes the project with all that is in it, as Harbor does.
void remove_project(const HarborDouble& harbor, const std::string& name) {
  harbor.api(HarborDouble::admin(), "DELETE", "/api/v2.0/projects/" + name).require();
}

constexpr const char* kOwnSecrets = "/api/v1/namespaces/harbor-pull-system/secrets";

/// The name of the registry's state Secret, which is also what its robots' names begin with.
std::string state_of(const Scene& scene, const std::string& registry) {
  std::string name;
  eventually("the state of " + registry + " is there", kSoon, [&] {
    for (const auto& secret : scene.admin().list(kOwnSecrets)) {
      if (secret.value("type", "") != "harborpull.io/robot-state") continue;
      if (secret.at("metadata").at("annotations").value("harborpull.io/registry", "") != registry) continue;
      name = secret.at("metadata").at("name").get<std::string>();
    }
    return !name.empty();
  });
  return name;
}

std::set<std::string> names(const HarborDouble& harbor) {
  std::set<std::string> found;
  for (const auto& robot : harbor.robots()) found.insert(robot.at("name").get<std::string>());
  return found;
}

}  // namespace

TEST_CASE("a robot that Harbor does not take any more is replaced", "[integration]") {
  struct Case {
    std::string name;
    std::function<void(const HarborDouble&, const Json&)> spoil;
  };
  const Case all[] = {
      {"disabled",
       [](const auto& harbor, const auto& robot) {
         harbor.change_robot(robot.at("id"), {{"disabled", true}});
       }},
      {"expired",
       [](const auto& harbor, const auto& robot) {
         harbor.change_robot(robot.at("id"), {{"expires_at", 1'000'000}});
       }},
      {"deleted",
       [](const auto& harbor, const auto& robot) {
         harbor.control("DELETE", "/robots/" + std::to_string(robot.at("id").template get<std::int64_t>()));
       }},
      {"changed", [](const auto& harbor, const auto& robot) { change_secret(harbor, robot.at("id")); }},
      {"stripped",
       [](const auto& harbor, const auto& robot) {
         harbor.make_project("elsewhere");
         const auto pull = Json::array({{{"resource", "repository"}, {"action", "pull"}}});
         const auto there = Json::array({{{"kind", "project"}, {"namespace", "elsewhere"}, {"access", pull}}});
         harbor.change_robot(robot.at("id"), {{"permissions", there}});
       }},
  };
  Stage stage;
  for (const auto& one : all) {
    INFO(one.name);
    const bool within_interval = one.name == "disabled";
    auto minted = settle_minted(stage.scene, stage.harbor, one.name,
                                [&](Json& spec) { spec["interval"] = within_interval ? "5s" : "1h"; });
    one.spoil(stage.harbor, only_robot(stage.harbor, one.name));
    if (!within_interval) ask_verification(stage.scene, one.name, "now");
    wait_replaced(stage.scene, stage.harbor, minted);
    const auto event = stage.scene.wait_event("HarborRegistry", "", one.name, "Rotated");
    CHECK(has(event.at("note").get<std::string>(), minted.login.user));
    if (one.name != "stripped") wait_minted(stage.scene, stage.harbor, minted);
  }
}

TEST_CASE("while a dead robot cannot be replaced the condition says why, and what is held stays", "[integration]") {
  Stage stage;
  auto minted = settle_minted(stage.scene, stage.harbor, "dead");
  stage.harbor.set_read_only(true);
  stage.harbor.change_robot(only_robot(stage.harbor, "dead").at("id"), {{"disabled", true}});
  const auto told = stage.scene.wait_condition("dead", "CredentialValid", "False", "PermissionDenied");
  CHECK(has(message_of(told, "CredentialValid"), "read-only mode"));
  CHECK(has(message_of(told, "CredentialValid"), minted.login.user));
  CHECK(support::condition(told, "Ready").at("status") == "False");
  CHECK(held_login(stage.scene, stage.harbor, minted.ns).password == minted.login.password);
  stage.harbor.set_read_only(false);
  ask_verification(stage.scene, "dead", "now");
  wait_replaced(stage.scene, stage.harbor, minted);
  wait_minted(stage.scene, stage.harbor, minted);
}

TEST_CASE("a reply that is lost while it is found out why a robot is refused costs no interval", "[integration]") {
  Stage stage;
  auto minted = settle_minted(stage.scene, stage.harbor, "unlucky", [](Json& spec) { spec["interval"] = "1h"; });
  stage.harbor.change_robot(only_robot(stage.harbor, "unlucky").at("id"), {{"disabled", true}});
  stage.harbor.fault(on(answer_of(500), "GET", kRobots));
  ask_verification(stage.scene, "unlucky", "now");
  wait_replaced(stage.scene, stage.harbor, minted);
  wait_minted(stage.scene, stage.harbor, minted);
}

TEST_CASE("another prefix for robots is followed without another robot", "[integration]") {
  Stage stage;
  auto minted = settle_minted(stage.scene, stage.harbor, "renamed");
  const auto before = only_robot(stage.harbor, "renamed");
  stage.harbor.set_prefix("bot-");
  wait_replaced(stage.scene, stage.harbor, minted);
  const auto old = minted.login;
  wait_minted(stage.scene, stage.harbor, minted);
  CHECK(minted.login.user.rfind("bot-", 0) == 0);
  CHECK(minted.login.password == old.password);
  CHECK(only_robot(stage.harbor, "renamed").at("id") == before.at("id"));
  ask_rotation(stage.scene, "renamed", "now");
  wait_replaced(stage.scene, stage.harbor, minted);
  wait_minted(stage.scene, stage.harbor, minted);
}

TEST_CASE("a project that is deleted and made again has its robot again", "[integration]") {
  Stage stage;
  auto minted = settle_minted(stage.scene, stage.harbor, "project");
  remove_project(stage.harbor, "team-a");
  const auto told = stage.scene.wait_condition("project", "CredentialValid", "False", "ProjectNotFound");
  CHECK(has(message_of(told, "CredentialValid"), "no project team-a"));
  CHECK(held_login(stage.scene, stage.harbor, minted.ns).password == minted.login.password);
  stage.harbor.make_project("team-a");
  ask_verification(stage.scene, "project", "now");
  wait_replaced(stage.scene, stage.harbor, minted);
  wait_minted(stage.scene, stage.harbor, minted);
}

TEST_CASE("an hour between the clocks harms no robot", "[integration]") {
  Stage stage;
  const auto hours = GENERATE(1, -1);
  auto minted = settle_minted(stage.scene, stage.harbor, "clock", [](Json& spec) {
    spec["credential"]["robot"]["lifetimeDays"] = 1;
    spec["credential"]["robot"]["renewBefore"] = "1h";
  });
  stage.harbor.set_clock(std::chrono::hours{hours});
  stage.scene.wait_condition("clock", "RegistryReachable", "True", "ClockSkew");
  stage.scene.wait_ready("clock");
  CHECK(held_login(stage.scene, stage.harbor, minted.ns).user == minted.login.user);  // nothing was due
  ask_rotation(stage.scene, "clock", "now");
  wait_replaced(stage.scene, stage.harbor, minted);
  wait_minted(stage.scene, stage.harbor, minted);
  const auto next = base::parse_rfc3339(
      stage.scene.registry("clock").at("status").at("credential").at("nextRotation").get<std::string>());
  REQUIRE(next);
  // By Harbor's clock, which is what its expiry is reckoned by: 23 hours from now there.
  const auto expected = std::chrono::system_clock::now() + std::chrono::hours{23 + hours};
  CHECK(std::chrono::abs(*next - expected) < std::chrono::minutes{10});
}

TEST_CASE("robots that only look like ours are never touched", "[integration]") {
  const HarborDouble harbor;  // without the project: the registry waits, and its name is known
  Scene scene;
  auto minted = begin_minted(scene, harbor, "alike");
  scene.wait_condition("alike", "CredentialValid", "False", "ProjectNotFound");
  const auto base = state_of(scene, "alike");
  harbor.make_project("team-a");
  harbor.make_project("team-b");
  std::set<std::string> others;
  for (const auto* name : {"-g1-old", "-g01", "-g1x", "-backup"}) {
    others.insert(make_puller(harbor, "team-a", base + name).at("name"));
  }
  for (const auto* name : {"-g1", "-g2"}) {
    others.insert(make_puller(harbor, "team-a", "x-" + base + name).at("name"));
    others.insert(make_puller(harbor, "team-b", base + name).at("name"));
  }
  const auto wait_one_more = [&] {
    eventually("there is one robot beside those", kSoon, [&]() -> Seen {
      const auto found = names(harbor);
      return {found.size() == others.size() + 1, Json(found).dump()};
    });
    auto found = names(harbor);
    found.erase(held_login(scene, harbor, minted.ns).user);
    CHECK(found == others);
  };
  ask_verification(scene, "alike", "now");
  scene.wait_ready("alike");
  wait_one_more();
  minted.login = held_login(scene, harbor, minted.ns);
  ask_rotation(scene, "alike", "now");
  wait_replaced(scene, harbor, minted);
  wait_one_more();
  scene.admin().remove(support::registry_path("alike")).require();
  eventually("the registry is gone", kSoon,
             [&] { return scene.admin().get(support::registry_path("alike")).status == 404; });
  CHECK(names(harbor) == others);
}

TEST_CASE("a state that was deleted by hand costs no pull: the robot of before goes after its overlap",
          "[integration]") {
  Stage stage;
  auto minted = settle_minted(stage.scene, stage.harbor, "lost",
                              [](Json& spec) { spec["credential"]["robot"]["overlap"] = "6s"; });
  const auto old = only_robot(stage.harbor, "lost");
  const auto same = [&](const Json& robot) {
    return robot.at("id") == old.at("id") && robot.at("name") == old.at("name");
  };
  stage.scene.admin().remove(std::string(kOwnSecrets) + "/" + state_of(stage.scene, "lost")).require();
  wait_replaced(stage.scene, stage.harbor, minted);
  const auto both = robots_named(stage.harbor, "harbor-pull-lost-");
  REQUIRE(both.size() == 2);
  const bool kept = std::any_of(both.begin(), both.end(), same);
  CHECK(kept);
  wait_minted(stage.scene, stage.harbor, minted);
  CHECK(only_robot(stage.harbor, "lost").at("id") != old.at("id"));
}
