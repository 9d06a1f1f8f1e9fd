#include "reconcile/robot_visit.hpp"

#include <algorithm>

#include "api/names.hpp"
#include "plan/reasons.hpp"
#include "reconcile/usage.hpp"

namespace reconcile {
namespace {

using base::ErrorKind;
using base::fail;
using base::Millis;
using plan::Proof;
using plan::RobotPhase;
using runtime::Outcome;

/// More than any way from nothing to a finished rotation takes; beyond it, the world changes while we look.
constexpr int kRounds = 16;
/// A robot that was made a moment ago and is refused twice is not what we take it for.
constexpr int kProofs = 2;

base::Digest digest_of(const harbor::Account& account, const plan::DigestKeys& keys) {
  return plan::digest({base::SecretString(account.username), account.password}, keys);
}

}  // namespace

RobotVisit::RobotVisit(VisitFacts facts, RobotStore::Stored stored)
    : facts_(std::move(facts)),
      stored_(std::move(stored)),
      memory_(facts_.memory.of(credential_key(facts_.identity))),
      record_(facts_.deps.board.record(facts_.identity)) {}

base::Result<Outcome> RobotVisit::run() {
  auto stop = prepare();
  if (!stop) stop = look_with(use_account());
  if (!stop) stop = work();
  return conclude(std::move(stop));
}

std::optional<VisitStop> RobotVisit::prepare() {
  auto& state = stored_.state;
  if (facts_.wish) {  // kept with the next write: for the day when nobody wants it any more
    state.admin = facts_.registry.spec.robot->admin_secret;
    state.overlap = facts_.wish->overlap;
  }
  admin_name_ = "Secret " + facts_.deps.world.own_namespace + "/" + state.admin;
  auto harbor = facts_.access.to(facts_.registry);
  if (!harbor) return stop_of(facts_, harbor.error(), admin_name_);
  harbor_ = std::move(*harbor);
  return std::nullopt;
}

std::optional<VisitStop> RobotVisit::use_account() {
  auto admin = facts_.access.account(stored_.state.admin);
  if (!admin) return stop_of(facts_, admin.error(), admin_name_);
  const auto interval = facts_.registry.spec.interval;
  if (facts_.memory.refused(facts_.identity.registry, digest_of(*admin, facts_.deps.keys), now(), interval)) {
    return VisitStop{
        {ErrorKind::kUnauthorized, admin_name_ + " is refused"}, refusal_of(facts_, admin_name_), interval};
  }
  if (const auto wait = facts_.memory.too_early(facts_.identity.registry, now()); wait > Millis{0}) {
    return VisitStop{{ErrorKind::kUnauthorized, admin_name_ + " may be refused"}, {}, wait};
  }
  const int days = facts_.wish ? facts_.wish->lifetime_days : 1;
  runner_.emplace(facts_.deps.robots,
                  RobotScene{facts_.registry, *harbor_, std::move(*admin), admin_name_, days, facts_.deps.clock,
                             facts_.log, facts_.stop},
                  stored_);
  return std::nullopt;
}

std::optional<VisitStop> RobotVisit::look_with(std::optional<VisitStop> no_account) {
  // The robot that is in use is verified also while nobody can make another.
  check_.emplace(
      RobotCheck::Parts{facts_, stored_, memory_, record_, runner_ ? &*runner_ : nullptr, *harbor_, admin_name_});
  auto stop = check_->run();
  if (!no_account) return stop;
  if (stop && stop->again) no_account->again = std::min(no_account->again.value_or(*stop->again), *stop->again);
  return no_account;
}

plan::RobotFacts RobotVisit::observe() const {
  plan::RobotFacts seen;
  seen.wish = facts_.wish;
  seen.leaving = facts_.leaving;
  seen.state = stored_.state;
  seen.base = facts_.deps.robots.base_name(facts_.identity);
  seen.endpoint = api::endpoint_of(facts_.registry.spec);
  if (stored_.state.any_unwanted(seen.wish.has_value())) {  // else nobody asks, and to look takes all pull Secrets
    seen.in_use = generations_in_use(stored_.state, facts_.registry.spec.host, facts_.deps.world, facts_.deps.keys);
  }
  if (memory_.dead) seen.verdict = plan::RobotVerdict::kDead;
  if (memory_.minted_dead) seen.minted = plan::RobotVerdict::kDead;
  seen.now = base::unix_seconds(facts_.deps.clock.now());
  seen.harbor_now = runner_->harbor_now();
  return seen;
}

std::optional<VisitStop> RobotVisit::work() {
  for (int round = 0; round < kRounds; ++round) {
    const auto plan = plan::plan_robots(observe());
    wake_at_ = plan.wake_at;
    if (!plan.forward && plan.cleanup.empty()) return std::nullopt;
    std::optional<VisitStop> stop;
    if (plan.forward) stop = advance(*plan.forward);
    for (const auto& step : plan.cleanup) {
      auto failed = clean_up(step);
      if (!stop) stop = std::move(failed);
    }
    const bool dropped = !plan.cleanup.empty() && std::holds_alternative<plan::DropRobotState>(plan.cleanup.back());
    if (stop || dropped) return stop;
  }
  return VisitStop{{ErrorKind::kConflict, "the world changes while it is looked at"}, {}, Millis{0}};
}

std::optional<VisitStop> RobotVisit::clean_up(const plan::RobotStep& step) {
  auto failed = advance(step);
  // An old robot that stays a little longer is in nobody's way; one that may never go is.
  const bool passes = failed && failed->error.kind != ErrorKind::kForbidden;
  if (facts_.wish && passes) failed->trouble.reset();
  return failed;
}

std::optional<VisitStop> RobotVisit::advance(const plan::RobotStep& step) {
  if (facts_.stop.stop_requested()) return VisitStop{{ErrorKind::kCancelled, "stopping"}};
  const auto* leave = std::get_if<plan::LeaveRobot>(&step);
  const auto left = leave == nullptr ? plan::RobotGeneration{} : *stored_.state.find(leave->generation);
  const auto done = runner_->take(step);
  if (done && leave != nullptr) tell_left(left.endpoint, left.name);
  if (done) {
    facts_.log.info("robots", {{"step", plan::describe(step)}});
    after(step);
    return std::nullopt;
  }
  if (std::holds_alternative<plan::ProveRobot>(step)) return unproved(done.error());
  auto stop = stop_of(facts_, done.error(), admin_name_);
  stop.error.message = plan::describe(step) + ": " + stop.error.message;
  return stop;
}

void RobotVisit::after(const plan::RobotStep& step) {
  moved_ = true;
  if (std::holds_alternative<plan::MintRobot>(step)) {
    facts_.memory.note_accepted(facts_.identity.registry);
    memory_.failed_proofs = 0;
    memory_.minted_dead = false;
  }
  if (std::holds_alternative<plan::DropRobotState>(step)) {
    forget_robots();
  }
  const auto* proved = std::get_if<plan::ProveRobot>(&step);
  if (proved == nullptr) return;
  const auto& current = *stored_.state.find(proved->generation);
  memory_.dead = false;
  memory_.suspicion.clear();
  check_->note_current(current, runner_->last_proof());
  if (facts_.deps.board.note_reach(facts_.identity.registry, runner_->last_reach())) tell_registry();
  const auto* old = stored_.state.newest(RobotPhase::kRetiring);
  if (old == nullptr) return;
  facts_.deps.metrics.rotation_done(facts_.identity.registry, "success");
  tell(false, plan::kRotated, "robot account " + current.login + " follows " + old->login);
}

void RobotVisit::forget_robots() {
  const bool given = facts_.identity.ns.empty() && !facts_.registry.spec.robot;
  if (given) {  // what is known of the credential that is given now has its place there, too
    facts_.deps.board.note(facts_.identity, {record_.proof, {}});
  } else {
    facts_.deps.board.forget(facts_.identity);
  }
  tell_registry();
}

std::optional<VisitStop> RobotVisit::unproved(const base::Error& error) {
  if (!refused(runner_->last_proof())) return stop_of(facts_, error, admin_name_);
  // Harbor made it and does not know it: perhaps it was deleted meanwhile. The next plan removes it and begins anew.
  memory_.failed_proofs += 1;
  memory_.minted_dead = memory_.failed_proofs >= kProofs;
  return VisitStop{error, {}, kSecondLook};
}

base::Result<Outcome> RobotVisit::conclude(std::optional<VisitStop> stop) {
  publish(stop);
  if (!stop) return rest();
  if (const auto wait = until_giving_up()) {
    if (*wait <= Millis{0}) return give_up();
    // However far apart the tries are by now.
    facts_.deps.credentials.add_after(credential_key(facts_.identity), *wait);
  }
  if (stop->error.kind == ErrorKind::kCancelled) return fail(std::move(stop->error));
  // What waits for a person is looked at now and then, and at once when a Secret or the registry changes.
  if (!stop->again && !base::retryable(stop->error.kind)) stop->again = facts_.registry.spec.interval;
  if (stop->again) return Outcome{facts_.leaving ? std::min(*stop->again, kSecondLook) : *stop->again};
  return fail(std::move(stop->error));
}

Outcome RobotVisit::rest() const {
  std::optional<Millis> wait;
  const auto sooner = [&](Millis candidate) {
    const auto bounded = std::max(candidate, Millis{0}) + Millis{1};
    wait = std::min(wait.value_or(bounded), bounded);
  };
  if (facts_.wish && memory_.verified_at) {
    sooner(std::chrono::duration_cast<Millis>(*memory_.verified_at + facts_.registry.spec.interval - now()));
  }
  if (wake_at_) sooner(std::chrono::seconds(*wake_at_ - base::unix_seconds(facts_.deps.clock.now())));
  return {wait};
}

void RobotVisit::tell_registry() { facts_.deps.registries.add(facts_.identity.registry); }

void RobotVisit::tell(bool warning, std::string_view reason, const std::string& note) {
  const std::string where = facts_.identity.ns.empty() ? "" : "namespace " + facts_.identity.ns + ": ";
  facts_.deps.events.record({regarding(facts_.registry), warning, std::string(reason), "Rotate", where + note});
}

void RobotVisit::publish(const std::optional<VisitStop>& stop) {
  const auto before = record_.trouble;
  if (!stop) {
    record_.trouble.reset();
  } else if (stop->trouble) {
    record_.trouble = stop->trouble;
  }
  const bool has_current = stored_.state.newest(RobotPhase::kCurrent) != nullptr;
  if (facts_.wish && record_.trouble && record_.trouble != before) {
    facts_.deps.metrics.rotation_done(facts_.identity.registry, "error");
    if (has_current) tell(true, plan::kRotationFailed, record_.trouble->message);
  }
  if (stop && stop->trouble && plan::tells_of_absence(stop->trouble->reason)) {
    const plan::Finding away{"False", stop->trouble->reason, stop->trouble->message};
    if (facts_.deps.board.note_reach(facts_.identity.registry, away)) tell_registry();
  }
  const bool dropped = !facts_.deps.robots.exists(facts_.identity) && !facts_.wish;
  const bool news = !dropped && facts_.deps.board.note(facts_.identity, record_);
  if (!news && !moved_ && !(check_ && check_->moved())) return;
  if (facts_.identity.ns.empty()) return tell_registry();
  facts_.deps.namespaces.add(facts_.identity.ns);
  facts_.deps.registries.add_after(facts_.identity.registry, kGather);
}

void RobotVisit::tell_left(const std::string& endpoint, const std::string& names) {
  tell(true, plan::kRobotLeft, "robot accounts are left at " + endpoint + ", delete them there: " + names);
}

std::optional<Millis> RobotVisit::until_giving_up() const {
  const auto deleted = base::parse_rfc3339(facts_.registry.deletion_timestamp);
  if (!facts_.leaving || !deleted) return std::nullopt;
  return std::chrono::ceil<Millis>(*deleted + facts_.give_up_after - facts_.deps.clock.now());
}

base::Result<Outcome> RobotVisit::give_up() {
  std::string names;
  for (const auto& robot : stored_.state.robots) names += (names.empty() ? "" : ", ") + robot.name;
  facts_.log.warn("robots are left at Harbor", {{"robots", names}});
  tell_left(api::endpoint_of(facts_.registry.spec), names);
  if (auto dropped = facts_.deps.robots.drop(stored_); !dropped) return fail(std::move(dropped.error()));
  tell_registry();
  return Outcome{};
}

}  // namespace reconcile
