#include "unit/plan/robot_world.hpp"

#include <algorithm>

namespace sim {
namespace {

using plan::RobotGeneration;
using plan::RobotPhase;
using plan::RobotState;
using plan::RobotVerdict;

}  // namespace

const plan::RobotIdentity& robot_identity() {
  static const plan::RobotIdentity kIdentity{"prod", ""};
  return kIdentity;
}

const std::string& robot_base() {
  static const std::string kBase = plan::robot_base_name("cluster", robot_identity());
  return kBase;
}

std::string secret_of(const plan::RobotGeneration& robot) { return std::string(robot.secret.reveal()); }

bool same_robot(const HarborRobot& there, const plan::RobotGeneration& robot) {
  return there.name == robot.name && (robot.id == 0 || there.id == robot.id);
}

RobotWorld::RobotWorld(std::uint32_t seed) : dice(seed) {}

bool RobotWorld::alive(const HarborRobot& robot) const {
  return robot.expires_at == 0 || now + harbor_ahead < robot.expires_at;
}

const HarborRobot* RobotWorld::find(const std::string& at, const std::string& secret) const {
  const auto harbor = harbors.find(at);
  if (harbor == harbors.end()) return nullptr;
  const auto found = std::find_if(harbor->second.begin(), harbor->second.end(),
                                  [&](const auto& robot) { return robot.secret == secret; });
  return found == harbor->second.end() ? nullptr : &*found;
}

std::size_t RobotWorld::usable() const {
  std::size_t count = 0;
  for (const auto& [at, robots] : harbors) {
    for (const auto& robot : robots) count += alive(robot) && !left_.contains(robot.id) ? 1 : 0;
  }
  return count;
}

plan::RobotFacts RobotWorld::observe() {
  plan::RobotFacts facts;
  facts.wish = wish;
  facts.leaving = !wish && leaving;
  facts.state = stored_.value_or(RobotState{.identity = robot_identity()});
  facts.base = robot_base();
  facts.endpoint = endpoint;
  facts.harbor_now = now + harbor_ahead;
  facts.now = now;
  for (const auto& robot : facts.state.robots) {
    const bool held = std::any_of(pulls.begin(), pulls.end(), [&](const auto& pull) {
      return !pull.second.secret.empty() && pull.second.secret == secret_of(robot);
    });
    if (held) facts.in_use.insert(robot.generation);
  }
  const auto* current = facts.state.newest(RobotPhase::kCurrent);
  if (current != nullptr && current->endpoint == endpoint && !dice.chance(weather.lost)) {
    const auto* there = find(endpoint, secret_of(*current));
    facts.verdict = there != nullptr && alive(*there) ? RobotVerdict::kWorks : RobotVerdict::kDead;
  }
  const auto* minted = facts.state.newest(RobotPhase::kMinted);
  if (minted != nullptr && minted->generation == refused_) facts.minted = RobotVerdict::kDead;
  return facts;
}

void RobotWorld::want(plan::RobotWish wanted) {
  note("a robot is wanted");
  wish = std::move(wanted);
}

void RobotWorld::withdraw(bool registry_leaves) {
  note(registry_leaves ? "the registry leaves" : "no robot is wanted");
  former = *wish;
  wish.reset();
  leaving = registry_leaves;
}

void RobotWorld::move_clock(std::int64_t seconds) {
  note("the clock moves by " + std::to_string(seconds));
  now += seconds;
  if (seconds < 0) released_.clear();  // the operator cannot know better
}

bool RobotWorld::publish(const std::string& ns) {
  auto& pull = pulls[ns];
  const auto& known = stored_;
  const auto* current = known ? known->newest(RobotPhase::kCurrent) : nullptr;
  const auto before = pull.secret;
  if (!wish || !pull.selected) {
    pull.secret.clear();
  } else if (current != nullptr && current->endpoint == endpoint) {  // else held: what is there stays
    pull.endpoint = current->endpoint;
    pull.secret = secret_of(*current);
  }
  if (pull.secret != before && seen_held_.contains(before)) released_[before] = now;
  if (pull.secret != before) note(ns + " now holds " + (pull.secret.empty() ? "none" : pull.secret));
  check();
  return pull.secret != before;
}

bool RobotWorld::publish_all() {
  bool changed = false;
  for (const auto& [ns, pull] : pulls) changed = publish(ns) || changed;
  return changed;
}

void RobotWorld::delete_outside(const std::string& at, std::size_t index) {
  auto& harbor = harbors[at];
  if (index >= harbor.size()) return;
  note("somebody deletes " + harbor[index].name);
  outside_.insert(harbor[index].secret);
  harbor.erase(harbor.begin() + static_cast<std::ptrdiff_t>(index));
}

void RobotWorld::expire_all() {
  note("all robots expire");
  for (auto& [at, robots] : harbors) {
    for (auto& robot : robots) robot.expires_at = now + harbor_ahead;
  }
}

void RobotWorld::ask_rotation() {
  if (!wish) return;
  wish->rotate_at = "asked " + std::to_string(dice.below(1U << 30U));
  note("a rotation is asked for: " + wish->rotate_at);
  const auto& known = stored_;
  const auto* current = known ? known->newest(RobotPhase::kCurrent) : nullptr;
  asked_over_ = current == nullptr ? "" : secret_of(*current);
}

void RobotWorld::expect(bool holds, const std::string& otherwise) {
  if (holds) return;
  note("WRONG " + otherwise);
  wrongs.push_back(otherwise);
}

void RobotWorld::check() {
  most_usable = std::max(most_usable, usable());
  for (const auto& [ns, pull] : pulls) {
    const bool known =
        pull.secret.empty() || outside_.contains(pull.secret) || find(pull.endpoint, pull.secret) != nullptr;
    expect(known, ns + " holds " + pull.secret + ", which Harbor does not know");
  }
  const auto known = stored_.value_or(RobotState{});
  for (const auto& [at, robots] : harbors) {
    for (const auto& there : robots) {
      const bool remembered = std::any_of(known.robots.begin(), known.robots.end(), [&](const auto& robot) {
        return robot.endpoint == at && same_robot(there, robot);
      });
      expect(remembered || left_.contains(there.id), there.name + " is at " + at + " and forgotten");
    }
  }
}

void RobotWorld::settle() {
  const auto before = weather;
  weather = {};
  int runs = 0;
  for (bool busy = true; busy && runs < 100; ++runs) {
    busy = run();
    busy = publish_all() || busy;
    const auto wake = plan::plan_robots(observe()).wake_at;
    const auto known = stored_.value_or(RobotState{});
    const bool ends = std::any_of(known.robots.begin(), known.robots.end(),
                                  [&](const auto& robot) { return !wish || robot.phase == RobotPhase::kRetiring; });
    if (busy || !ends || !wake) continue;
    note("time passes");
    now = std::max(now, *wake);
    busy = true;
  }
  longest_settling = std::max(longest_settling, runs);
  weather = before;
}

void RobotWorld::judge_rest() {
  std::vector<HarborRobot> here = harbors[endpoint];
  std::erase_if(here, [&](const auto& robot) { return left_.contains(robot.id); });
  if (!wish) {
    expect(here.empty(), "robots are left that nobody wants");
    expect(!stored_, "the state is left");
    for (const auto& [ns, pull] : pulls) expect(pull.secret.empty(), ns + " still holds one");
    return;
  }
  const auto known = stored_.value_or(RobotState{});
  expect(known.robots.size() == 1, "the state has " + std::to_string(known.robots.size()) + " robots");
  expect(here.size() == 1, "Harbor has " + std::to_string(here.size()) + " robots");
  const auto* current = known.newest(RobotPhase::kCurrent);
  expect(current != nullptr, "there is no current robot");
  if (current == nullptr || here.size() != 1) return;
  expect(here[0].id == current->id && alive(here[0]), "the current robot does not work");
  expect(current->projects == wish->projects && current->endpoint == endpoint, "the current robot does not fit");
  expect(current->unused_since == 0, "the current robot passes for unused");
  expect(known.handled_rotate_at == wish->rotate_at || wish->rotate_at.empty(), "the rotation is not recorded");
  const bool asked = !wish->rotate_at.empty() && !asked_over_.empty();
  expect(!asked || secret_of(*current) != asked_over_, "the rotation was not obeyed");
  for (const auto& [ns, pull] : pulls) {
    expect(pull.secret == (pull.selected ? here[0].secret : ""), ns + " does not hold what it should");
  }
}

std::string RobotWorld::story() const { return story_; }

}  // namespace sim
