#include "plan/namespace_plan.hpp"

#include <algorithm>

#include "api/names.hpp"
#include "base/contains.hpp"
#include "plan/reasons.hpp"
#include "plan/secret_group.hpp"
#include "plan/selection.hpp"

namespace plan {
namespace {

using base::contains;

/// Registries that mean the namespace, oldest first, hosts settled: the older of two with one host wins.
struct Claimed {
  std::vector<Claim> claims = {};
  std::vector<const Entry*> winners = {};
  std::vector<const Entry*> losers = {};
};

/// What holds up one namespace's own robot is that namespace's failure; what holds up the registry is told there.
Claim claim_of(const Entry& entry) {
  if (entry.standing == Standing::kActive) return {entry.name, Claim::State::kWanted, {}, {}};
  const bool own = entry.per_namespace && entry.standing == Standing::kHeld && entry.reason != kProgressing;
  if (own) return {entry.name, Claim::State::kFailed, entry.reason, entry.message};
  return {entry.name, Claim::State::kWaiting, {}, {}};
}

Claimed claim_hosts(const NamespaceFacts& facts, const Book& book) {
  Claimed claimed;
  for (const Entry& entry : book.entries) {
    if (entry.standing == Standing::kLeaving || !means(entry, *facts.ns, facts.own_namespace)) continue;
    // A spec that cannot be used claims nothing.
    const bool invalid = entry.reason == kInvalidSpec;
    const auto older = std::find_if(claimed.winners.begin(), claimed.winners.end(),
                                    [&](const Entry* winner) { return winner->host == entry.host; });
    if (!invalid && older != claimed.winners.end()) {
      claimed.claims.push_back({entry.name, Claim::State::kFailed, std::string(kHostConflict),
                                "HarborRegistry " + (*older)->name + " is older and serves " + entry.host +
                                    " here; give each namespace to one of the two, or delete one"});
      claimed.losers.push_back(&entry);
      continue;
    }
    claimed.claims.push_back(claim_of(entry));
    if (!invalid) claimed.winners.push_back(&entry);
  }
  return claimed;
}

SecretGroup make_group(const std::string& secret_name, const NamespaceFacts& facts, const Claimed& claimed,
                       const Book& book) {
  SecretGroup group{.secret_name = secret_name, .outranked = claimed.losers};
  for (const Entry* entry : claimed.winners) {
    if (entry->secret_name != secret_name) continue;
    (entry->standing == Standing::kActive ? group.wanted : group.kept).push_back(entry);
  }
  for (const auto& secret : facts.secrets) {
    if (secret.meta.name == secret_name) group.found = &secret;
  }
  settle(group, book);
  return group;
}

/// The registries that want the reference on this ServiceAccount now.
std::vector<std::string> wanting(const SecretGroup& group, const api::ServiceAccount& account) {
  std::vector<std::string> names;
  const auto add = [&](const Entry* entry) {
    if (selects(entry->service_accounts, account)) names.push_back(entry->name);
  };
  if (account.ignored || account.terminating) return names;
  for (const Entry* entry : group.wanted) add(entry);
  for (const Entry* entry : group.kept) {
    if (entry->standing == Standing::kHeld && contains(group.keep_hosts, entry->host)) add(entry);
  }
  return names;
}

/// A registry without a usable credential takes nothing away that it would give again; but no reference outlives its
/// Secret.
bool held_by(const SecretGroup& group, const api::ServiceAccount& account) {
  if (group.frozen || group.doomed) return group.frozen;
  return std::any_of(group.kept.begin(), group.kept.end(),
                     [&](const Entry* entry) { return !account.ignored && selects(entry->service_accounts, account); });
}

struct References {
  std::vector<Step> detach = {};
  std::vector<Step> attach = {};
};

void plan_reference(const SecretGroup& group, const api::ServiceAccount& account, bool secret_refused,
                    References& steps) {
  const bool present = contains(account.pull_secrets, group.secret_name);
  const bool owned = contains(account.attached, group.secret_name);
  auto registries = wanting(group, account);
  if (registries.empty()) {
    const bool ours_to_take = owned && !account.terminating && !held_by(group, account);
    if (ours_to_take)
      steps.detach.emplace_back(Detach{account, group.secret_name, "no registry wants it here any more"});
    return;
  }
  if (present || secret_refused) return;
  steps.attach.emplace_back(Attach{account, group.secret_name, std::move(registries), owned ? "vanished" : "missing"});
}

References plan_references(const SecretGroup& group, const NamespaceFacts& facts, bool secret_refused) {
  References steps;
  for (const auto& account : facts.accounts) plan_reference(group, account, secret_refused, steps);
  return steps;
}

/// Whether the registries of the group want the reference on a ServiceAccount `default` as the cluster makes it.
bool wanted_on_default(const SecretGroup& group) {
  api::ServiceAccount account;
  account.meta.name = api::kDefaultAccount;
  return std::any_of(group.wanted.begin(), group.wanted.end(),
                     [&](const Entry* entry) { return selects(entry->service_accounts, account); });
}

bool lacks_default_account(const NamespaceFacts& facts) {
  return std::none_of(facts.accounts.begin(), facts.accounts.end(),
                      [](const auto& account) { return account.meta.name == api::kDefaultAccount; });
}

void append(std::vector<Step>& to, std::vector<Step> from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

bool means(const Entry& entry, const api::Namespace& ns, const std::string& own_namespace) {
  return !ns.terminating && !ns.ignored && !always_excluded(ns.meta.name, own_namespace) &&
         selects(entry.namespaces, ns);
}

NamespacePlan plan_namespace(const NamespaceFacts& facts, const Book& book, const DigestKeys& keys) {
  NamespacePlan plan;
  if (!facts.ns || facts.ns->terminating) return plan;
  Claimed claimed = claim_hosts(facts, book);
  MakeAccount account;
  for (const auto& secret_name : facts.secret_names) {
    const SecretGroup group = make_group(secret_name, facts, claimed, book);
    auto secret_steps = plan_secret(group, keys);
    const bool refused = !secret_steps.empty() && std::holds_alternative<Refuse>(secret_steps.front());
    auto references = plan_references(group, facts, refused);
    if (!refused && wanted_on_default(group)) account.secret_names.push_back(secret_name);
    append(plan.steps, std::move(references.detach));
    append(plan.steps, std::move(secret_steps));
    append(plan.steps, std::move(references.attach));
  }
  if (facts.makes_default_account && !account.secret_names.empty() && lacks_default_account(facts)) {
    plan.steps.insert(plan.steps.begin(), std::move(account));
  }
  plan.claims = std::move(claimed.claims);
  return plan;
}

}  // namespace plan
