// What is to be done next about the robots of one identity. Pure: what was seen in, steps out.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "plan/robot_state.hpp"

namespace plan {

/// The robot that a registry wants for an identity. Times are seconds.
struct RobotWish {
  std::vector<std::string> projects = {};  ///< sorted, at least one
  int lifetime_days = 30;                  ///< -1: never expires
  std::optional<std::int64_t> renew_before = {};
  std::int64_t overlap = 0;
  std::string rotate_at = {};  ///< the annotation; a new value asks for a rotation
};

/// What Harbor said of the current robot's credential.
enum class RobotVerdict {
  kUntold,  ///< not asked, or no usable answer
  kWorks,
  kDead,  ///< Harbor refuses it, or it no longer opens what it should: a new one is due
};

struct RobotFacts {
  std::optional<RobotWish> wish = {};  ///< nullopt: nobody wants a robot for this identity any more
  bool leaving = false;                ///< without a wish: no overlap either, its pull Secrets are gone for good
  RobotState state = {};
  std::string base = {};      ///< robot_base_name of the identity
  std::string endpoint = {};  ///< of the Harbor that we talk to
  std::set<int> in_use = {};  ///< generations that some pull Secret still holds
  RobotVerdict verdict = RobotVerdict::kUntold;
  /// Of the minted one, since a proof of it failed. kDead only when Harbor does not know its login or secret: whatever
  /// else is wrong, another robot would not pull either.
  RobotVerdict minted = RobotVerdict::kUntold;
  std::int64_t harbor_now = 0;  ///< seconds since 1970 by Harbor's clock
  std::int64_t now = 0;         ///< by ours
};

/// Write down the intent to make this robot, before anything happens at Harbor.
struct IntendRobot {
  RobotGeneration robot = {};
  std::string why = {};
};
/// Make it at Harbor under its name, whatever a lost reply left there, and keep its secret.
struct MintRobot {
  int generation = 0;
};
/// Prove that it pulls; then it is the current one, any older is retiring with no overlap begun, and the rotation that
/// the annotation asks for is handled: not before, or it would be lost with a robot that is given up.
struct ProveRobot {
  int generation = 0;
};
/// Give up one that is not finished, or that nobody wants any more: from then on it is retiring, with the overlap that
/// it has had. Written down before anything is removed: a current one would be given out again if the wish came back.
struct AbandonRobot {
  int generation = 0;
  std::string why = {};
};
/// Note that no pull Secret holds it any more: its overlap begins.
struct MarkUnused {
  int generation = 0;
};
/// Note that it is wanted again, or that a pull Secret holds it again: the overlap that had begun does not count.
struct MarkUsed {
  int generation = 0;
};
/// Delete it at Harbor, by id and name, then forget it.
struct RemoveRobot {
  int generation = 0;
};
/// Forget it without a word to Harbor: it lives at an endpoint to which our account must not be sent.
struct LeaveRobot {
  int generation = 0;
};
/// Nothing is left to remember.
struct DropRobotState {};

using RobotStep = std::variant<IntendRobot, MintRobot, ProveRobot, AbandonRobot, MarkUnused, MarkUsed, RemoveRobot,
                               LeaveRobot, DropRobotState>;

struct RobotPlan {
  std::optional<RobotStep> forward = {};  ///< towards a robot that fits the wish
  std::vector<RobotStep> cleanup = {};    ///< of what is not wanted any more; independent of `forward`
  /// When time alone makes something due: seconds since 1970 by our clock.
  std::optional<std::int64_t> wake_at = {};
};

/// Take the steps, look again, plan again, until no step is left.
[[nodiscard]] RobotPlan plan_robots(const RobotFacts& facts);

/// When the current robot is to be renewed, by Harbor's clock; nullopt: never by time.
[[nodiscard]] std::optional<std::int64_t> renewal_of(const RobotGeneration& robot, const RobotWish& wish);

/// "mint robot g3 (renewal is due)", for logs.
[[nodiscard]] std::string describe(const RobotStep& step);

}  // namespace plan
