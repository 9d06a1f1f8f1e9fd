// What the status says of Harbor and of the credential: the conditions RegistryReachable and CredentialValid.
#pragma once

#include <cstdint>

#include "plan/book.hpp"
#include "plan/finding.hpp"
#include "plan/tally.hpp"

namespace plan {

/// Namespaces with a robot of their own that pulls, while what is to be done about their robots cannot be done.
struct StuckRobots {
  std::int64_t count = 0;
  std::string example = {};  ///< one such namespace
  Trouble trouble = {};      ///< there
};

/// What is known beside the entry itself.
struct CredentialReport {
  Finding reach = {};                ///< whether Harbor answers; empty: not asked
  CredentialRecord record = {};      ///< of the registry's own identity
  api::CredentialStatus facts = {};  ///< of its robots, and the hash of a given credential that is proved
  bool robot = false;                ///< the credential is a robot's
  StuckRobots stuck = {};
  std::int64_t remaining = 0;  ///< while leaving: identities that still have robots
};

/// Whether Harbor answers as it should.
[[nodiscard]] Finding judge_reach(const Entry& entry, const CredentialReport& report);
/// Whether what is distributed pulls. `tally` tells which namespaces lack a robot of their own.
[[nodiscard]] Finding judge_credential(const Entry& entry, const CredentialReport& report, const Tally& tally);
/// What to add to a message that says all is well: why the proof is old, or a rotation fails. Empty when nothing is.
[[nodiscard]] std::string credential_caveat(const Entry& entry, const CredentialReport& report);

/// The facts of robots for the status: of one, or of many together.
struct RobotView {
  const RobotGeneration& robot;
  std::optional<std::int64_t> renewal = {};  ///< seconds since 1970
};
void add_robot(api::CredentialStatus& facts, const RobotView& view, bool alone);

}  // namespace plan
