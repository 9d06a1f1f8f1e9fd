#include "plan/robot_state.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "unit/plan/random_world.hpp"

namespace {

using nlohmann::json;
using plan::RobotGeneration;
using plan::RobotPhase;
using plan::RobotState;

/// A name as the API server takes it for a HarborRegistry: labels of letters, digits and hyphens, joined by dots.
std::string random_registry(sim::Dice& dice) {
  static const std::string kEnds = "abcxyz0189";
  static const std::string kMiddles = kEnds + "---..";
  std::string name;
  const auto size = 1 + dice.below(dice.chance(10) ? 253 : 60);
  for (std::size_t i = 0; i < size; ++i) {
    const bool after_dot = !name.empty() && name.back() == '.';
    const bool edge = name.empty() || after_dot || i + 1 == size;
    char c = edge ? kEnds[dice.below(kEnds.size())] : kMiddles[dice.below(kMiddles.size())];
    if (c == '.' && name.back() == '-') c = '-';
    name += c;
  }
  return name;
}

RobotState state() {
  RobotGeneration current;
  current.generation = 2;
  current.name = "harbor-pull-prod-0123456789-g2";
  current.endpoint = "https://h.example";
  current.projects = {"library", "team"};
  current.phase = RobotPhase::kCurrent;
  current.id = 17;
  current.login = "robot$harbor-pull-prod-0123456789-g2";
  current.secret = base::SecretString("Canary\"\\/\xC3\xA4");
  current.created_at = 1795000000;
  current.expires_at = 1797592000;
  RobotGeneration retiring;
  retiring.generation = 1;
  retiring.phase = RobotPhase::kRetiring;
  retiring.unused_since = 1795000123;
  RobotState made;
  made.identity = {"prod", "team-a"};
  made.admin = "harbor-admin";
  made.last_generation = 3;
  made.handled_rotate_at = "2026-11-23T10:00:00Z";
  made.overlap = 86400;
  made.robots = {retiring, current, {.generation = 3, .phase = RobotPhase::kIntended}};
  return made;
}

}  // namespace

TEST_CASE("whatever a registry is called, its robots have names that Harbor and Kubernetes take", "[plan]") {
  const std::regex harbor("[a-z0-9]+(?:[._-][a-z0-9]+)*");
  const std::regex kubernetes("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");
  const std::regex form("harbor-pull-([a-z0-9-]+-)?[0-9a-f]{10}");
  sim::Dice dice(1);
  std::vector<std::string> registries{
      "a", "-", "...", "A_B", "x--y..z", std::string(253, 'a'), std::string(39, 'a') + "-b", ""};
  for (int i = 0; i < 3000; ++i) registries.push_back(random_registry(dice));
  for (const auto& registry : registries) {
    const auto base = plan::robot_base_name("cluster", {registry, dice.chance(50) ? "team-a" : ""});
    INFO(registry << " gives " << base);
    REQUIRE(base.size() <= 64);
    REQUIRE(std::regex_match(base, form));
    for (const auto& name : {base, plan::robot_name(base, 1), plan::robot_name(base, 2147483647)}) {
      REQUIRE(std::regex_match(name, harbor));
      REQUIRE(std::regex_match(name, kubernetes));
      REQUIRE(name.size() <= 100);  // Harbor keeps 255 characters with a project before it
    }
  }
}

TEST_CASE("cluster, registry and namespace each make another name", "[plan]") {
  const std::string longest(200, 'r');
  const std::vector<std::pair<std::string, plan::RobotIdentity>> all{
      {"c1", {"prod", ""}},       {"c2", {"prod", ""}},        {"c1", {"prod", "team-a"}},
      {"c1", {"prod", "team-b"}}, {"c1", {"prod-team-a", ""}}, {"c1", {"prod.x", ""}},
      {"c1", {"prod-x", ""}},     {"c1", {longest + "a", ""}}, {"c1", {longest + "b", ""}}};
  std::set<std::string> names;
  for (const auto& [cluster, identity] : all) {
    names.insert(plan::robot_base_name(cluster, identity));
    REQUIRE(plan::robot_base_name(cluster, identity) == plan::robot_base_name(cluster, identity));
  }
  REQUIRE(names.size() == all.size());
}

TEST_CASE("a robot's name tells its registry to people", "[plan]") {
  REQUIRE(plan::robot_base_name("c", {"prod.example", ""}).starts_with("harbor-pull-prod-example-"));
}

TEST_CASE("the generation is read back from a name of that base and from no other", "[plan]") {
  const auto base = plan::robot_base_name("c", {"prod", ""});
  for (const int generation : {1, 9, 10, 4711, 2147483647}) {
    REQUIRE(plan::generation_of(plan::robot_name(base, generation), base) == generation);
  }
  const std::vector<std::string> others{"",
                                        base,
                                        base + "-g",
                                        base + "-g0",
                                        base + "-g-1",
                                        base + "-g+1",
                                        base + "-g 1",
                                        base + "-g1 ",
                                        base + "-g1x",
                                        base + "-g1-g2",
                                        base + "-h1",
                                        base + "1",
                                        base + "-g2147483648",
                                        base + "-g99999999999999999999",
                                        "x" + base + "-g1",
                                        "team+" + base + "-g1",
                                        plan::robot_name(plan::robot_base_name("c", {"prod", "team-a"}), 1)};
  for (const auto& name : others) {
    INFO(name);
    REQUIRE(plan::generation_of(name, base) == 0);
  }
}

TEST_CASE("of two names for one generation only the one that we give counts", "[plan]") {
  const auto base = plan::robot_base_name("c", {"prod", ""});
  REQUIRE(plan::generation_of(base + "-g1", base) == 1);
  REQUIRE(plan::generation_of(base + "-g01", base) == 0);
}

TEST_CASE("a registry whose name looks like another's robot is not taken for it", "[plan]") {
  const auto base = plan::robot_base_name("c", {"x", ""});
  const auto digits = base.substr(base.size() - 10);
  const auto other = plan::robot_base_name("c", {"x-" + digits + "-g1", ""});
  REQUIRE(other.starts_with(base + "-g1-"));
  REQUIRE(plan::generation_of(other, base) == 0);
  REQUIRE(plan::generation_of(plan::robot_name(other, 2), base) == 0);
}

TEST_CASE("a robot is found by its generation and the newest by its phase", "[plan]") {
  auto made = state();
  REQUIRE(made.find(2) == &made.robots[1]);
  REQUIRE(std::as_const(made).find(3) == &made.robots[2]);
  REQUIRE(made.find(4) == nullptr);
  REQUIRE(made.newest(RobotPhase::kCurrent) == &made.robots[1]);
  REQUIRE(made.newest(RobotPhase::kMinted) == nullptr);
  made.robots[2].phase = RobotPhase::kCurrent;
  REQUIRE(made.newest(RobotPhase::kCurrent) == &made.robots[2]);
}

TEST_CASE("only a robot without id and secret was never used", "[plan]") {
  RobotGeneration robot;
  REQUIRE(robot.never_used());
  robot.id = 1;
  REQUIRE_FALSE(robot.never_used());
  robot.secret = base::SecretString("s");
  REQUIRE_FALSE(robot.never_used());
  robot.id = 0;
  REQUIRE_FALSE(robot.never_used());
}

TEST_CASE("a robot's credential is its login with its secret", "[plan]") {
  const auto robot = state().robots[1];
  const plan::Credential expected{base::SecretString("robot$harbor-pull-prod-0123456789-g2"),
                                  base::SecretString("Canary\"\\/\xC3\xA4")};
  REQUIRE((robot.credential() == expected));
}

TEST_CASE("a state is read back as it was rendered", "[plan]") {
  auto made = state();
  SECTION("with robots of several phases") {}
  SECTION("with a robot whose secret is stored") { made.robots[2].phase = RobotPhase::kMinted; }
  SECTION("without robots") { made.robots.clear(); }
  SECTION("empty") { made = {}; }
  const auto read = plan::parse_robot_state(plan::render_robot_state(made).reveal());
  REQUIRE(read.has_value());
  REQUIRE((*read == made));
}

TEST_CASE("the same state gives the same bytes", "[plan]") {
  REQUIRE((plan::render_robot_state(state()) == plan::render_robot_state(state())));
}

TEST_CASE("every key of a state is needed, and a refusal quotes nothing of it", "[plan]") {
  const auto good = json::parse(plan::render_robot_state(state()).reveal());
  std::vector<std::string> bad{"",       "null",       "[]",         "{}", "7", "{\"secret\":\"Canary\"",
                               "Canary", "\"Canary\"", "\xFF Canary"};
  for (const auto& [key, value] : good.items()) {
    auto without = good;
    without.erase(key);
    bad.push_back(without.dump());
    auto other = good;
    other[key] = json{{"Canary", "Canary"}};
    bad.push_back(other.dump());
  }
  for (const auto& [key, value] : good["robots"][1].items()) {
    auto without = good;
    without["robots"][1].erase(key);
    bad.push_back(without.dump());
    auto other = good;
    other["robots"][1][key] = json{{"Canary", "Canary"}};
    bad.push_back(other.dump());
  }
  auto phase = good;
  phase["robots"][1]["phase"] = "Canary";
  bad.push_back(phase.dump());
  for (const auto& text : bad) {
    INFO(text);
    const auto read = plan::parse_robot_state(text);
    REQUIRE_FALSE(read.has_value());
    REQUIRE(read.error().kind == base::ErrorKind::kInvalid);
    REQUIRE_FALSE(read.error().message.empty());
    REQUIRE_THAT(read.error().message, !Catch::Matchers::Contains("Canary"));
    REQUIRE_THAT(read.error().message, !Catch::Matchers::Contains("0123456789"));
  }
}

TEST_CASE("a state without a list of robots is refused, as they would be lost", "[plan]") {
  auto object = json::parse(plan::render_robot_state(state()).reveal());
  object["robots"] = GENERATE(json(nullptr), json::object(), json("x"));
  REQUIRE_FALSE(plan::parse_robot_state(object.dump()).has_value());
}
