#include "reconcile/credential_memory.hpp"

namespace reconcile {

bool CredentialMemory::refused(const std::string& registry, const base::Digest& account, base::SteadyTime now,
                               base::Millis interval) {
  const base::MutexLock lock(mutex_);
  auto& admin = admins_[registry];
  if (admin.account != account) admin = {account, {}, {}};
  return admin.refused_at && now - *admin.refused_at < interval;
}

base::Millis CredentialMemory::too_early(const std::string& registry, base::SteadyTime now) {
  const base::MutexLock lock(mutex_);
  return admins_[registry].suspicion.too_early(now);
}

bool CredentialMemory::note_refusal(const std::string& registry, base::SteadyTime now) {
  const base::MutexLock lock(mutex_);
  auto& admin = admins_[registry];
  const bool believed = admin.suspicion.confirm(now);
  if (believed) admin.refused_at = now;
  return believed;
}

void CredentialMemory::note_accepted(const std::string& registry) {
  const base::MutexLock lock(mutex_);
  auto& admin = admins_[registry];
  admin.suspicion.clear();
  admin.refused_at.reset();
}

}  // namespace reconcile
