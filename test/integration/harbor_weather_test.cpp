// Replies that are lost, late, cut short or somebody else's, on every request that making and removing a robot takes:
// at the end there is one robot, and it is the one that is held.
#include "integration/weather_scene.hpp"

using namespace integration;

namespace {

/// A Harbor with a project and an operator beside it.
struct Stage {
  Stage() { harbor.make_project("team-a"); }
  HarborDouble harbor;
  Scene scene;
};

struct Weather {
  std::string name;
  Json fault;
};

const Json kReset = {{"fault", "reset_after"}};
const Json kRefused = {{"fault", "reset_before"}};
const Json kCut = {{"fault", "truncate"}};
const Json kPage = {{"fault", "html_502"}};

Json late(int ms) { return {{"fault", "slow"}, {"ms", ms}}; }

}  // namespace

TEST_CASE("whatever becomes of a request while a robot is made, one is made", "[integration]") {
  const Weather all[] = {
      {"create-lost", on(kReset, "POST", kRobots)},
      {"create-unheard", on(kRefused, "POST", kRobots)},
      {"create-cut", on(kCut, "POST", kRobots)},
      {"create-taken", on(answer_of(409), "POST", kRobots)},
      {"create-500", on(answer_of(500), "POST", kRobots)},
      {"create-503", on(answer_of(503), "POST", kRobots)},
      {"create-page", on(kPage, "POST", kRobots)},
      {"create-lost-twice", on(kReset, "POST", kRobots, 2)},
      {"list-500", on(answer_of(500), "GET", kRobots)},
      {"list-cut", on(kCut, "GET", kRobots)},
      {"list-page", on(kPage, "GET", kRobots)},
      {"project-503", on(answer_of(503), "GET", "/api/v2.0/projects")},
      {"token-500", on(answer_of(500), "GET", "/service/token")},
      {"token-cut", on(kCut, "GET", "/service/token")},
      {"token-lost", on(kReset, "GET", "/service/token", 3)},
      {"gate-page", on(kPage, "GET", "/v2/")},
      {"all-slow", on(late(400), "", "/", 6)},
  };
  Stage stage;
  for (const auto& weather : all) {
    INFO(weather.name);
    stage.harbor.fault(weather.fault);
    auto minted = begin_minted(stage.scene, stage.harbor, weather.name);
    wait_minted(stage.scene, stage.harbor, minted);
    for (const auto& fault : stage.harbor.control("GET", "/faults")) CHECK(fault.at("hits") > 0);
    stage.harbor.forget_faults();
  }
}

TEST_CASE("an answer that does not come in ten seconds is one that was lost", "[integration]") {
  Stage stage;
  auto hanging = Json{{"fault", "hang"}};
  auto slow = late(11'000);
  stage.harbor.fault({on(hanging, "GET", kRobots), on(slow, "POST", kRobots)});
  auto minted = begin_minted(stage.scene, stage.harbor, "late");
  const auto told = stage.scene.wait_condition("late", "RegistryReachable", "False", "RegistryUnreachable");
  CHECK(has(message_of(told, "RegistryReachable"), "list robots"));
  stage.scene.wait_condition("late", "CredentialValid", "False", "RegistryUnreachable");
  wait_minted(stage.scene, stage.harbor, minted, Millis{40'000});
  stage.scene.wait_condition("late", "RegistryReachable", "True", "Reachable");
  CHECK(count_requests(stage.harbor, "POST", kRobots) == 2);  // the first one was made, and deleted as nobody's
}

TEST_CASE("whatever becomes of a request while an old robot is removed, it is gone at the end", "[integration]") {
  const Weather all[] = {
      {"delete-lost", on(kReset, "DELETE", kRobots)},
      {"delete-unheard", on(kRefused, "DELETE", kRobots)},
      {"delete-500", on(answer_of(500), "DELETE", kRobots)},
      {"delete-page", on(kPage, "DELETE", kRobots)},
      {"delete-elsewhere", on(answer_of(404), "DELETE", kRobots)},  // not in the words that mean that it is gone
      {"delete-refused", on(answer_of(403), "DELETE", kRobots)},
  };
  Stage stage;
  for (const auto& weather : all) {
    INFO(weather.name);
    auto minted = settle_minted(stage.scene, stage.harbor, weather.name);
    stage.harbor.fault(weather.fault);
    ask_rotation(stage.scene, weather.name, "now");
    wait_replaced(stage.scene, stage.harbor, minted);
    eventually("the old robot's deletion was tried", kSoon,
               [&] { return stage.harbor.control("GET", "/faults").at(0).at("hits") == 1; });
    const auto registry = stage.scene.registry(weather.name);  // it is in nobody's way
    CHECK(support::condition(registry, "Ready").at("status") == "True");
    CHECK(support::condition(registry, "CredentialValid").at("reason") == "Verified");
    wait_minted(stage.scene, stage.harbor, minted);
    stage.harbor.forget_faults();
  }
}

TEST_CASE("what keeps a first robot from being made is told, and over when it is over", "[integration]") {
  struct Case {
    std::string name;
    Json fault;
    std::string reason;
    std::string words;
  };
  const Case all[] = {
      {"first-500", on(answer_of(500), "POST", kRobots, -1), "RegistryUnreachable", "500"},
      {"first-page", on(kPage, "GET", kRobots, -1), "RegistryUnreachable", "502"},
      {"first-taken", on(answer_of(409), "POST", kRobots, -1), "RotationFailed", "409"},
      {"first-token", on(answer_of(503), "GET", "/service/token", -1), "RegistryUnreachable", "503"},
  };
  Stage stage;
  for (const auto& one : all) {
    INFO(one.name);
    stage.harbor.fault(one.fault);
    auto minted = begin_minted(stage.scene, stage.harbor, one.name);
    const auto told = stage.scene.wait_condition(one.name, "CredentialValid", "False", one.reason);
    CHECK(has(message_of(told, "CredentialValid"), one.words));
    CHECK(support::condition(told, "Ready").at("reason") == one.reason);
    CHECK_FALSE(has_secret(stage.scene, minted.ns));
    stage.harbor.forget_faults();
    ask_verification(stage.scene, one.name, "now");
    wait_minted(stage.scene, stage.harbor, minted);
  }
}

TEST_CASE("a rotation that fails leaves what works where it is, says so, and is made good", "[integration]") {
  Stage stage;
  auto minted = settle_minted(stage.scene, stage.harbor, "stuck");
  stage.harbor.fault(on(answer_of(500), "POST", kRobots, -1));
  ask_rotation(stage.scene, "stuck", "one");
  auto told = stage.scene.wait_condition("stuck", "CredentialValid", "True", "RotationFailed");
  CHECK(support::condition(told, "Ready").at("status") == "True");
  CHECK(has(message_of(told, "Ready"), "RotationFailed"));
  CHECK(has(message_of(told, "CredentialValid"), minted.login.user + " works"));
  CHECK(stage.scene.wait_event("HarborRegistry", "", "stuck", "RotationFailed").at("type") == "Warning");
  CHECK(held_login(stage.scene, stage.harbor, minted.ns).password == minted.login.password);

  stage.harbor.forget_faults();
  stage.harbor.set_read_only(true);
  eventually("the condition says why it fails now", kSoon, [&]() -> Seen {
    const auto text = message_of(stage.scene.registry("stuck"), "CredentialValid");
    return {has(text, "read-only mode"), text};
  });
  stage.harbor.set_read_only(false);
  ask_verification(stage.scene, "stuck", "now");
  wait_replaced(stage.scene, stage.harbor, minted);
  wait_minted(stage.scene, stage.harbor, minted);
  CHECK(stage.scene.wait_event("HarborRegistry", "", "stuck", "Rotated").at("type") == "Normal");
}

TEST_CASE("a Harbor that hangs blocks nobody but its own registry", "[integration]") {
  const HarborDouble other;  // outlives the scene
  Stage stage;
  other.make_project("team-a");
  auto minted = settle_minted(stage.scene, stage.harbor, "hanging");
  stage.harbor.fault(on({{"fault", "hang"}}, "", "/", -1));
  stage.scene.wait_condition("hanging", "RegistryReachable", "False", "RegistryUnreachable", Millis{30'000});
  auto beside = settle_minted(stage.scene, other, "beside");
  CHECK(support::condition(stage.scene.wait_ready("hanging"), "CredentialValid").at("status") == "Unknown");
  stage.harbor.forget_faults();
  ask_verification(stage.scene, "hanging", "now");
  stage.scene.wait_condition("hanging", "CredentialValid", "True", "Verified", Millis{30'000});
  wait_minted(stage.scene, stage.harbor, minted);
}
