#include "plan/pod_recovery.hpp"

#include <algorithm>

#include "api/names.hpp"
#include "base/contains.hpp"
#include "plan/namespace_plan.hpp"
#include "plan/pull_error.hpp"
#include "plan/reasons.hpp"
#include "plan/selection.hpp"

namespace plan {
namespace {

using Kind = PodVerdict::Kind;

/// Whose credential counts for that host in the namespace: the oldest registry that means it.
const Entry* serving(const PodFacts& facts, const std::string& host) {
  for (const auto& entry : facts.book.entries) {
    const bool counts = entry.standing != Standing::kLeaving && entry.reason != kInvalidSpec;
    if (counts && entry.host == host && means(entry, *facts.ns, facts.own_namespace)) return &entry;
  }
  return nullptr;
}

/// The registry that an image of the Pod is refused by, and that evicts.
const Entry* refusing(const PodFacts& facts) {
  for (const auto& wait : facts.pod.waits) {
    if (pull_error(wait.reason, wait.message) != PullError::kCredential) continue;
    const auto* entry = serving(facts, image_host(wait.image));
    const bool evicts = entry != nullptr && entry->evicts_pods && entry->standing == Standing::kActive;
    if (evicts && !base::contains(facts.pod.pull_secrets, entry->secret_name)) return entry;
  }
  return nullptr;
}

PodVerdict beyond(const Entry* entry, std::string cure) { return {Kind::kBeyond, entry, std::move(cure)}; }

/// Whether the controller ("kind name") makes a Pod again as if nothing had been. A Job counts it against its
/// backoffLimit, and a workflow may end with it.
bool makes_again(const std::string& owner) {
  static constexpr std::string_view kKinds[] = {"ReplicaSet ", "StatefulSet ", "DaemonSet ", "ReplicationController "};
  return std::any_of(std::begin(kKinds), std::end(kKinds), [&](auto kind) { return owner.starts_with(kind); });
}

/// As the policy decides it: the labels of a Pod's ServiceAccount are nothing that it can see.
bool policy_selects(const Entry& entry, const std::string& account_name) {
  api::ServiceAccount account;
  account.meta.name = account_name;
  return !entry.service_accounts.selector && selects(entry.service_accounts, account);
}

PodVerdict without_reference(const PodFacts& facts, const Entry* entry) {
  const auto account = account_of(facts.pod);
  if (has_own_list(facts.pod, facts.account)) {
    return beyond(entry,
                  "its template has imagePullSecrets of its own, which keep those of its ServiceAccount out: "
                  "take them out of the template, add " +
                      entry->secret_name + " to them, or install deploy/admission (Kubernetes 1.36 and newer)");
  }
  const bool coming = facts.account && !facts.account->ignored && selects(entry->service_accounts, *facts.account);
  if (coming || !facts.account) return {Kind::kLater, entry, {}};
  return beyond(entry, "ServiceAccount " + account + " does not name " + entry->secret_name + ": let HarborRegistry " +
                           entry->name + " select it (spec.serviceAccounts), or add " + entry->secret_name +
                           " to the template's imagePullSecrets");
}

}  // namespace

std::string account_of(const api::Pod& pod) {
  return pod.account.empty() ? std::string(api::kDefaultAccount) : pod.account;
}

bool has_own_list(const api::Pod& pod, const std::optional<api::ServiceAccount>& account) {
  if (!account) return !pod.pull_secrets.empty();
  return std::any_of(pod.pull_secrets.begin(), pod.pull_secrets.end(),
                     [&](const auto& name) { return !base::contains(account->pull_secrets, name); });
}

bool would_get_reference(const PodFacts& facts, const Entry& entry) {
  const bool ignored = facts.account && facts.account->ignored;
  if (!ignored && base::contains(facts.policy_serves, entry.name) && policy_selects(entry, account_of(facts.pod)))
    return true;
  return facts.account && base::contains(facts.account->pull_secrets, entry.secret_name) &&
         !has_own_list(facts.pod, facts.account);
}

PodVerdict judge_pod(const PodFacts& facts) {
  // What a Node owns stands for a file there.
  const bool mirror = facts.pod.owner.starts_with("Node ");
  if (facts.pod.terminating || facts.pod.ignored || mirror || !facts.ns) return {};
  const auto* entry = refusing(facts);
  if (entry == nullptr) return {};
  if (facts.pod.owner_uid.empty()) {
    return beyond(entry, "no controller would make it again: delete it and create it again");
  }
  if (!makes_again(facts.pod.owner)) {
    return beyond(
        entry,
        facts.pod.owner + " takes a Pod that goes for one that failed: delete the Pod if it may, or run " + "it again");
  }
  if (would_get_reference(facts, *entry)) return {Kind::kEvict, entry, {}};
  return without_reference(facts, entry);
}

}  // namespace plan
