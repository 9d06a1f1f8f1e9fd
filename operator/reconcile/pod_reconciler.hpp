// One pending Pod: would our Secret cure it if it were made again, and may it be evicted now? Nothing of a Pod is ever
// changed, and no Pod is deleted but through the eviction API.
#pragma once

#include <map>
#include <string>

#include "plan/eviction_guard.hpp"
#include "plan/pod_recovery.hpp"
#include "reconcile/deps.hpp"
#include "runtime/controller.hpp"

namespace reconcile {

/// Keys are "namespace/name". One worker only: guard and rate are its own.
class PodReconciler final : public runtime::Reconciler {
 public:
  explicit PodReconciler(const Deps& deps) : deps_(deps) {}

  base::Result<runtime::Outcome> reconcile(const std::string& key, const base::Log& log,
                                           const std::stop_token& stop) override;
  /// Makes every Pod due that waits for an image.
  void start();

 private:
  /// A Pod and what was found out about it.
  struct Case {
    const std::string& key;
    const api::Pod& pod;
    const plan::PodVerdict& verdict;
    bool by_policy;  ///< the admission policy is in force for the verdict's registry
    const base::Log& log;
  };
  /// Registries for which the admission policy is in force, by what is seen of it.
  [[nodiscard]] std::vector<std::string> policy_serves() const;
  static std::string case_of(const Case& of);
  [[nodiscard]] std::optional<plan::EvictionBasis> basis(const Case& of) const;
  base::Result<runtime::Outcome> try_eviction(const Case& of);
  base::Result<runtime::Outcome> evict(const Case& of, const plan::EvictionBasis& basis);
  base::Result<runtime::Outcome> conclude(const Case& of, const base::Error& error);
  runtime::Outcome wait(const Case& of, std::optional<base::Millis> again_after = std::nullopt);
  runtime::Outcome give_up(const Case& of, const std::string& cure);
  runtime::Outcome clear(const std::string& key);
  void note_refused(bool refused);
  void record(const Case& of, bool warning, std::string_view reason, std::string note);

  Deps deps_;
  plan::EvictionGuard guard_;
  plan::EvictionRate rate_;
  std::map<std::string, base::SteadyTime> held_until_;  ///< by key: before, the server said not to ask again
  std::string refused_at_ = {};                         ///< the key at which RBAC last refused an eviction
};

/// Makes the Pods of the namespace due that wait for an image: something there changed.
void wake_pods(const Deps& deps, const std::string& ns);
/// All Pods that wait are to be looked at again.
void wake_all_pods(const Deps& deps);

}  // namespace reconcile
