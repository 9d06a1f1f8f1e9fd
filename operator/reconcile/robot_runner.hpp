// Takes the steps of plan/robot_plan.hpp for one identity: each is a write to the state, or something at Harbor between
// two writes.
#pragma once

#include <stop_token>
#include <string>

#include "api/harbor_registry.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "harbor/api.hpp"
#include "plan/robot_plan.hpp"
#include "reconcile/prover.hpp"
#include "reconcile/robot_store.hpp"

namespace reconcile {

/// One pass over one identity. All references outlive it.
struct RobotScene {
  const api::HarborRegistry& registry;
  harbor::Api& harbor;
  harbor::Account admin = {};
  std::string admin_name = {};  ///< "Secret ns/name", for messages
  int lifetime_days = 30;
  const base::Clock& clock;
  const base::Log& log;
  const std::stop_token& stop;
};

/// Not thread-safe: one for each pass. Errors are those of the API server (kConflict: look again) or of Harbor; those
/// of Harbor carry in Error::reason what plan/reasons.hpp calls it when the error's kind does not tell.
class RobotRunner {
 public:
  RobotRunner(RobotStore& store, RobotScene scene, RobotStore::Stored& stored)
      : store_(store), scene_(std::move(scene)), stored_(stored) {}

  /// On success the stored state is the one after the step.
  [[nodiscard]] base::Status take(const plan::RobotStep& step);

  /// Under which login Harbor knows a robot that it does not let in: another one when its prefix for robots changed.
  /// Empty: it is deleted or disabled, or known as we know it, so that its secret was changed or it expired.
  [[nodiscard]] base::Result<std::string> new_login(int generation);
  /// Keeps a login that was proved.
  [[nodiscard]] base::Status rename(int generation, std::string login);
  /// Seconds since 1970 by Harbor's clock, as far as its answers told it; by ours before the first.
  [[nodiscard]] std::int64_t harbor_now() const;
  /// Whether `prove` was the last step and Harbor rejected the robot.
  [[nodiscard]] const plan::Proof& last_proof() const { return proof_; }
  [[nodiscard]] const plan::Finding& last_reach() const { return reach_; }

 private:
  [[nodiscard]] base::Status intend(const plan::IntendRobot& step);
  [[nodiscard]] base::Status mint(int generation);
  [[nodiscard]] base::Status prove(int generation);
  [[nodiscard]] base::Status abandon(const plan::AbandonRobot& step);
  [[nodiscard]] base::Status mark(int generation, std::int64_t unused_since);
  [[nodiscard]] base::Status remove(int generation);
  [[nodiscard]] base::Status forget(int generation);

  /// Where robots for these projects are listed; 0 as project_id: nowhere, the project is surely not there.
  [[nodiscard]] base::Result<harbor::RobotQuery> where(const std::vector<std::string>& projects);
  struct Listed {
    std::vector<harbor::Robot> robots = {};
    bool no_project = false;  ///< their project is not there, and so are they not
  };
  /// The robots at Harbor whose names hold `part`, among those for these projects. Says why when it is refused.
  [[nodiscard]] base::Result<Listed> list(const std::vector<std::string>& projects, const std::string& part);
  [[nodiscard]] base::Status clear_the_way(const plan::RobotGeneration& robot);
  /// Takes in what is at Harbor under our names when nothing is remembered.
  [[nodiscard]] base::Status adopt_leftovers(const plan::RobotGeneration& beside);
  [[nodiscard]] base::Status adopt(const harbor::Robot& leftover, int generation, const plan::RobotGeneration& beside);
  [[nodiscard]] base::Result<harbor::CreatedRobot> create(const plan::RobotGeneration& robot);
  /// What to add to a refusal to make a robot of that level.
  [[nodiscard]] std::string why_refused(harbor::Level level);
  [[nodiscard]] base::Status become_current(int generation);

  RobotStore& store_;
  RobotScene scene_;
  RobotStore::Stored& stored_;
  plan::Proof proof_ = {};
  plan::Finding reach_ = {};
};

}  // namespace reconcile
