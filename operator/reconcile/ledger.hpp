// What became of each namespace for each registry: written by the namespace reconciler, summed up for the status.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.hpp"
#include "plan/placement.hpp"
#include "plan/status_plan.hpp"
#include "reconcile/world.hpp"

namespace reconcile {

/// The outcome of one namespace for one registry.
struct Record {
  enum class State { kSynced, kWaiting, kFailed };
  State state = State::kSynced;
  std::string reason = {};  ///< for kFailed
  std::string message = {};
  bool accounts_only = false;  ///< the Secret is right, a ServiceAccount is not
  plan::Placement placement = {};
  bool operator==(const Record&) const = default;
};
using Records = std::map<std::string, Record>;  ///< by registry

/// Thread-safe. Locks nothing else while locked.
class Ledger {
 public:
  /// The registry's share in these namespaces must be looked at again; until a run that begins later has ended they are
  /// pending.
  void expect(const std::string& registry, const std::vector<std::string>& namespaces) EXCLUDES(mutex_);

  /// A point in time to give to `note`; taken before a run reads anything.
  [[nodiscard]] std::uint64_t begin() const EXCLUDES(mutex_);
  /// Replaces what is known of the namespace by the outcome of a run. Returns the registries for which something
  /// changed, and the records that are newly failed (for events).
  struct Noted {
    std::set<std::string> changed = {};
    std::vector<Record> newly_failed = {};
  };
  Noted note(const std::string& ns, std::uint64_t began, Records records) EXCLUDES(mutex_);
  /// The namespace is gone.
  Noted forget(const std::string& ns) EXCLUDES(mutex_);

  /// Counts over the namespaces that `entry` means.
  [[nodiscard]] plan::Tally tally(const plan::Entry& entry, const World& world) const EXCLUDES(mutex_);
  /// The registry's share in the namespace's Secret is right, as far as the last run knows; none is awaited.
  [[nodiscard]] bool secret_right(const std::string& ns, const std::string& registry) const EXCLUDES(mutex_);
  /// Namespaces whose run is still awaited.
  [[nodiscard]] std::int64_t awaited(const std::string& registry) const EXCLUDES(mutex_);

 private:
  /// What the last run noted, or nullptr.
  [[nodiscard]] const Record* last_record(const std::string& ns, const std::string& registry) const REQUIRES(mutex_);
  [[nodiscard]] bool is_awaited(const std::string& ns, const std::string& registry) const REQUIRES(mutex_);
  void clear_expected(const std::string& ns, std::uint64_t began, std::set<std::string>& changed) REQUIRES(mutex_);

  mutable base::Mutex mutex_;
  std::uint64_t sequence_ GUARDED_BY(mutex_) = 0;
  std::map<std::string, Records> records_ GUARDED_BY(mutex_);                                // by namespace
  std::map<std::string, std::map<std::string, std::uint64_t>> expected_ GUARDED_BY(mutex_);  // namespace, registry
};

/// Namespaces that the entry means now.
[[nodiscard]] std::vector<std::string> meant_namespaces(const plan::Entry& entry, const World& world);
/// Namespaces (still there, not terminating) with a Secret of ours that names the registry.
[[nodiscard]] std::vector<std::string> holding_namespaces(const std::string& registry, const World& world);

}  // namespace reconcile
