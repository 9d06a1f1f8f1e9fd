#include "reconcile/credential_board.hpp"

namespace reconcile {

plan::CredentialRecord CredentialBoard::record(const plan::RobotIdentity& identity) const {
  const base::MutexLock lock(mutex_);
  const auto found = records_.find({identity.registry, identity.ns});
  return found == records_.end() ? plan::CredentialRecord{} : found->second;
}

bool CredentialBoard::note(const plan::RobotIdentity& identity, plan::CredentialRecord record) {
  const base::MutexLock lock(mutex_);
  auto& known = records_[{identity.registry, identity.ns}];
  if (known == record) return false;
  known = std::move(record);
  return true;
}

void CredentialBoard::forget(const plan::RobotIdentity& identity) {
  const base::MutexLock lock(mutex_);
  records_.erase({identity.registry, identity.ns});
}

plan::Finding CredentialBoard::reach(const std::string& registry) const {
  const base::MutexLock lock(mutex_);
  const auto found = reach_.find(registry);
  return found == reach_.end() ? plan::Finding{} : found->second;
}

bool CredentialBoard::note_reach(const std::string& registry, plan::Finding reach) {
  const base::MutexLock lock(mutex_);
  auto& known = reach_[registry];
  if (known == reach) return false;
  known = std::move(reach);
  return true;
}

void CredentialBoard::forget_registry(const std::string& registry) {
  const base::MutexLock lock(mutex_);
  reach_.erase(registry);
  std::erase_if(records_, [&](const auto& entry) { return entry.first.first == registry; });
}

}  // namespace reconcile
