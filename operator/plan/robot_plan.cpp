#include "plan/robot_plan.hpp"

#include <algorithm>
#include <chrono>

#include "base/overloaded.hpp"

namespace plan {
namespace {

constexpr std::int64_t kDay = std::chrono::seconds(std::chrono::days(1)).count();

bool fits(const RobotGeneration& robot, const RobotFacts& facts) {
  return robot.endpoint == facts.endpoint && robot.projects == facts.wish->projects;
}

/// The end of a robot's life, by Harbor's clock: what Harbor says, or earlier when a shorter life is wanted by now.
std::optional<std::int64_t> end_of(const RobotGeneration& robot, const RobotWish& wish) {
  std::optional<std::int64_t> end;
  if (robot.expires_at > 0) end = robot.expires_at;
  if (wish.lifetime_days > 0) {
    const auto wanted = robot.created_at + wish.lifetime_days * kDay;
    end = end ? std::min(*end, wanted) : wanted;
  }
  return end;
}

/// Why a new generation is due, or empty.
std::string why_new(const RobotFacts& facts) {
  const auto* current = facts.state.newest(RobotPhase::kCurrent);
  const auto& wish = *facts.wish;
  if (current == nullptr) return "there is none";
  if (current->endpoint != facts.endpoint) return "the endpoint changed";
  if (current->projects != wish.projects) return "the wanted projects changed";
  if (!wish.rotate_at.empty() && wish.rotate_at != facts.state.handled_rotate_at) return "a rotation was asked for";
  if (facts.verdict == RobotVerdict::kDead) return "Harbor does not take the present one any more";
  const auto renewal = renewal_of(*current, wish);
  return renewal && facts.harbor_now >= *renewal ? "renewal is due" : "";
}

IntendRobot intend(const RobotFacts& facts, std::string why) {
  RobotGeneration robot;
  robot.generation = facts.state.last_generation + 1;
  robot.name = robot_name(facts.base, robot.generation);
  robot.endpoint = facts.endpoint;
  robot.projects = facts.wish->projects;
  return {std::move(robot), std::move(why)};
}

std::optional<RobotStep> plan_forward(const RobotFacts& facts) {
  if (!facts.wish) return std::nullopt;
  for (const auto phase : {RobotPhase::kMinted, RobotPhase::kIntended}) {
    const auto* pending = facts.state.newest(phase);
    if (pending == nullptr) continue;
    if (!fits(*pending, facts)) return AbandonRobot{pending->generation, "it no longer fits what is wanted"};
    if (phase == RobotPhase::kIntended) return MintRobot{pending->generation};
    // Nobody was given it, so it goes without an overlap: whatever goes on killing them, they do not pile up.
    if (facts.minted == RobotVerdict::kDead) return RemoveRobot{pending->generation};
    return ProveRobot{pending->generation};
  }
  if (auto why = why_new(facts); !why.empty()) return intend(facts, std::move(why));
  return std::nullopt;
}

bool unwanted(const RobotGeneration& robot, const RobotFacts& facts) {
  return robot.phase == RobotPhase::kRetiring || !facts.wish;
}

std::int64_t overlap_of(const RobotFacts& facts) {
  if (facts.wish) return facts.wish->overlap;
  return facts.leaving ? 0 : facts.state.overlap;
}

/// The robot is wanted, or a pull Secret holds it: a change of either wakes us.
bool still_needed(const RobotGeneration& robot, const RobotFacts& facts) {
  return !unwanted(robot, facts) || facts.in_use.contains(robot.generation);
}

void plan_end(const RobotGeneration& robot, const RobotFacts& facts, RobotPlan& plan) {
  const bool never_used = robot.never_used();
  if (!never_used && robot.unused_since == 0 && overlap_of(facts) > 0) {
    plan.cleanup.emplace_back(MarkUnused{robot.generation});
    return;
  }
  const auto due = robot.unused_since + overlap_of(facts);
  if (!never_used && overlap_of(facts) > 0 && facts.now < due) {
    plan.wake_at = std::min(plan.wake_at.value_or(due), due);
    return;
  }
  if (robot.phase == RobotPhase::kCurrent) {
    plan.cleanup.emplace_back(AbandonRobot{robot.generation, "nobody wants it any more"});
  } else if (robot.endpoint == facts.endpoint) {
    plan.cleanup.emplace_back(RemoveRobot{robot.generation});
  } else {
    plan.cleanup.emplace_back(LeaveRobot{robot.generation});
  }
}

}  // namespace

std::optional<std::int64_t> renewal_of(const RobotGeneration& robot, const RobotWish& wish) {
  const auto end = end_of(robot, wish);
  if (!end) return std::nullopt;
  const auto life = std::max<std::int64_t>(*end - robot.created_at, 0);
  const auto before = wish.renew_before.value_or(life / 3);
  // However long before its end a robot is to be renewed: not in the first tenth of its life, that would never end.
  return std::max(*end - before, robot.created_at + life / 10);
}

RobotPlan plan_robots(const RobotFacts& facts) {
  RobotPlan plan;
  plan.forward = plan_forward(facts);
  for (const auto& robot : facts.state.robots) {
    if (!still_needed(robot, facts)) {
      plan_end(robot, facts, plan);
    } else if (robot.unused_since != 0) {
      plan.cleanup.emplace_back(MarkUsed{robot.generation});
    }
  }
  if (!facts.wish && facts.state.robots.empty()) plan.cleanup.emplace_back(DropRobotState{});
  const auto* current = facts.state.newest(RobotPhase::kCurrent);
  if (facts.wish && current != nullptr) {
    if (const auto renewal = renewal_of(*current, *facts.wish)) {
      const auto due = *renewal - facts.harbor_now + facts.now;
      plan.wake_at = std::min(plan.wake_at.value_or(due), due);
    }
  }
  return plan;
}

std::string describe(const RobotStep& step) {
  const auto numbered = [](std::string_view what, int generation, std::string_view why = {}) {
    std::string text(what);
    text += " robot g" + std::to_string(generation);
    return why.empty() ? text : text + " (" + std::string(why) + ")";
  };
  return std::visit(base::Overloaded{
                        [&](const IntendRobot& s) { return numbered("intend", s.robot.generation, s.why); },
                        [&](const MintRobot& s) { return numbered("mint", s.generation); },
                        [&](const ProveRobot& s) { return numbered("prove", s.generation); },
                        [&](const AbandonRobot& s) { return numbered("abandon", s.generation, s.why); },
                        [&](const MarkUnused& s) { return numbered("mark unused", s.generation); },
                        [&](const MarkUsed& s) { return numbered("mark used", s.generation); },
                        [&](const RemoveRobot& s) { return numbered("remove", s.generation); },
                        [&](const LeaveRobot& s) { return numbered("leave", s.generation); },
                        [](const DropRobotState&) { return std::string("drop the state"); },
                    },
                    step);
}

}  // namespace plan
