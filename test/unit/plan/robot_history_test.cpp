// What must hold whatever happens to robots, their state and the process that cares for them, tried on thousands of
// histories.
#include <catch2/catch.hpp>

#include "unit/plan/robot_world.hpp"

namespace {

using sim::RobotWorld;

constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kDay = 24 * kHour;
const std::string kOne = "https://one.example";
const std::string kTwo = "https://two.example";

plan::RobotWish wish_of(std::vector<std::string> projects = {"library"}) {
  plan::RobotWish wish;
  wish.projects = std::move(projects);
  wish.overlap = kDay;
  return wish;
}

void happen_to_wish(RobotWorld& world) {
  auto& dice = world.dice;
  if (!world.wish || dice.chance(25)) {
    if (world.wish) return world.withdraw(dice.chance(40));
    return world.want(dice.chance(60) ? world.former : wish_of());
  }
  switch (dice.below(4)) {
    case 0: world.wish->projects = {dice.chance(50) ? "library" : "team"}; return world.note("other projects");
    case 1: world.wish->overlap = dice.pick<std::int64_t>({0, kHour, kDay}); return world.note("another overlap");
    case 2: world.wish->lifetime_days = dice.pick<int>({-1, 7, 30}); return world.note("another lifetime");
    default: return world.ask_rotation();
  }
}

void happen(RobotWorld& world) {
  auto& dice = world.dice;
  const std::string ns = dice.pick<std::string>({"a", "b", "c"});
  switch (dice.below(12)) {
    case 0:
    case 1: return happen_to_wish(world);
    case 2: return world.delete_outside(world.endpoint, dice.below(3));
    case 3:
      if (dice.chance(30)) world.expire_all();
      return;
    case 4: world.endpoint = dice.chance(60) ? kOne : kTwo; return world.note("the endpoint is " + world.endpoint);
    case 5: return world.move_clock(dice.pick<std::int64_t>({-kHour, 60, kHour, kDay, 12 * kDay}));
    case 6:
      world.pulls[ns].selected = dice.chance(70);
      return world.note(ns + (world.pulls[ns].selected ? " is selected" : " is not selected"));
    default: static_cast<void>(world.publish(ns)); return;
  }
}

RobotWorld settled_world() {
  RobotWorld world(1);
  world.wish = wish_of();
  world.settle();
  return world;
}

void require_rest(RobotWorld& world) {
  world.settle();
  world.judge_rest();
  INFO(world.story());
  REQUIRE(world.wrongs.empty());
}

/// One of the things that ask for exactly one more generation.
void ask_for_another(RobotWorld& world, int event) {
  const auto& current = *world.state()->newest(plan::RobotPhase::kCurrent);
  switch (world.dice.below(4)) {
    case 0: return world.ask_rotation();
    case 1: world.wish->projects = {"p" + std::to_string(event)}; return world.note("other projects");
    case 2: return world.delete_outside(kOne, 0);
    default: break;
  }
  const auto due = *plan::renewal_of(current, *world.wish) - world.harbor_ahead;
  world.move_clock(due - 1 - world.now);
  const auto weather = std::exchange(world.weather, {});
  REQUIRE_FALSE(world.run());
  world.weather = weather;
  world.move_clock(1);
}

}  // namespace

TEST_CASE("whatever happens to robots, it ends with the one that is wanted, or none", "[plan]") {
  int longest = 0;
  for (std::uint32_t seed = 1; seed <= 4000; ++seed) {
    RobotWorld world(seed);
    world.wish = wish_of();
    world.harbor_ahead = world.dice.pick<std::int64_t>({-600, 0, 600});
    world.meanwhile = [&world] { happen(world); };
    world.weather = {world.dice.below(20), world.dice.below(20), world.dice.below(30)};
    const auto turns = 20 + world.dice.below(60);
    for (std::size_t turn = 0; turn < turns; ++turn) {
      if (world.dice.chance(40)) happen(world);
      world.run();
    }
    world.note("-- and nothing more happens");
    world.settle();
    world.judge_rest();
    longest = std::max(longest, world.longest_settling);
    INFO("seed " << seed << world.story());
    REQUIRE(world.wrongs.empty());
  }
  INFO(longest << " runs");
  REQUIRE(longest <= 20);
}

TEST_CASE("while robots are renewed no faster than the overlap, never more than two can pull", "[plan]") {
  for (std::uint32_t seed = 1; seed <= 400; ++seed) {
    RobotWorld world(seed);
    world.wish = wish_of();
    world.weather = {world.dice.below(30), world.dice.below(30), 0};
    world.harbor_ahead = world.dice.pick<std::int64_t>({-600, 0, 600});
    world.settle();
    for (int event = 1; event <= 6; ++event) {
      ask_for_another(world, event);
      for (int turn = 0; turn < 30; ++turn) {
        world.run();
        world.publish(world.dice.pick<std::string>({"a", "b", "c"}));
      }
      world.settle();
      world.judge_rest();
      INFO("seed " << seed << world.story());
      REQUIRE(world.wrongs.empty());
      REQUIRE(world.state()->last_generation == event + 1);
      REQUIRE(world.most_usable <= 2);
    }
  }
}

TEST_CASE("a robot whose creation was never answered is made again under its name", "[plan]") {
  auto world = settled_world();
  world.ask_rotation();
  world.run();
  world.break_after = "create";
  world.run();
  REQUIRE(world.harbors[kOne].size() == 2);
  const auto orphan = world.harbors[kOne][1];
  world.run();
  REQUIRE(world.harbors[kOne].size() == 2);
  REQUIRE(world.harbors[kOne][1].name == orphan.name);
  REQUIRE(world.harbors[kOne][1].id != orphan.id);
  require_rest(world);
  REQUIRE(world.state()->last_generation == 2);
}

TEST_CASE("a minted robot that dies before it is proved is replaced at once and does not pile up", "[plan]") {
  auto world = settled_world();
  world.ask_rotation();
  for (int generation = 2; generation <= 5; ++generation) {
    world.run();
    world.run();
    INFO(world.story());
    REQUIRE(world.state()->newest(plan::RobotPhase::kMinted)->generation == generation);
    if (generation % 2 == 0) world.delete_outside(kOne, 1);
    if (generation % 2 == 1) world.harbors[kOne][1].expires_at = world.now;
    world.run();
    world.run();
    REQUIRE(world.harbors[kOne].size() == 1);
  }
  require_rest(world);
}

TEST_CASE("the overlap begins anew when a wish came back in between", "[plan]") {
  auto world = settled_world();
  world.withdraw(false);
  world.publish_all();
  world.run();
  world.move_clock(23 * kHour);
  world.want(world.former);
  SECTION("and was obeyed") { world.settle(); }
  SECTION("and was only seen") { world.run(); }
  world.withdraw(false);
  world.publish_all();
  world.run();
  world.move_clock(23 * kHour);
  REQUIRE_FALSE(world.run());
  REQUIRE(world.usable() == 1);
  require_rest(world);
}

TEST_CASE("a robot whose deletion was not written down is not given out when the wish comes back", "[plan]") {
  auto world = settled_world();
  world.withdraw(false);
  world.publish_all();
  world.run();
  world.move_clock(kDay);
  world.break_after = "delete";
  while (!world.break_after.empty()) REQUIRE(world.run());
  REQUIRE(world.harbors[kOne].empty());
  world.want(world.former);
  REQUIRE_FALSE(world.publish_all());
  require_rest(world);
  REQUIRE(world.state()->last_generation == 2);
}

TEST_CASE("a rotation is not lost with the robot that was to obey it", "[plan]") {
  auto world = settled_world();
  world.ask_rotation();
  world.run();
  SECTION("when other projects are wanted for a moment") {
    world.wish->projects = {"team"};
    world.run();
    world.wish->projects = {"library"};
  }
  SECTION("when it dies before it is proved") {
    world.run();
    world.delete_outside(kOne, 1);
  }
  SECTION("when the wish is gone for a moment") {
    world.withdraw(false);
    world.run();
    world.want(world.former);
  }
  require_rest(world);
  REQUIRE(world.state()->last_generation == 3);
}

TEST_CASE("a robot of ours that nobody remembers is found, given its overlap and removed", "[plan]") {
  RobotWorld world(1);
  world.wish = wish_of();
  world.harbors[kOne] = {{900, plan::robot_name(sim::robot_base(), 7), "unknown", world.now, 0},
                         {901, "harbor-pull-prod-of-another-cluster-g1", "theirs", world.now, 0}};
  for (int turn = 0; turn < 4; ++turn) world.run();
  REQUIRE(world.harbors[kOne].size() == 3);
  REQUIRE(world.state()->last_generation == 7);
  world.move_clock(kDay);
  world.run();
  REQUIRE(world.harbors[kOne].size() == 2);
  REQUIRE(world.harbors[kOne][0].id == 901);
  world.ask_rotation();
  world.run();
  REQUIRE(world.state()->last_generation == 8);
}

TEST_CASE("robots at an endpoint that was left are found when it comes back", "[plan]") {
  auto world = settled_world();
  world.wish->overlap = 0;
  world.endpoint = kTwo;
  require_rest(world);
  REQUIRE(world.harbors[kOne].size() == 1);
  world.endpoint = kOne;
  require_rest(world);
  REQUIRE(world.harbors[kOne].size() == 1);
  REQUIRE(world.harbors[kOne][0].name == plan::robot_name(sim::robot_base(), 3));
}
