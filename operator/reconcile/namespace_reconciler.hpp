// One namespace: observe -> plan -> apply -> note the outcome in the ledger.
#pragma once

#include <atomic>
#include <map>
#include <set>
#include <string>

#include "plan/contention.hpp"
#include "plan/namespace_plan.hpp"
#include "reconcile/deps.hpp"
#include "reconcile/writer.hpp"
#include "runtime/controller.hpp"

namespace reconcile {

class NamespaceReconciler final : public runtime::Reconciler {
 public:
  /// `makes_default_account`: ServiceAccount `default` of a new namespace is made with the reference. That takes a
  /// right of its own; without it this is said once, and all goes on as if it had not been asked for.
  NamespaceReconciler(const Deps& deps, bool makes_default_account)
      : deps_(deps),
        writer_(deps.api, deps.world, deps.keys, deps.metrics),
        makes_default_account_(makes_default_account) {}

  base::Result<runtime::Outcome> reconcile(const std::string& key, const base::Log& log,
                                           const std::stop_token& stop) override;
  /// Forgets all fights: a user asked to try again.
  void forget_contention() EXCLUDES(mutex_);

 private:
  struct Run;  // one pass over one namespace
  [[nodiscard]] plan::NamespaceFacts observe(const std::string& ns) const;
  void apply(Run& run, const plan::Step& step);
  base::Status perform(Run& run, const plan::Step& step);
  base::Status attach(Run& run, const plan::Attach& step);
  base::Status detach(const plan::Detach& step);
  base::Status make_account(const Run& run, const plan::MakeAccount& step);
  void note_contended(Run& run, const plan::Attach& step);
  base::Result<runtime::Outcome> conclude(Run& run);
  void publish(const Run& run, const Ledger::Noted& noted);
  /// The identity of each registry that has, or is to have, a robot for this namespace is to be looked at.
  void wake_credentials(const std::string& ns) const;
  void forget_old_fights(base::SteadyTime now) REQUIRES(mutex_);

  Deps deps_;
  NamespaceWriter writer_;
  std::atomic<bool> makes_default_account_;
  base::Mutex mutex_;
  base::SteadyTime next_sweep_ GUARDED_BY(mutex_) = {};
  std::map<std::string, plan::Fight> fights_ GUARDED_BY(mutex_);  // by namespace/account/uid/secret
};

}  // namespace reconcile
