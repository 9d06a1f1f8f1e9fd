#include "plan/credential_status.hpp"

#include <algorithm>

#include "base/clock.hpp"
#include "plan/reasons.hpp"

namespace plan {
namespace {

using State = Proof::State;

std::string text(std::string_view reason) { return std::string(reason); }

/// Reasons of a namespace's failure that are about its robot.
bool about_credential(std::string_view reason) {
  return reason == kProjectNotFound || reason == kPermissionDenied || reason == kAuthenticationFailed ||
         reason == kRegistryUnreachable || reason == kTlsUntrusted || reason == kCredentialSecretMissing ||
         reason == kCredentialInvalid || reason == kRotationFailed;
}

std::string stuck_text(const StuckRobots& stuck) {
  return "; " + text(kRotationFailed) + " (" + std::to_string(stuck.count) + ", for example " + stuck.example +
         "): " + stuck.trouble.message;
}

Finding judge_robots(const CredentialReport& report, const Tally& tally) {
  const std::string progress =
      std::to_string(report.facts.robots) + " of " + std::to_string(tally.selected) + " robot accounts are there";
  Finding finding{"False", "", progress};
  for (const auto& [group, accounts_only] : tally.failures) {
    if (!about_credential(group.reason)) continue;
    finding.reason = finding.reason.empty() ? group.reason : text(kPartiallySynced);
    finding.message += "; " + group.reason + " (" + std::to_string(group.count) + "): " + group.message;
  }
  if (!finding.reason.empty()) return finding;
  if (report.facts.robots < tally.selected) return {"Unknown", text(kProgressing), progress};
  if (report.stuck.count > 0) return {"True", text(kRotationFailed), progress + stuck_text(report.stuck)};
  return {"True", text(kVerified), progress};
}

Finding judge_held(const Entry& entry) {
  return {entry.reason == kProgressing ? "Unknown" : "False", entry.reason, entry.message};
}

bool unreachable(const Entry& entry, const CredentialReport& report) {
  const auto& proof = report.record.proof;
  return proof.state == State::kUnreachable && proof.of == entry.auth;
}

Finding judge_active(const Entry& entry, const CredentialReport& report) {
  const auto& record = report.record;
  const std::string who = report.robot ? report.facts.robot : "the given credential";
  if (record.trouble) {
    return {"True", text(kRotationFailed), who + " works, but a rotation is not finished: " + record.trouble->message};
  }
  if (unreachable(entry, report)) {
    return {"Unknown", record.proof.reason, who + " is not verified: " + record.proof.message};
  }
  return {"True", text(kVerified), who + " is accepted by Harbor at " + entry.endpoint};
}

/// The earlier of two times, where "" is none.
void keep_earlier(std::string& kept, std::int64_t seconds) {
  const std::string time = base::rfc3339(base::WallTime(std::chrono::seconds(seconds)));
  if (kept.empty() || time < kept) kept = time;
}

}  // namespace

Finding judge_reach(const Entry& entry, const CredentialReport& report) {
  if (entry.standing == Standing::kFrozen) return {"Unknown", entry.reason, entry.message};
  if (!report.reach.status.empty()) return report.reach;
  return {"Unknown", text(kProgressing), "Harbor at " + entry.endpoint + " was not asked yet"};
}

Finding judge_credential(const Entry& entry, const CredentialReport& report, const Tally& tally) {
  switch (entry.standing) {
    case Standing::kFrozen:
    case Standing::kLeaving: return {"Unknown", entry.reason, entry.message};
    case Standing::kHeld: return judge_held(entry);
    case Standing::kActive: break;
  }
  return entry.per_namespace ? judge_robots(report, tally) : judge_active(entry, report);
}

std::string credential_caveat(const Entry& entry, const CredentialReport& report) {
  std::string caveat;
  if (report.reach.status == "False") caveat += "; " + report.reach.reason + ": " + report.reach.message;
  if (report.record.trouble && !entry.per_namespace) {
    caveat += "; " + text(kRotationFailed) + ": " + report.record.trouble->message;
  }
  if (report.stuck.count > 0) caveat += stuck_text(report.stuck);
  return caveat;
}

void add_robot(api::CredentialStatus& facts, const RobotView& view, bool alone) {
  ++facts.robots;
  if (alone) facts.robot = view.robot.login;
  if (view.robot.expires_at > 0) keep_earlier(facts.expires_at, view.robot.expires_at);
  if (view.renewal) keep_earlier(facts.next_rotation, *view.renewal);
}

}  // namespace plan
