// Whether the current robot of an identity still pulls, and what Harbor made of it when not. Inner part of robot_visit.
#pragma once

#include <optional>
#include <string>

#include "reconcile/prover.hpp"
#include "reconcile/robot_runner.hpp"
#include "reconcile/visit.hpp"

namespace reconcile {

/// One look. All references outlive it; `memory` and `record` take what was learnt.
class RobotCheck {
 public:
  struct Parts {
    const VisitFacts& facts;
    RobotStore::Stored& stored;
    IdentityMemory& memory;
    plan::CredentialRecord& record;
    RobotRunner* runner;  ///< nullptr: there is no account to ask about the robot with
    harbor::Api& harbor;
    const std::string& admin_name;
  };
  explicit RobotCheck(const Parts& parts)
      : facts_(parts.facts),
        stored_(parts.stored),
        memory_(parts.memory),
        record_(parts.record),
        runner_(parts.runner),
        harbor_(parts.harbor),
        admin_name_(parts.admin_name) {}

  /// Asks Harbor when it is due: something changed, or the interval is over.
  [[nodiscard]] std::optional<VisitStop> run();
  /// Takes down what was found out about the current robot's credential.
  void note_current(const plan::RobotGeneration& current, plan::Proof proof);
  /// The state was written.
  [[nodiscard]] bool moved() const { return moved_; }

 private:
  /// What a verification of that robot would be of.
  [[nodiscard]] Verified subject(const plan::RobotGeneration& robot) const;
  [[nodiscard]] ProofResult prove_login(const plan::RobotGeneration& robot, const std::string& login);
  [[nodiscard]] std::optional<VisitStop> judge_current(const plan::RobotGeneration& current, ProofResult result);
  [[nodiscard]] std::optional<VisitStop> find_out(const plan::RobotGeneration& current, plan::Proof refused);

  const VisitFacts& facts_;
  RobotStore::Stored& stored_;
  IdentityMemory& memory_;
  plan::CredentialRecord& record_;
  RobotRunner* runner_;
  harbor::Api& harbor_;
  const std::string& admin_name_;
  bool moved_ = false;
};

}  // namespace reconcile
