// What is known of the credential of an identity, from asking Harbor. Kept in memory; the credential reconciler writes
// it, the Book and the status read it.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/digest.hpp"
#include "plan/robot_state.hpp"

namespace plan {

/// What Harbor says of a credential.
struct Proof {
  enum class State {
    kUnknown,      ///< not asked yet
    kProved,       ///< it pulls
    kUnreachable,  ///< Harbor could not be asked: blocks nothing
    kRejected,     ///< Harbor does not let it pull: written nowhere
  };
  State state = State::kUnknown;
  std::string reason = {};   ///< plan/reasons.hpp; empty when kUnknown
  std::string message = {};  ///< a sentence for people
  base::Digest of = {};      ///< plan::digest of the credential it is about
  bool operator==(const Proof&) const = default;
};

/// What stands in the way of a robot, as a reason with a sentence.
struct Trouble {
  std::string reason = {};
  std::string message = {};
  bool operator==(const Trouble&) const = default;
};

struct CredentialRecord {
  Proof proof = {};
  /// Why the robot that is wanted now cannot be had, or an old one cannot go. One that works may be there all the same.
  std::optional<Trouble> trouble = {};
  bool operator==(const CredentialRecord&) const = default;
};

/// How a decision learns of robots and credentials.
struct CredentialSources {
  std::function<std::optional<RobotState>(const RobotIdentity&)> robots;
  std::function<CredentialRecord(const RobotIdentity&)> record;
};

}  // namespace plan
