// The stage of an integration test: the operator running on the shared control plane, and everything it made swept away
// after.
#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "support/audit.hpp"
#include "support/canary.hpp"
#include "support/client.hpp"
#include "support/control_plane.hpp"
#include "support/eventually.hpp"
#include "support/operator.hpp"

namespace integration {

using support::Answer;
using support::Client;
using support::eventually;
using support::Json;
using support::Millis;
using support::never;
using support::Seen;

inline constexpr const char* kHost = "harbor.example.com";
/// Every password in the suite holds this, and nothing that the operator says may.
inline constexpr const char* kCanary = "CanaryPassword-4711";
/// A patience for what should take milliseconds, on a loaded machine.
inline constexpr Millis kSoon{20'000};

/// Namespaces, registries and source Secrets made through this object are removed when it goes, after a last look: no
/// log, event, status or metric of the operators holds the canary, or the secret of a robot that was there at the end.
/// Use one in each TEST_CASE. The control plane is shared by the program.
class Scene {
 public:
  /// Starts one operator unless told otherwise.
  enum class Begin { kWithOperator, kWithoutOperator };
  explicit Scene(Begin begin = Begin::kWithOperator, support::OperatorOptions options = {});
  ~Scene();
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  [[nodiscard]] support::ControlPlane& cluster() const { return support::shared_control_plane(); }
  [[nodiscard]] const Client& admin() const { return cluster().client(); }
  /// The running operator; REQUIREs that there is one.
  [[nodiscard]] support::Operator& op();
  /// One more, or the first; waits until it is ready.
  support::Operator& start_operator(support::OperatorOptions options = {});
  /// SIGTERM (or SIGKILL) to the last one and forgets it (its log is kept for the last look).
  void stop_operator();
  void kill_operator();

  /// A new namespace with a unique name that begins with `stem`; returns the name.
  std::string make_namespace(const std::string& stem, const support::Labels& labels = {});
  /// A basic-auth source Secret in the operator's namespace, password kCanary + suffix. Returns its name.
  std::string make_credential(const std::string& name, const std::string& suffix = "");
  /// Any object, remembered for the sweep. REQUIREs success. `collection` as "/api/v1/namespaces/x/secrets".
  void make(const std::string& collection, const Json& object);
  /// Applies a HarborRegistry; REQUIREs success. Sweeps it at the end. `spec` as in YAML.
  void make_registry(const std::string& name, const Json& spec);
  /// {host, credential.secretRef, namespaces.selector.matchLabels{scene: <unique>}, ...}: selects what
  /// make_namespace(stem, selected()) makes.
  [[nodiscard]] Json spec(const std::string& credential, const std::string& host = kHost) const;
  [[nodiscard]] support::Labels selected() const { return {{"scene", id_}}; }
  [[nodiscard]] const std::string& id() const { return id_; }
  void patch_registry(const std::string& name, const Json& merge_patch);
  [[nodiscard]] Json registry(const std::string& name) const;

  /// Waits for condition `type` to have that status and reason at the current generation; returns the registry.
  Json wait_condition(const std::string& name, const std::string& type, const std::string& status,
                      const std::string& reason, Millis patience = kSoon);
  Json wait_ready(const std::string& name, Millis patience = kSoon) {
    return wait_condition(name, "Ready", "True", "Synced", patience);
  }
  /// Waits until `status.namespaces` is that text ("2/3") and Ready is True or, for a partial one, decided; returns the
  /// registry.
  Json wait_counts(const std::string& name, const std::string& namespaces);
  /// Waits until the namespace's pull Secret holds this password for `host`.
  void wait_secret(const std::string& ns, const std::string& password, const std::string& host = kHost,
                   const std::string& secret = "harbor-pull");
  void wait_no_secret(const std::string& ns, const std::string& secret = "harbor-pull");
  void wait_attached(const std::string& ns, const std::string& account = "default",
                     const std::string& secret = "harbor-pull");
  void wait_detached(const std::string& ns, const std::string& account = "default",
                     const std::string& secret = "harbor-pull");
  /// Waits for an event with that reason regarding an object of that kind and name ("" ns: cluster-scoped); returns it.
  Json wait_event(const std::string& kind, const std::string& ns, const std::string& name, const std::string& reason);
  /// What an operator that is not this scene's said: the last look goes through it too.
  void heard(std::string text) { said_.push_back(std::move(text)); }
  /// Another secret, of 12 bytes or more, that the last look is to search for.
  void also_look_for(const std::string& secret) const { secrets_.insert(secret); }
  [[nodiscard]] std::string password(const std::string& suffix = "") const { return std::string(kCanary) + suffix; }

 private:
  void sweep();
  void learn_secrets();
  void look_for_canary();

  std::string id_;
  int made_ = 0;
  std::vector<std::unique_ptr<support::Operator>> operators_;
  mutable std::set<std::string> secrets_{kCanary};
  std::vector<std::string> said_;  // logs and metrics of operators that ended
  std::vector<std::string> registries_;
  std::vector<std::string> namespaces_;
  std::vector<std::string> others_;
};

}  // namespace integration
