#include "plan/robot_plan.hpp"

#include <catch2/catch.hpp>

namespace {

using plan::RobotFacts;
using plan::RobotGeneration;
using plan::RobotPhase;
using plan::RobotVerdict;

constexpr std::int64_t kDay = 86400;
constexpr std::int64_t kBorn = 1795000000;
const std::string kBase = "harbor-pull-prod-0123456789";
const std::string kHere = "https://h.example";
const std::string kElsewhere = "https://former.example";

/// As it is one second after it was made for 30 days.
RobotGeneration robot(int generation, RobotPhase phase) {
  RobotGeneration made;
  made.generation = generation;
  made.name = plan::robot_name(kBase, generation);
  made.endpoint = kHere;
  made.projects = {"library"};
  made.phase = phase;
  if (phase == RobotPhase::kIntended) return made;
  made.id = 100 + generation;
  made.login = "robot$" + made.name;
  made.secret = base::SecretString("pw");
  made.created_at = kBorn;
  made.expires_at = kBorn + 30 * kDay;
  return made;
}

RobotFacts facts(std::vector<RobotGeneration> robots) {
  RobotFacts made;
  made.wish = plan::RobotWish{.projects = {"library"}, .overlap = kDay};
  made.state.identity = {"prod", ""};
  made.state.last_generation = robots.empty() ? 0 : robots.back().generation;
  made.state.overlap = kDay;
  made.state.robots = std::move(robots);
  made.base = kBase;
  made.endpoint = kHere;
  made.harbor_now = made.now = kBorn + 1;
  return made;
}

/// Robot 1 was replaced, robot 2 is current.
RobotFacts replaced() { return facts({robot(1, RobotPhase::kRetiring), robot(2, RobotPhase::kCurrent)}); }

std::string forward_of(const RobotFacts& facts) {
  const auto plan = plan::plan_robots(facts);
  return plan.forward ? plan::describe(*plan.forward) : "";
}

std::string cleanup_of(const RobotFacts& facts) {
  std::string text;
  for (const auto& step : plan::plan_robots(facts).cleanup) text += (text.empty() ? "" : ", ") + plan::describe(step);
  return text;
}

std::int64_t wake_of(const RobotFacts& facts) { return plan::plan_robots(facts).wake_at.value_or(0); }

}  // namespace

TEST_CASE("the first robot is intended before anything is done at Harbor", "[plan]") {
  const auto plan = plan::plan_robots(facts({}));
  REQUIRE(plan.forward.has_value());
  const auto& step = std::get<plan::IntendRobot>(*plan.forward);
  RobotGeneration expected;
  expected.generation = 1;
  expected.name = kBase + "-g1";
  expected.endpoint = kHere;
  expected.projects = {"library"};
  REQUIRE((step.robot == expected));
  REQUIRE(step.why == "there is none");
  REQUIRE(plan.cleanup.empty());
  REQUIRE_FALSE(plan.wake_at.has_value());
}

TEST_CASE("a number is never given twice, also when its robot is forgotten", "[plan]") {
  auto all = facts({});
  all.state.last_generation = 41;
  REQUIRE(forward_of(all) == "intend robot g42 (there is none)");
}

TEST_CASE("a robot that is not finished is carried on, or given up when it does not fit", "[plan]") {
  struct Row {
    RobotPhase phase;
    std::string then, when_unfit;
  };
  const std::string unfit = "abandon robot g2 (it no longer fits what is wanted)";
  for (const auto& row :
       {Row{RobotPhase::kIntended, "mint robot g2", unfit}, Row{RobotPhase::kMinted, "prove robot g2", unfit}}) {
    auto all = facts({robot(1, RobotPhase::kCurrent), robot(2, row.phase)});
    REQUIRE(forward_of(all) == row.then);
    all.verdict = RobotVerdict::kDead;
    all.wish->rotate_at = "now";
    all.harbor_now += 40 * kDay;
    REQUIRE(forward_of(all) == row.then);  // whatever else is due comes after it
    REQUIRE(cleanup_of(all).empty());
    auto other_projects = all;
    other_projects.wish->projects = {"library", "team"};
    REQUIRE(forward_of(other_projects) == row.when_unfit);
    all.endpoint = kElsewhere;
    REQUIRE(forward_of(all) == row.when_unfit);
  }
}

TEST_CASE("a minted robot that Harbor does not know is removed at once", "[plan]") {
  auto all = facts({robot(1, RobotPhase::kCurrent), robot(2, RobotPhase::kMinted)});
  all.minted = RobotVerdict::kDead;
  REQUIRE(forward_of(all) == "remove robot g2");
  REQUIRE(cleanup_of(all).empty());
  SECTION("but not on a verdict of the current one") {
    all.minted = GENERATE(RobotVerdict::kUntold, RobotVerdict::kWorks);
    all.verdict = RobotVerdict::kDead;
    REQUIRE(forward_of(all) == "prove robot g2");
  }
  SECTION("nor is one that is only intended") {
    all.state.robots[1] = robot(2, RobotPhase::kIntended);
    REQUIRE(forward_of(all) == "mint robot g2");
  }
  SECTION("and is left where our account must not be sent") {
    all.endpoint = kElsewhere;
    REQUIRE(forward_of(all) == "abandon robot g2 (it no longer fits what is wanted)");
  }
}

TEST_CASE("what asks for a new robot", "[plan]") {
  auto all = facts({robot(1, RobotPhase::kCurrent)});
  std::string why;
  SECTION("nothing, when it fits and works") { all.verdict = RobotVerdict::kWorks; }
  SECTION("nothing, when Harbor could not be asked") { all.verdict = RobotVerdict::kUntold; }
  SECTION("no current one") {
    all.state.robots[0].phase = RobotPhase::kRetiring;
    why = "there is none";
  }
  SECTION("another project") {
    all.wish->projects = {"team"};
    why = "the wanted projects changed";
  }
  SECTION("one project more") {
    all.wish->projects = {"library", "team"};
    why = "the wanted projects changed";
  }
  SECTION("another endpoint, which goes before everything else") {
    all.endpoint = kElsewhere;
    all.wish->projects = {"team"};
    why = "the endpoint changed";
  }
  SECTION("a verdict") {
    all.verdict = RobotVerdict::kDead;
    why = "Harbor does not take the present one any more";
  }
  SECTION("an annotation") {
    all.wish->rotate_at = "2026-11-23T10:00:00Z";
    why = "a rotation was asked for";
  }
  SECTION("another annotation than the one that was obeyed") {
    all.state.handled_rotate_at = "2026-11-23T10:00:00Z";
    all.wish->rotate_at = "2026-11-23T10:00:01Z";
    why = "a rotation was asked for";
  }
  SECTION("not the annotation that was obeyed") { all.state.handled_rotate_at = all.wish->rotate_at = "once"; }
  SECTION("not an annotation that was taken away") { all.state.handled_rotate_at = "once"; }
  SECTION("not another overlap") { all.wish->overlap = 0; }
  REQUIRE(forward_of(all) == (why.empty() ? "" : "intend robot g2 (" + why + ")"));
}

TEST_CASE("renewal is due when the table says so, by Harbor's clock", "[plan]") {
  struct Row {
    std::string what;
    int lifetime_days;
    std::optional<std::int64_t> before;
    std::int64_t expires_after;    // days after birth, 0: never
    std::optional<double> due_at;  // days after birth
  };
  const std::vector<Row> rows{{"a third of the life is left", 30, {}, 30, 20},
                              {"as long before as is wanted", 30, 5 * kDay, 30, 25},
                              {"at the very end", 30, 0, 30, 30},
                              {"just short of the first tenth", 30, 27 * kDay + 1, 30, 3},
                              {"longer before than it lives", 30, 400 * kDay, 30, 3},
                              {"never", -1, {}, 0, {}},
                              {"never, however long before", -1, 5 * kDay, 0, {}},
                              {"it ends, though by now none is to", -1, {}, 30, 20},
                              {"it does not end, though by now each is to", 30, {}, 0, 20},
                              {"a shorter life is wanted by now", 6, {}, 30, 4},
                              {"a longer life is wanted by now", 90, {}, 30, 20},
                              {"a longer life by now, and sooner", 90, 6 * kDay, 30, 24},
                              {"a day", 1, {}, 1, 2.0 / 3}};
  for (const auto& row : rows) {
    INFO(row.what);
    auto all = facts({robot(1, RobotPhase::kCurrent)});
    all.wish->lifetime_days = row.lifetime_days;
    all.wish->renew_before = row.before;
    all.state.robots[0].expires_at = row.expires_after == 0 ? 0 : kBorn + row.expires_after * kDay;
    const auto due = plan::renewal_of(all.state.robots[0], *all.wish);
    REQUIRE(due.has_value() == row.due_at.has_value());
    if (!due) {
      all.harbor_now = kBorn + 4000 * kDay;
      REQUIRE(forward_of(all).empty());
      REQUIRE(wake_of(all) == 0);
      continue;
    }
    REQUIRE(*due == kBorn + static_cast<std::int64_t>(*row.due_at * kDay));
    all.harbor_now = *due - 1;
    all.now = 500;  // our clock is somewhere else entirely
    REQUIRE(forward_of(all).empty());
    REQUIRE(wake_of(all) == 501);
    all.harbor_now = *due;
    REQUIRE(forward_of(all) == "intend robot g2 (renewal is due)");
  }
}

TEST_CASE("a robot that ended before it was born is due at its birth, not before", "[plan]") {
  auto odd = robot(1, RobotPhase::kCurrent);
  odd.expires_at = kBorn - kDay;
  REQUIRE(plan::renewal_of(odd, {.projects = {"library"}}) == kBorn);
}

TEST_CASE("an overlap begins when nobody holds the robot and ends with its removal", "[plan]") {
  auto all = replaced();
  all.in_use = {1, 2};
  REQUIRE(cleanup_of(all).empty());
  all.in_use = {2};
  REQUIRE(cleanup_of(all) == "mark unused robot g1");
  auto& old = all.state.robots[0];
  old.unused_since = all.now;
  REQUIRE(cleanup_of(all).empty());
  REQUIRE(wake_of(all) == old.unused_since + kDay);
  all.now = old.unused_since + kDay - 1;
  REQUIRE(cleanup_of(all).empty());
  all.now = old.unused_since + kDay;
  REQUIRE(cleanup_of(all) == "remove robot g1");
  SECTION("unless a Secret holds it once more") {
    all.in_use = {1, 2};
    REQUIRE(cleanup_of(all) == "mark used robot g1");
  }
  SECTION("and a longer overlap counts for it, too") {
    all.wish->overlap = 2 * kDay;
    REQUIRE(cleanup_of(all).empty());
    REQUIRE(wake_of(all) == old.unused_since + 2 * kDay);
  }
  SECTION("and a shorter one") {
    all.now = old.unused_since + 1;
    all.wish->overlap = 1;
    REQUIRE(cleanup_of(all) == "remove robot g1");
  }
  REQUIRE(forward_of(all).empty());
}

TEST_CASE("without an overlap a robot is removed as soon as nobody holds it", "[plan]") {
  auto all = replaced();
  all.wish->overlap = 0;
  all.in_use = {1};
  REQUIRE(cleanup_of(all).empty());
  all.in_use = {};
  REQUIRE(cleanup_of(all) == "remove robot g1");
}

TEST_CASE("a robot that was never used waits for nothing", "[plan]") {
  auto all = replaced();
  all.state.robots[0] = robot(1, RobotPhase::kIntended);
  all.state.robots[0].phase = RobotPhase::kRetiring;
  REQUIRE(cleanup_of(all) == "remove robot g1");
  all.endpoint = kElsewhere;
  REQUIRE(cleanup_of(all) == "leave robot g1");
}

TEST_CASE("a robot of ours whose secret nobody knows gets its overlap, as somebody may hold it", "[plan]") {
  auto all = replaced();
  all.state.robots[0].secret = {};
  REQUIRE(cleanup_of(all) == "mark unused robot g1");
  all.state.robots[0].unused_since = all.now - kDay;
  REQUIRE(cleanup_of(all) == "remove robot g1");
}

TEST_CASE("a robot at another endpoint is left there, never removed", "[plan]") {
  auto all = replaced();
  all.state.robots[0].endpoint = kElsewhere;
  REQUIRE(cleanup_of(all) == "mark unused robot g1");
  all.state.robots[0].unused_since = all.now - kDay;
  REQUIRE(cleanup_of(all) == "leave robot g1");
  all.in_use = {1};
  REQUIRE(cleanup_of(all) == "mark used robot g1");
}

TEST_CASE("several old robots end each for itself, beside the way forward", "[plan]") {
  auto all = facts({robot(1, RobotPhase::kRetiring), robot(2, RobotPhase::kRetiring), robot(3, RobotPhase::kRetiring),
                    robot(4, RobotPhase::kCurrent), robot(5, RobotPhase::kIntended)});
  all.in_use = {3, 4};
  all.state.robots[0].unused_since = all.now - kDay;
  REQUIRE(forward_of(all) == "mint robot g5");
  REQUIRE(cleanup_of(all) == "remove robot g1, mark unused robot g2");
}

TEST_CASE("the earliest of all that is waited for wakes", "[plan]") {
  auto all = replaced();
  all.state.robots.insert(all.state.robots.begin() + 1, robot(3, RobotPhase::kRetiring));
  all.state.robots[0].unused_since = all.now - 10;
  all.state.robots[1].unused_since = all.now - 20;
  REQUIRE(wake_of(all) == all.now - 20 + kDay);
  std::swap(all.state.robots[0].unused_since, all.state.robots[1].unused_since);
  REQUIRE(wake_of(all) == all.now - 20 + kDay);
  all.harbor_now = kBorn + 20 * kDay - 5;
  REQUIRE(wake_of(all) == all.now + 5);
}

TEST_CASE("without a wish nothing begins, and what is there ends", "[plan]") {
  auto all = facts({robot(1, RobotPhase::kCurrent), robot(2, RobotPhase::kMinted)});
  all.wish.reset();
  all.verdict = RobotVerdict::kDead;
  all.in_use = {1};
  REQUIRE(cleanup_of(all) == "mark unused robot g2");
  all.in_use = {};
  REQUIRE(cleanup_of(all) == "mark unused robot g1, mark unused robot g2");
  for (auto& each : all.state.robots) each.unused_since = all.now;
  REQUIRE(cleanup_of(all).empty());
  REQUIRE(wake_of(all) == all.now + kDay);
  all.now += kDay;
  // A current one could be given out again while it is being deleted.
  REQUIRE(cleanup_of(all) == "abandon robot g1 (nobody wants it any more), remove robot g2");
  all.state.robots[0].phase = RobotPhase::kRetiring;
  REQUIRE(cleanup_of(all) == "remove robot g1, remove robot g2");
  REQUIRE(forward_of(all).empty());
}

TEST_CASE("without a wish an intention ends at once", "[plan]") {
  auto all = facts({robot(1, RobotPhase::kIntended)});
  all.wish.reset();
  REQUIRE(cleanup_of(all) == "remove robot g1");
  REQUIRE(forward_of(all).empty());
}

TEST_CASE("a registry that leaves waits for its pull Secrets, but for no overlap", "[plan]") {
  auto all = replaced();
  all.wish.reset();
  all.leaving = true;
  all.in_use = {2};
  REQUIRE(cleanup_of(all) == "remove robot g1");
  all.in_use = {};
  REQUIRE(cleanup_of(all) == "remove robot g1, abandon robot g2 (nobody wants it any more)");
  REQUIRE(wake_of(all) == 0);
}

TEST_CASE("a wish that comes back takes the current robot as it is", "[plan]") {
  auto all = facts({robot(1, RobotPhase::kCurrent)});
  all.state.robots[0].unused_since = all.now - kDay;
  REQUIRE(forward_of(all).empty());
  REQUIRE(cleanup_of(all) == "mark used robot g1");
}

TEST_CASE("the state is dropped when nothing is left in it and nobody wants a robot", "[plan]") {
  auto all = facts({});
  REQUIRE(cleanup_of(all).empty());
  all.wish.reset();
  REQUIRE(cleanup_of(all) == "drop the state");
  REQUIRE(forward_of(all).empty());
  all.state.robots = {robot(1, RobotPhase::kRetiring)};
  REQUIRE(cleanup_of(all) == "mark unused robot g1");
}

TEST_CASE("a step of robots describes itself without a credential", "[plan]") {
  plan::IntendRobot intend{robot(7, RobotPhase::kMinted), "why"};
  REQUIRE(plan::describe(intend) == "intend robot g7 (why)");
  REQUIRE(plan::describe(plan::MintRobot{7}) == "mint robot g7");
  REQUIRE(plan::describe(plan::ProveRobot{7}) == "prove robot g7");
  REQUIRE(plan::describe(plan::AbandonRobot{7, "why"}) == "abandon robot g7 (why)");
  REQUIRE(plan::describe(plan::MarkUnused{7}) == "mark unused robot g7");
  REQUIRE(plan::describe(plan::MarkUsed{7}) == "mark used robot g7");
  REQUIRE(plan::describe(plan::RemoveRobot{7}) == "remove robot g7");
  REQUIRE(plan::describe(plan::LeaveRobot{7}) == "leave robot g7");
  REQUIRE(plan::describe(plan::DropRobotState{}) == "drop the state");
}
