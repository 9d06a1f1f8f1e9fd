// What is remembered of the robots of one identity, in a Secret of its own in the operator's namespace. It is written
// before and after every step at Harbor, so that a crash between any two can be continued.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret_string.hpp"
#include "plan/docker_config.hpp"

namespace plan {

/// Whose credential a robot is: a registry's, or that of one namespace of it (sharing: PerNamespace).
struct RobotIdentity {
  std::string registry = {};
  std::string ns = {};  ///< empty: the robot of the whole registry
  bool operator==(const RobotIdentity&) const = default;
};

enum class RobotPhase {
  kIntended,  ///< may or may not be at Harbor; its secret is not known, so nobody ever used it
  kMinted,    ///< its secret is known; not proved yet, so nobody was given it
  kCurrent,   ///< proved: what pull Secrets are to hold
  kRetiring,  ///< replaced, or given up; deleted when nobody holds it any more and the overlap is over
};

struct RobotGeneration {
  int generation = 0;
  std::string name = {};      ///< as stored at Harbor, without prefix and project
  std::string endpoint = {};  ///< of the Harbor where it lives
  /// Sorted. One: a robot of that project; several: a system robot for these.
  std::vector<std::string> projects = {};
  RobotPhase phase = RobotPhase::kIntended;
  std::int64_t id = 0;     ///< Harbor's; 0: not known
  std::string login = {};  ///< Harbor's full name, prefix included
  base::SecretString secret = {};
  std::int64_t created_at = 0;    ///< seconds since 1970, by Harbor's clock
  std::int64_t expires_at = 0;    ///< likewise; 0: never
  std::int64_t unused_since = 0;  ///< likewise, by our clock: since then no pull Secret holds it; 0: not known to be so
  bool operator==(const RobotGeneration&) const = default;

  /// Its secret was never known to anybody: a creation whose reply was lost, or that never took place.
  [[nodiscard]] bool never_used() const { return secret.empty() && id == 0; }
  [[nodiscard]] Credential credential() const { return {base::SecretString(login), secret}; }
};

struct RobotState {
  RobotIdentity identity = {};
  std::string admin = {};                    ///< the Secret with the account that makes and deletes them
  int last_generation = 0;                   ///< the highest number ever used
  std::string handled_rotate_at = {};        ///< the annotation's value that was obeyed last
  std::int64_t overlap = 0;                  ///< seconds; what the registry wanted last
  std::vector<RobotGeneration> robots = {};  ///< by generation
  bool operator==(const RobotState&) const = default;

  [[nodiscard]] const RobotGeneration* find(int generation) const;
  [[nodiscard]] RobotGeneration* find(int generation);
  /// Whether there is one that is to go: any when none is `wanted`, else a retiring one.
  [[nodiscard]] bool any_unwanted(bool wanted) const;
  /// The newest robot of that phase, or nullptr.
  [[nodiscard]] const RobotGeneration* newest(RobotPhase phase) const;
};

/// The type of state Secrets and the keys in them.
inline constexpr std::string_view kRobotStateType = "harborpull.io/robot-state";
inline constexpr std::string_view kRobotStateKey = "state.json";

/// The common part of the names of an identity's robots, and the name of its state Secret:
/// "harbor-pull-<registry>-<10 hex digits>", valid for Kubernetes and Harbor, at most 64 characters. The digits stand
/// for cluster, registry and namespace, so that two clusters, or two registries, never take each other's robots.
/// `cluster` is the uid of namespace kube-system.
[[nodiscard]] std::string robot_base_name(std::string_view cluster, const RobotIdentity& identity);
[[nodiscard]] std::string robot_name(std::string_view base, int generation);
/// The generation in a name of that base; 0 when `name` is no such name.
[[nodiscard]] int generation_of(std::string_view name, std::string_view base);

[[nodiscard]] base::SecretString render_robot_state(const RobotState& state);
/// Fails with kInvalid; the message never quotes the input.
[[nodiscard]] base::Result<RobotState> parse_robot_state(std::string_view json);

}  // namespace plan
