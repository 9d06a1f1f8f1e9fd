// One HarborRegistry: its finalizer, the fan-out of its changes to namespaces, its status. Touches no Secret itself.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "reconcile/namespace_reconciler.hpp"

namespace reconcile {

/// One worker only: the Book is refreshed here and nowhere else.
class RegistryReconciler final : public runtime::Reconciler {
 public:
  /// `retry_now` is called when a user asks for a new look, for each namespace concerned: its failures are forgotten.
  RegistryReconciler(const Deps& deps, NamespaceReconciler& namespaces,
                     std::function<void(const std::string&)> retry_now);

  base::Result<runtime::Outcome> reconcile(const std::string& key, const base::Log& log,
                                           const std::stop_token& stop) override;
  /// Reads the Book for the first time and makes every namespace due. Call before any worker runs.
  void start();

 private:
  /// What of a registry the credential reconciler minds. It is woken when this changes and not by each new count of
  /// namespaces: that would make nothing of its back-off.
  struct Concern {
    std::int64_t generation = -1;
    std::string reconcile_at = {};
    std::string rotate_at = {};
    bool deleting = false;
    bool finalizer = false;
    bool frozen = false;
    base::Digest auth = {};
    bool operator==(const Concern&) const = default;
  };
  void wake_credential(const api::HarborRegistry& registry, const plan::Entry& entry);
  void fan_out();
  void look_again_at(const std::string& registry, const std::vector<std::string>& namespaces,
                     runtime::Priority priority);
  /// Nothing of it is left to take away, or all of it is to stay.
  [[nodiscard]] bool may_go(const api::HarborRegistry& registry, const plan::Entry& entry) const;
  /// Namespaces that still have to be looked at, or still hold its Secret.
  [[nodiscard]] std::int64_t remaining(const std::string& name) const;
  base::Status add_finalizer(const api::HarborRegistry& registry);
  base::Status remove_finalizer(const api::HarborRegistry& registry, const base::Log& log);
  base::Status patch_finalizers(const api::HarborRegistry& registry, const std::string& patch, std::string_view action);
  void handle_trigger(const api::HarborRegistry& registry, const plan::Entry& entry);
  base::Result<runtime::Outcome> publish(const api::HarborRegistry& registry, const plan::Entry& entry,
                                         const base::Log& log);
  base::Status write_status(const api::HarborRegistry& registry, const api::HarborRegistryStatus& status);
  /// An Event about the registry.
  struct Remark {
    bool warning = false;
    std::string_view reason = {};
    std::string action = {};
    std::string note = {};
  };
  void record(const api::HarborRegistry& registry, const Remark& remark);
  [[nodiscard]] bool pods_refused() const;
  void warn_of_refused_pods(const api::HarborRegistry& registry, const plan::Entry& entry);
  void warn_of_insecure(const api::HarborRegistry& registry);
  void announce(const api::HarborRegistry& registry, const api::HarborRegistryStatus& status);
  void forget(const std::string& name);

  Deps deps_;
  NamespaceReconciler& namespaces_;
  std::function<void(const std::string&)> retry_now_;
  base::SteadyTime started_ = {};
  std::map<std::string, base::SteadyTime> published_;   // by registry: the last status write
  std::map<std::string, std::string> handled_trigger_;  // by registry: the last trigger that was fanned out
  std::set<std::string> told_of_refused_pods_;          // registries whose Event was sent
  std::map<std::string, Concern> concerns_;             // by registry: what the credential reconciler was woken for
};

}  // namespace reconcile
