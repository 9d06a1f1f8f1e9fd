#include "reconcile/robot_check.hpp"

#include "plan/reasons.hpp"

namespace reconcile {

using base::ErrorKind;
using plan::Proof;
using plan::RobotPhase;

Verified RobotCheck::subject(const plan::RobotGeneration& robot) const {
  return {plan::digest(robot.credential(), facts_.deps.keys), &harbor_, facts_.registry.reconcile_requested_at,
          robot.projects};
}

ProofResult RobotCheck::prove_login(const plan::RobotGeneration& robot, const std::string& login) {
  return reconcile::prove(harbor_, {robot.endpoint, facts_.registry.spec.host, {login, robot.secret}, robot.projects},
                          facts_.stop);
}

std::optional<VisitStop> RobotCheck::run() {
  const auto* current = stored_.state.newest(RobotPhase::kCurrent);
  const bool ours = current != nullptr && current->endpoint == api::endpoint_of(facts_.registry.spec);
  if (!facts_.wish || !ours) return std::nullopt;
  const auto now = facts_.deps.clock.steady();
  if (!memory_.due(subject(*current), now, facts_.registry.spec.interval)) return std::nullopt;
  if (const auto wait = memory_.suspicion.too_early(now); wait > base::Millis{0}) {
    return VisitStop{{ErrorKind::kUnauthorized, current->login + " may be refused"}, {}, wait};
  }
  return judge_current(*current, prove_login(*current, current->login));
}

std::optional<VisitStop> RobotCheck::judge_current(const plan::RobotGeneration& current, ProofResult result) {
  if (facts_.deps.board.note_reach(facts_.identity.registry, result.reach))
    facts_.deps.registries.add(facts_.identity.registry);
  auto& proof = result.proof;
  if (proof.state == Proof::State::kUnreachable) {
    // No trouble of the robot's: it may well work; that it is not verified is said with it.
    VisitStop stop{{ErrorKind::kUnavailable, proof.message}};
    note_current(current, std::move(proof));
    return stop;
  }
  if (refused(proof)) return find_out(current, std::move(proof));
  memory_.suspicion.clear();
  memory_.dead = proof.reason == plan::kPermissionDenied;
  note_current(current, std::move(proof));
  return std::nullopt;
}

std::optional<VisitStop> RobotCheck::find_out(const plan::RobotGeneration& current, Proof proof) {
  if (!memory_.suspicion.confirm(facts_.deps.clock.steady())) {
    return VisitStop{{ErrorKind::kUnauthorized, proof.message}, {}, kSecondLook};
  }
  if (runner_ == nullptr) {
    note_current(current, std::move(proof));
    memory_.verified_at.reset();  // why it is refused is still to be found out
    return std::nullopt;
  }
  const auto login = runner_->new_login(current.generation);
  if (!login) {
    note_current(current, std::move(proof));
    memory_.verified_at.reset();  // why it is refused is still to be found out
    return stop_of(facts_, login.error(), admin_name_);
  }
  if (!login->empty() && prove_login(current, *login).proof.state == Proof::State::kProved) {
    facts_.log.info("Harbor's prefix for robots changed", {{"robot", *login}});
    if (auto kept = runner_->rename(current.generation, *login); !kept)
      return stop_of(facts_, kept.error(), admin_name_);
    moved_ = true;
    memory_.suspicion.clear();
    note_current(*stored_.state.find(current.generation),
                 {Proof::State::kProved, std::string(plan::kVerified), {}, {}});
    return std::nullopt;
  }
  memory_.dead = true;
  note_current(current, std::move(proof));
  return std::nullopt;
}

void RobotCheck::note_current(const plan::RobotGeneration& current, Proof proof) {
  auto what = subject(current);
  proof.of = what.of;
  if (proof.state != Proof::State::kUnreachable) memory_.note(std::move(what), facts_.deps.clock.steady());
  record_.proof = std::move(proof);
}

}  // namespace reconcile
