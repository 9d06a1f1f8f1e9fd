// One look at the robots of one identity: is the current one still good, what is due, and what became of it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "reconcile/robot_check.hpp"
#include "reconcile/robot_runner.hpp"
#include "reconcile/visit.hpp"
#include "runtime/controller.hpp"

namespace reconcile {

class RobotVisit {
 public:
  RobotVisit(VisitFacts facts, RobotStore::Stored stored);
  /// Fails when something is to be tried again with back-off.
  [[nodiscard]] base::Result<runtime::Outcome> run();

 private:
  /// A way to Harbor, or what stops us.
  [[nodiscard]] std::optional<VisitStop> prepare();
  /// The account that makes robots, or why it cannot be used.
  [[nodiscard]] std::optional<VisitStop> use_account();
  [[nodiscard]] std::optional<VisitStop> look_with(std::optional<VisitStop> no_account);
  [[nodiscard]] std::optional<VisitStop> work();
  [[nodiscard]] std::optional<VisitStop> clean_up(const plan::RobotStep& step);
  [[nodiscard]] std::optional<VisitStop> advance(const plan::RobotStep& step);
  [[nodiscard]] std::optional<VisitStop> unproved(const base::Error& error);
  void after(const plan::RobotStep& step);
  /// They are gone, their state as well.
  void forget_robots();
  [[nodiscard]] plan::RobotFacts observe() const;
  [[nodiscard]] base::Result<runtime::Outcome> conclude(std::optional<VisitStop> stop);
  [[nodiscard]] runtime::Outcome rest() const;
  void publish(const std::optional<VisitStop>& stop);
  void tell_registry();
  void tell(bool warning, std::string_view reason, const std::string& note);
  /// Nothing while the registry is not being deleted.
  [[nodiscard]] std::optional<base::Millis> until_giving_up() const;
  /// Robots stay at Harbor that nobody remembers any more.
  void tell_left(const std::string& endpoint, const std::string& names);
  [[nodiscard]] base::Result<runtime::Outcome> give_up();
  [[nodiscard]] base::SteadyTime now() const { return facts_.deps.clock.steady(); }

  VisitFacts facts_;
  RobotStore::Stored stored_;
  IdentityMemory& memory_;
  std::shared_ptr<harbor::Api> harbor_;
  std::optional<RobotRunner> runner_;
  std::optional<RobotCheck> check_;
  plan::CredentialRecord record_;
  std::optional<std::int64_t> wake_at_ = {};  ///< of the last plan
  bool moved_ = false;                        ///< the state was written
  std::string admin_name_ = {};               ///< "Secret ns/name", for messages
};

}  // namespace reconcile
