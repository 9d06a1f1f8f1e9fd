#include "reconcile/ledger.hpp"

#include <algorithm>

#include "plan/namespace_plan.hpp"
#include "plan/secret_group.hpp"

namespace reconcile {
namespace {

void add_failure(plan::Tally& tally, const std::string& ns, const Record& record) {
  auto& groups = tally.failures;
  const auto same = std::find_if(groups.begin(), groups.end(), [&](const auto& candidate) {
    return candidate.group.reason == record.reason && candidate.accounts_only == record.accounts_only;
  });
  if (same == groups.end()) {
    if (groups.size() < api::kMaxFailures)
      groups.push_back({{record.reason, 1, record.message, {ns}}, record.accounts_only});
    return;
  }
  same->group.count += 1;
  if (same->group.examples.size() < api::kMaxExamples) same->group.examples.push_back(ns);
}

}  // namespace

void Ledger::expect(const std::string& registry, const std::vector<std::string>& namespaces) {
  const base::MutexLock lock(mutex_);
  ++sequence_;
  for (const auto& ns : namespaces) expected_[ns][registry] = sequence_;
}

std::uint64_t Ledger::begin() const {
  const base::MutexLock lock(mutex_);
  return sequence_;
}

void Ledger::clear_expected(const std::string& ns, std::uint64_t began, std::set<std::string>& changed) {
  const auto found = expected_.find(ns);
  if (found == expected_.end()) return;
  std::erase_if(found->second, [&](const auto& awaited) {
    const bool seen = awaited.second <= began;
    if (seen) changed.insert(awaited.first);
    return seen;
  });
  if (found->second.empty()) expected_.erase(found);
}

Ledger::Noted Ledger::note(const std::string& ns, std::uint64_t began, Records records) {
  const base::MutexLock lock(mutex_);
  Noted noted;
  clear_expected(ns, began, noted.changed);
  auto& known = records_[ns];
  for (const auto& [registry, record] : records) {
    const auto before = known.find(registry);
    if (before != known.end() && before->second == record) continue;
    noted.changed.insert(registry);
    const bool was_the_same = before != known.end() && before->second.state == Record::State::kFailed &&
                              before->second.reason == record.reason;
    if (record.state == Record::State::kFailed && !was_the_same) noted.newly_failed.push_back(record);
  }
  for (const auto& [registry, record] : known) {
    if (!records.contains(registry)) noted.changed.insert(registry);
  }
  known = std::move(records);
  if (known.empty()) records_.erase(ns);
  return noted;
}

Ledger::Noted Ledger::forget(const std::string& ns) { return note(ns, begin(), {}); }

const Record* Ledger::last_record(const std::string& ns, const std::string& registry) const {
  const auto known = records_.find(ns);
  if (known == records_.end()) return nullptr;
  const auto record = known->second.find(registry);
  return record == known->second.end() ? nullptr : &record->second;
}

bool Ledger::is_awaited(const std::string& ns, const std::string& registry) const {
  const auto awaited = expected_.find(ns);
  return awaited != expected_.end() && awaited->second.contains(registry);
}

plan::Tally Ledger::tally(const plan::Entry& entry, const World& world) const {
  const auto meant = meant_namespaces(entry, world);
  const base::MutexLock lock(mutex_);
  plan::Tally tally;
  plan::Placement placement;
  tally.selected = static_cast<std::int64_t>(meant.size());
  for (const auto& ns : meant) {
    const Record* record = last_record(ns, entry.name);
    if (record != nullptr) placement.take(record->placement);  // seen stays seen while it is looked at again
    if (record == nullptr || is_awaited(ns, entry.name)) {
      ++tally.pending;
      continue;
    }
    switch (record->state) {
      case Record::State::kSynced: ++tally.synced; break;
      case Record::State::kWaiting: ++tally.waiting; break;
      case Record::State::kFailed: add_failure(tally, ns, *record); break;
    }
  }
  tally.references_placed_by = placement.by;
  return tally;
}

bool Ledger::secret_right(const std::string& ns, const std::string& registry) const {
  const base::MutexLock lock(mutex_);
  const Record* record = last_record(ns, registry);
  return record != nullptr && !is_awaited(ns, registry) &&
         (record->state == Record::State::kSynced || record->accounts_only);
}

std::int64_t Ledger::awaited(const std::string& registry) const {
  const base::MutexLock lock(mutex_);
  return std::count_if(expected_.begin(), expected_.end(),
                       [&](const auto& entry) { return entry.second.contains(registry); });
}

std::vector<std::string> meant_namespaces(const plan::Entry& entry, const World& world) {
  std::vector<std::string> names;
  world.namespaces.for_each([&](const api::Namespace& ns) {
    if (plan::means(entry, ns, world.own_namespace)) names.push_back(ns.meta.name);
  });
  return names;
}

std::vector<std::string> holding_namespaces(const std::string& registry, const World& world) {
  std::vector<std::string> names;
  for (const auto& [secret_name, store] : world.pull_secrets) {
    store.for_each([&](const api::PullSecret& secret) {
      const bool named =
          std::find(secret.registries.begin(), secret.registries.end(), registry) != secret.registries.end();
      if (named && plan::manageable(secret)) names.push_back(secret.meta.ns);
    });
  }
  std::erase_if(names, [&](const std::string& name) {
    const auto ns = world.namespaces.get("", name);
    return !ns || ns->terminating;
  });
  return names;
}

}  // namespace reconcile
