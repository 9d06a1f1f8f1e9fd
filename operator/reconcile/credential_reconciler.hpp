// The credential of an identity: verified with Harbor now and then, and, where a robot is wanted, made, rotated and
// removed. The only reconciler that talks to Harbor; what it learns goes to the board, what it makes into state
// Secrets.
#pragma once

#include <memory>
#include <string>

#include "plan/robot_plan.hpp"
#include "reconcile/credential_memory.hpp"
#include "reconcile/deps.hpp"
#include "reconcile/harbor_access.hpp"
#include "reconcile/prover.hpp"
#include "runtime/controller.hpp"

namespace reconcile {

/// Keys are identities (credential_key). Thread-safe; blocks on Harbor.
class CredentialReconciler final : public runtime::Reconciler {
 public:
  /// `give_up_after`: how long after its deletion a registry waits for a Harbor that does not let its robots go.
  CredentialReconciler(const Deps& deps, HarborAccess& access, base::Millis give_up_after)
      : deps_(deps), access_(access), give_up_after_(give_up_after) {}

  base::Result<runtime::Outcome> reconcile(const std::string& key, const base::Log& log,
                                           const std::stop_token& stop) override;

 private:
  /// One run: what it is about.
  struct Run {
    const api::HarborRegistry& registry;
    const plan::Entry& entry;
    plan::RobotIdentity identity;
    const base::Log& log;
    const std::stop_token& stop;
  };
  base::Result<runtime::Outcome> look(const Run& run);
  base::Result<runtime::Outcome> verify_given(const Run& run);
  using Way = base::Result<std::shared_ptr<harbor::Api>>;
  base::Result<runtime::Outcome> prove_given(const Run& run, const Way& harbor, const Verified& what,
                                             IdentityMemory& memory);
  base::Result<runtime::Outcome> look_after_robots(const Run& run);
  base::Result<runtime::Outcome> look_after_many(const Run& run);
  [[nodiscard]] base::Result<std::optional<plan::RobotWish>> wish_of(const Run& run) const;
  void note(const Run& run, const plan::Finding& reach, plan::CredentialRecord record);
  void note_of_namespace(const Run& run, plan::CredentialRecord record);
  void wake_identities(const Run& run, bool all);
  /// What the robots of all namespaces follow: the spec, the annotations, the account.
  [[nodiscard]] std::string what_is_said(const Run& run) const;

  Deps deps_;
  HarborAccess& access_;
  const base::Millis give_up_after_;
  CredentialMemory memory_;
};

}  // namespace reconcile
