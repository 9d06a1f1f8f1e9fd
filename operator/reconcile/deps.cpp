#include "reconcile/deps.hpp"

namespace reconcile {

plan::CredentialSources credential_sources(const RobotStore& robots, const CredentialBoard& board) {
  return {.robots = [&robots](const plan::RobotIdentity& identity) { return robots.state(identity); },
          .record = [&board](const plan::RobotIdentity& identity) { return board.record(identity); }};
}

}  // namespace reconcile
