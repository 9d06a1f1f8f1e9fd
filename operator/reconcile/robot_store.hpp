// The state Secrets of robots: read from the store that follows the operator's namespace, written with the version that
// was read, so that nothing newer is ever overwritten.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "kube/api.hpp"
#include "plan/credential_record.hpp"
#include "plan/robot_state.hpp"
#include "reconcile/world.hpp"
#include "runtime/metrics.hpp"

namespace reconcile {

/// The state in such a Secret, wherever it comes from. Fails with kInvalid; the message quotes nothing of it.
[[nodiscard]] base::Result<plan::RobotState> state_in(const api::SourceSecret& secret);

/// Thread-safe; writing blocks (10 s at most). One writer for each identity at a time.
class RobotStore {
 public:
  RobotStore(World& world, kube::Api& api, runtime::Metrics& metrics) : world_(world), api_(api), metrics_(metrics) {}

  /// A state as it is remembered; `meta.uid` empty: there is no Secret for it yet.
  struct Stored {
    plan::RobotState state = {};
    api::Meta meta = {};
  };
  /// A fresh state where there is none. Fails with kInvalid and the remedy when the Secret cannot be read.
  [[nodiscard]] base::Result<Stored> read(const plan::RobotIdentity& identity) const;
  /// For decisions: nullopt as well when the Secret is not there or cannot be read.
  [[nodiscard]] std::optional<plan::RobotState> state(const plan::RobotIdentity& identity) const;
  [[nodiscard]] bool exists(const plan::RobotIdentity& identity) const;
  /// Those of the registry that have a state Secret in this cluster.
  [[nodiscard]] std::vector<plan::RobotState> states(const std::string& registry) const;
  /// Of robots and state Secret; see plan::robot_base_name.
  [[nodiscard]] std::string base_name(const plan::RobotIdentity& identity) const;

  /// Creates the Secret, or replaces just the version that was read; kConflict: somebody else was quicker, look again.
  /// On success `stored.meta` is the new version's.
  [[nodiscard]] base::Status write(Stored& stored);
  /// Asks the API server whether `stored` is the newest there is; kConflict when it is not. Before a step at Harbor
  /// that rests on it and cannot be taken back: a write of ours whose reply was lost may have gone further.
  [[nodiscard]] base::Status confirm(const Stored& stored);
  /// Deletes the Secret; fine when it is gone.
  [[nodiscard]] base::Status drop(const Stored& stored);

 private:
  [[nodiscard]] std::string cluster() const;
  /// What the API server has now, taken into the store; nullopt when there is none.
  [[nodiscard]] base::Result<std::optional<api::SourceSecret>> fetch(const api::Meta& meta);

  World& world_;
  kube::Api& api_;
  runtime::Metrics& metrics_;
};

}  // namespace reconcile
