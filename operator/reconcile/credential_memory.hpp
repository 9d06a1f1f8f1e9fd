// What the credential reconciler remembers between two looks at an identity, and of the accounts that make robots. In
// memory only: after a start everything is looked at once.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "base/mutex.hpp"

namespace reconcile {

/// Harbor refuses a user's right password for 1.5 s after a wrong one, so a 401 is believed only when it comes again
/// after that (harbor: auth/authenticator.go).
inline constexpr base::Millis kLockOut{1'600};
/// When to look a second time.
inline constexpr base::Millis kSecondLook{2'000};
/// A first 401 that is older than this says nothing about the present one.
inline constexpr base::Millis kSuspicionFades{60'000};

/// A 401 that may be somebody else's fault.
class Suspicion {
 public:
  /// Whether this 401 is to be believed: one came before, long enough ago and not too long.
  [[nodiscard]] bool confirm(base::SteadyTime now) {
    const bool confirmed = since_ && now - *since_ >= kLockOut && now - *since_ < kSuspicionFades;
    if (!since_ || now - *since_ >= kSuspicionFades) since_ = now;
    return confirmed;
  }
  /// How long to wait, because asking now could not confirm anything; zero: ask.
  [[nodiscard]] base::Millis too_early(base::SteadyTime now) const {
    if (!since_ || now - *since_ >= kLockOut) return base::Millis{0};
    return std::chrono::duration_cast<base::Millis>(*since_ + kSecondLook - now);
  }
  void clear() { since_.reset(); }

 private:
  std::optional<base::SteadyTime> since_ = {};
};

/// What a verification was of. Another one is due as soon as this would be another.
struct Verified {
  base::Digest of = {};                    ///< the credential
  const void* through = nullptr;           ///< the connection: a new CA or address asks again
  std::string trigger = {};                ///< the reconcile-at that was obeyed with it
  std::vector<std::string> projects = {};  ///< what it is to pull of
  bool operator==(const Verified&) const = default;
};

/// Of one identity; used by one run at a time.
struct IdentityMemory {
  std::optional<base::SteadyTime> verified_at = {};
  Verified verified = {};  ///< then
  std::string heard = {};  ///< what was said to a registry with many identities when they were woken last
  Suspicion suspicion = {};
  base::Digest suspected = {};  ///< of a given credential: which one that is about
  bool dead = false;            ///< Harbor does not take the verified robot any more
  int failed_proofs = 0;        ///< of a robot that was just made, in a row
  bool minted_dead = false;     ///< Harbor does not know that one

  [[nodiscard]] bool due(const Verified& what, base::SteadyTime now, base::Millis interval) const {
    return !verified_at || now - *verified_at >= interval || verified != what;
  }
  void note(Verified what, base::SteadyTime now) {
    verified = std::move(what);
    verified_at = now;
  }
};

/// Of one registry's adminRef.
struct AdminMemory {
  base::Digest account = {};
  Suspicion suspicion = {};
  std::optional<base::SteadyTime> refused_at = {};  ///< believed: not asked again with the same password for a while
};

/// Thread-safe as a container. An IdentityMemory is used by the one run of its key; AdminMemory only under `mutex`.
class CredentialMemory {
 public:
  /// Stays valid until forget().
  IdentityMemory& of(const std::string& key) EXCLUDES(mutex_) {
    const base::MutexLock lock(mutex_);
    return identities_[key];
  }
  void forget(const std::string& key) EXCLUDES(mutex_) {
    const base::MutexLock lock(mutex_);
    identities_.erase(key);
  }
  /// Whether Harbor is known to refuse this account: then it is not asked again within `interval`.
  [[nodiscard]] bool refused(const std::string& registry, const base::Digest& account, base::SteadyTime now,
                             base::Millis interval) EXCLUDES(mutex_);
  /// See Suspicion::too_early.
  [[nodiscard]] base::Millis too_early(const std::string& registry, base::SteadyTime now) EXCLUDES(mutex_);
  /// A 401 to the account; whether it is to be believed.
  [[nodiscard]] bool note_refusal(const std::string& registry, base::SteadyTime now) EXCLUDES(mutex_);
  void note_accepted(const std::string& registry) EXCLUDES(mutex_);

 private:
  base::Mutex mutex_;
  std::map<std::string, IdentityMemory> identities_ GUARDED_BY(mutex_);
  std::map<std::string, AdminMemory> admins_ GUARDED_BY(mutex_);
};

}  // namespace reconcile
