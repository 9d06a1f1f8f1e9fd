#include "plan/eviction_guard.hpp"

#include <algorithm>

namespace plan {

EvictionGuard::Answer EvictionGuard::ask(const std::string& owner_uid, const std::string& pod_uid,
                                         const EvictionBasis& basis) {
  const auto known = owners_.find(owner_uid);
  if (known == owners_.end()) return Answer::kYes;
  if (known->second.done.contains(pod_uid)) return Answer::kDone;
  if (known->second.basis != basis || known->second.before.contains(pod_uid)) return Answer::kYes;
  return Answer::kGivenUp;
}

void EvictionGuard::begin(const std::string& owner_uid, const EvictionBasis& basis,
                          const std::vector<std::string>& siblings) {
  auto& owner = owners_[owner_uid];
  const bool first = owner.touched == 0 || owner.basis != basis;
  owner.touched = ++touches_;
  if (!first) return;
  owner.basis = basis;
  owner.before = {siblings.begin(), siblings.end()};
  owner.done.clear();
  make_room();
}

void EvictionGuard::done(const std::string& owner_uid, const std::string& pod_uid) {
  const auto owner = owners_.find(owner_uid);
  if (owner != owners_.end()) owner->second.done.insert(pod_uid);
}

void EvictionGuard::make_room() {
  if (owners_.size() <= kMaxOwners) return;
  owners_.erase(std::min_element(owners_.begin(), owners_.end(),
                                 [](const auto& a, const auto& b) { return a.second.touched < b.second.touched; }));
}

std::optional<base::Millis> EvictionRate::take(base::SteadyTime now) {
  const auto full_at = std::max(full_at_, now);
  const auto after = full_at + kPeriod;
  const auto latest = now + kBurst * kPeriod;
  if (after > latest) return std::chrono::ceil<base::Millis>(after - latest);
  full_at_ = after;
  return std::nullopt;
}

}  // namespace plan
