// How the steps are taken, as robot_plan.hpp tells; every call may be the last of its run.
#include <algorithm>

#include "base/overloaded.hpp"
#include "unit/plan/robot_world.hpp"

namespace sim {
namespace {

using plan::RobotGeneration;
using plan::RobotPhase;
using plan::RobotState;

RobotGeneration leftover(const HarborRobot& there, int generation, const std::string& endpoint) {
  RobotGeneration robot;
  robot.generation = generation;
  robot.name = there.name;
  robot.endpoint = endpoint;
  robot.phase = RobotPhase::kRetiring;
  robot.id = there.id;
  return robot;
}

void sort(RobotState& state) {
  std::sort(state.robots.begin(), state.robots.end(),
            [](const auto& a, const auto& b) { return a.generation < b.generation; });
  if (!state.robots.empty()) state.last_generation = std::max(state.last_generation, state.robots.back().generation);
}

}  // namespace

bool RobotWorld::call(const std::string& what, const std::function<void()>& effect) {
  if (dice.chance(weather.lost)) {
    note("  LOST before: " + what);
    return false;
  }
  effect();
  check();
  const bool broken = !break_after.empty() && what.starts_with(break_after);
  if (!broken && !dice.chance(weather.crash)) return true;
  if (broken) break_after.clear();
  note("  CRASH after: " + what);
  refused_ = 0;
  return false;
}

bool RobotWorld::store(const std::optional<RobotState>& state, const std::string& why) {
  return call("store " + why, [&] {
    stored_.reset();
    if (state) stored_ = *plan::parse_robot_state(plan::render_robot_state(*state).reveal());
  });
}

bool RobotWorld::run() {
  const auto seen = observe();
  const auto plan = plan::plan_robots(seen);
  if (!seen.wish && !stored_) return false;  // nothing is remembered, so there is nothing to forget
  if (dice.chance(weather.stale)) meanwhile();
  std::vector<plan::RobotStep> steps = plan.cleanup;
  if (plan.forward) steps.insert(steps.begin(), *plan.forward);
  for (const auto& step : steps) {
    note(plan::describe(step));
    if (!take(step, seen)) return true;
  }
  for (const auto generation : seen.in_use) seen_held_.insert(secret_of(*seen.state.find(generation)));
  if (steps.empty()) expect(!plan.wake_at || *plan.wake_at > seen.now, "wakes at once, with nothing to do");
  return !steps.empty();
}

bool RobotWorld::take(const plan::RobotStep& step, const plan::RobotFacts& seen) {
  return std::visit(base::Overloaded{
                        [&](const plan::IntendRobot& s) { return intend(s, seen); },
                        [&](const plan::MintRobot& s) { return mint(s.generation, seen); },
                        [&](const plan::ProveRobot& s) { return prove(s.generation, seen); },
                        [&](const plan::AbandonRobot& s) {
                          return change(s.generation,
                                        [](RobotGeneration& robot) { robot.phase = RobotPhase::kRetiring; });
                        },
                        [&](const plan::MarkUnused& s) {
                          return change(s.generation, [&](RobotGeneration& robot) { robot.unused_since = now; });
                        },
                        [&](const plan::MarkUsed& s) {
                          return change(s.generation, [](RobotGeneration& robot) { robot.unused_since = 0; });
                        },
                        [&](const plan::RemoveRobot& s) { return remove(s.generation, seen); },
                        [&](const plan::LeaveRobot& s) { return leave(s.generation, seen); },
                        [&](const plan::DropRobotState&) { return store(std::nullopt, "drop"); },
                    },
                    step);
}

bool RobotWorld::change(int generation, const std::function<void(RobotGeneration&)>& edit) {
  auto next = *stored_;
  auto* robot = next.find(generation);
  if (robot == nullptr) return true;
  edit(*robot);
  return store(next, "g" + std::to_string(generation) + " changed");
}

bool RobotWorld::intend(const plan::IntendRobot& step, const plan::RobotFacts& seen) {
  auto next = stored_.value_or(RobotState{.identity = robot_identity()});
  expect(step.robot.generation > next.last_generation, "a generation was given twice");
  if (!stored_) last_intended_ = 0;
  expect(step.robot.generation > last_intended_, "generations do not increase");
  next.last_generation = step.robot.generation;
  next.overlap = seen.wish->overlap;
  next.robots.push_back(step.robot);
  const bool stored = store(next, step.why);
  if (const auto& known = stored_) last_intended_ = known->last_generation;
  return stored;
}

bool RobotWorld::mint(int generation, const plan::RobotFacts& seen) {
  auto next = *stored_;
  auto& harbor = harbors[seen.endpoint];
  std::vector<HarborRobot> listed;
  if (!call("list", [&] { listed = harbor; })) return false;
  const std::string intended = next.find(generation)->name;
  for (const auto& there : listed) {
    const int number = plan::generation_of(there.name, robot_base());
    if (there.name == intended) {
      const auto gone = [&] { std::erase_if(harbor, [&](const auto& robot) { return robot.id == there.id; }); };
      if (!call("delete " + there.name, gone)) return false;
    } else if (number > 0 && next.find(number) == nullptr) {
      next.robots.push_back(leftover(there, number, seen.endpoint));
    }
  }
  HarborRobot made{next_id_++, intended, "pw-" + std::to_string(next_id_), now + harbor_ahead, 0};
  if (seen.wish->lifetime_days > 0) made.expires_at = made.created_at + seen.wish->lifetime_days * 86400;
  if (!call("create " + intended, [&] { harbor.push_back(made); })) return false;
  auto& robot = *next.find(generation);
  robot.phase = RobotPhase::kMinted;
  robot.id = made.id;
  robot.login = "robot$" + made.name;
  robot.secret = base::SecretString(made.secret);
  robot.created_at = made.created_at;
  robot.expires_at = made.expires_at;
  sort(next);
  return store(next, "minted");
}

bool RobotWorld::prove(int generation, const plan::RobotFacts& seen) {
  auto next = *stored_;
  auto& robot = *next.find(generation);
  const HarborRobot* there = nullptr;
  if (!call("prove", [&] { there = find(seen.endpoint, secret_of(robot)); })) return false;
  if (there == nullptr || !alive(*there)) {
    note("  Harbor refuses it");
    refused_ = generation;
    return true;
  }
  for (auto& other : next.robots) {
    if (other.phase != RobotPhase::kCurrent) continue;
    other.phase = RobotPhase::kRetiring;
    other.unused_since = 0;
  }
  robot.phase = RobotPhase::kCurrent;
  next.handled_rotate_at = seen.wish->rotate_at;
  next.overlap = seen.wish->overlap;
  return store(next, "proved");
}

bool RobotWorld::remove(int generation, const plan::RobotFacts& seen) {
  auto next = *stored_;
  const auto* robot = next.find(generation);
  if (robot == nullptr) return true;
  expect(robot->endpoint == seen.endpoint, "removes what lives elsewhere");
  expect_overlap(*robot, seen);
  auto& harbor = harbors[seen.endpoint];
  const auto gone = [&] { std::erase_if(harbor, [&](const auto& there) { return same_robot(there, *robot); }); };
  if (!call("delete " + robot->name, gone)) return false;
  std::erase_if(next.robots, [&](const auto& other) { return other.generation == generation; });
  return store(next, "removed");
}

/// Whoever let go of it last may count on the overlap.
void RobotWorld::expect_overlap(const RobotGeneration& robot, const plan::RobotFacts& seen) {
  const auto released = released_.find(secret_of(robot));
  if (released == released_.end()) return;
  const auto overlap = seen.wish ? seen.wish->overlap : seen.leaving ? 0 : seen.state.overlap;
  expect(now - released->second >= overlap, robot.name + " goes before its overlap is over");
}

bool RobotWorld::leave(int generation, const plan::RobotFacts& seen) {
  auto next = *stored_;
  const auto* robot = next.find(generation);
  if (robot == nullptr) return true;
  expect_overlap(*robot, seen);
  for (const auto& there : harbors[robot->endpoint]) {
    if (same_robot(there, *robot)) left_.insert(there.id);
  }
  std::erase_if(next.robots, [&](const auto& other) { return other.generation == generation; });
  return store(next, "left");
}

}  // namespace sim
