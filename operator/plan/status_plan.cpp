#include "plan/status_plan.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "plan/placement.hpp"
#include "plan/reasons.hpp"

namespace plan {
namespace {

constexpr std::size_t kMaxMessage = 512;         ///< bytes of one condition's message
constexpr std::size_t kMaxStatus = 16U * 1024U;  ///< bytes of the whole status as JSON

/// At most `most` bytes, cut between characters: half a one is no JSON.
std::string capped(std::string text, std::size_t most) {
  static constexpr std::string_view kCut = " ...";
  if (text.size() <= most) return text;
  std::size_t end = most - kCut.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end).append(kCut);
}

std::string count(std::int64_t number, std::string_view noun) {
  return std::to_string(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

std::string progress(const Tally& tally) {
  return std::to_string(tally.synced) + " of " + count(tally.selected, "namespace") + " synced";
}

std::string failure_text(const Tally::Group& failure) {
  std::string text = failure.group.reason + " (" + std::to_string(failure.group.count) + ", for example ";
  text += failure.group.examples.empty() ? "?" : failure.group.examples.front();
  return text + "): " + failure.group.message;
}

std::string failures_text(const Tally& tally) {
  std::string text = progress(tally);
  for (const auto& failure : tally.failures) text += "; " + failure_text(failure);
  return text;
}

/// Every namespace failed for one reason: then that reason says more than "partially".
bool all_alike(const Tally& tally) {
  return tally.synced == 0 && tally.pending == 0 && tally.waiting == 0 && tally.failures.size() == 1;
}

Finding judge_spread(const Tally& tally) {
  if (!tally.failures.empty()) {
    const std::string reason = all_alike(tally) ? tally.failures.front().group.reason : std::string(kPartiallySynced);
    return {"False", reason, failures_text(tally)};
  }
  // Waiting here means: not yet looked at since the registry itself is ready.
  if (tally.pending > 0 || tally.waiting > 0) return {"False", std::string(kProgressing), progress(tally)};
  return {"True", std::string(kSynced), progress(tally)};
}

std::string leaving_text(const StatusFacts& facts) {
  const auto& credential = facts.credential;
  if (facts.remaining > 0 || credential.remaining == 0) {
    return "being deleted; " + count(facts.remaining, "namespace") + " left to clean";
  }
  std::string text = "being deleted; robot accounts are left to remove from Harbor";
  if (credential.record.trouble) text += ": " + credential.record.trouble->message;
  return text;
}

Finding judge_ready(const StatusFacts& facts) {
  if (facts.entry.standing == Standing::kLeaving) return {"False", std::string(kProgressing), leaving_text(facts)};
  if (facts.entry.standing != Standing::kActive) return {"False", facts.entry.reason, facts.entry.message};
  Finding ready = judge_spread(facts.tally);
  // What is distributed may work all the same; whoever reads only this is to know.
  if (ready.status == "True") ready.message += credential_caveat(facts.entry, facts.credential);
  if (facts.entry.evicts_pods && facts.pods_refused) ready.message += std::string("; ") + std::string(kPodsRefused);
  return ready;
}

/// The part of the tally that is about Secrets, or about ServiceAccounts.
Finding judge_part(const StatusFacts& facts, bool accounts) {
  if (facts.entry.standing != Standing::kActive) return {"Unknown", facts.entry.reason, facts.entry.message};
  Tally part = facts.tally;
  std::erase_if(part.failures, [&](const auto& failure) { return failure.accounts_only != accounts; });
  const auto others = facts.tally.failed() - part.failed();
  part.synced += accounts ? 0 : others;  // where only a reference is missing, the Secret is right
  if (accounts && facts.entry.service_accounts.mode == api::AttachMode::kNone) {
    return {"True", std::string(kSynced), "serviceAccounts.mode is None: references are left to others"};
  }
  if (accounts && part.failures.empty() && others > 0) {
    return {"False", std::string(kPartiallySynced), "references follow once the Secrets are there"};
  }
  Finding finding = judge_spread(part);
  if (accounts && finding.status == "True") finding.message += placement_text(facts.tally.references_placed_by);
  return finding;
}

Finding judge_stalled(const StatusFacts& facts, const Finding& ready) {
  const bool failures_stall = !facts.tally.failures.empty() && facts.tally.pending == 0 &&
                              std::all_of(facts.tally.failures.begin(), facts.tally.failures.end(),
                                          [](const auto& failure) { return stalls(failure.group.reason); });
  const bool stalled =
      ready.status == "False" && (stalls(ready.reason) || (ready.reason == kPartiallySynced && failures_stall));
  return stalled ? Finding{"True", ready.reason, ready.message}
                 : Finding{"False", ready.reason, "no user action is known to be needed"};
}

Finding judge_reconciling(const Finding& ready, const Finding& stalled) {
  const bool busy = ready.status != "True" && stalled.status != "True" && ready.reason != kSuspended;
  return busy ? Finding{"True", ready.reason, ready.message} : Finding{"False", ready.reason, "nothing is under way"};
}

api::Condition finish(std::string_view type, Finding finding, const StatusFacts& facts) {
  api::Condition condition{std::string(type),         std::move(finding.status),
                           facts.registry.generation, facts.now,
                           std::move(finding.reason), capped(std::move(finding.message), kMaxMessage)};
  const auto* before = find_condition(facts.registry.status, type);
  if (before != nullptr && before->status == condition.status && !before->last_transition_time.empty()) {
    condition.last_transition_time = before->last_transition_time;
  }
  return condition;
}

std::vector<api::FailureGroup> capped_failures(const Tally& tally, std::size_t most) {
  std::vector<api::FailureGroup> failures;
  for (const auto& failure : tally.failures) {
    if (failures.size() == api::kMaxFailures) break;
    failures.push_back(failure.group);
    auto& last = failures.back();
    last.message = capped(std::move(last.message), most);
    if (last.examples.size() > api::kMaxExamples) last.examples.resize(api::kMaxExamples);
  }
  return failures;
}

/// As long as the bounds allow: each message first, then the whole. The same failures give the same texts.
void put_failures(api::HarborRegistryStatus& status, const Tally& tally) {
  for (const std::size_t most : {api::kMaxFailureMessage, std::size_t{256}, std::size_t{128}, std::size_t{64}}) {
    status.failures = capped_failures(tally, most);
    const auto size = api::status_json(status).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).size();
    if (size <= kMaxStatus) return;
  }
}

}  // namespace

std::int64_t Tally::failed() const {
  std::int64_t sum = 0;
  for (const auto& failure : failures) sum += failure.group.count;
  return sum;
}

const api::Condition* find_condition(const api::HarborRegistryStatus& status, std::string_view type) {
  const auto found = std::find_if(status.conditions.begin(), status.conditions.end(),
                                  [&](const auto& condition) { return condition.type == type; });
  return found == status.conditions.end() ? nullptr : &*found;
}

api::HarborRegistryStatus plan_status(const StatusFacts& facts) {
  const Finding ready = judge_ready(facts);
  const Finding stalled = judge_stalled(facts, ready);
  api::HarborRegistryStatus status;
  status.observed_generation = facts.registry.generation;
  status.selected = facts.tally.selected;
  status.synced = facts.tally.synced;
  status.failed = facts.tally.failed();
  status.namespaces = std::to_string(status.synced) + "/" + std::to_string(status.selected);
  status.credential = facts.credential.facts;
  if (facts.registry.spec.pod_recovery == api::PodRecovery::kEvict) status.pods = facts.pods;
  status.references_placed_by = facts.tally.references_placed_by;
  // After a start nothing was looked at yet; that is no news.
  const bool untold = status.references_placed_by.empty() && facts.tally.pending > 0;
  if (untold) status.references_placed_by = facts.registry.status.references_placed_by;
  status.last_handled_reconcile_at = facts.registry.reconcile_requested_at;
  status.conditions = {
      finish("Ready", ready, facts),
      finish("Reconciling", judge_reconciling(ready, stalled), facts),
      finish("Stalled", stalled, facts),
      finish("RegistryReachable", judge_reach(facts.entry, facts.credential), facts),
      finish("CredentialValid", judge_credential(facts.entry, facts.credential, facts.tally), facts),
      finish("SecretsSynced", judge_part(facts, false), facts),
      finish("ServiceAccountsAttached", judge_part(facts, true), facts),
  };
  put_failures(status, facts.tally);
  return status;
}

}  // namespace plan
