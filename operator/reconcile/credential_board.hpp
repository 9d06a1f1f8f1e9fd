// What was learnt of credentials and of Harbor since this process leads: written by the credential reconciler, read by
// the Book and the status.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "base/mutex.hpp"
#include "plan/credential_record.hpp"
#include "plan/finding.hpp"

namespace reconcile {

/// Thread-safe. Locks nothing else while locked.
class CredentialBoard {
 public:
  /// An empty record for an identity that was never noted.
  [[nodiscard]] plan::CredentialRecord record(const plan::RobotIdentity& identity) const EXCLUDES(mutex_);
  /// Whether that is news.
  bool note(const plan::RobotIdentity& identity, plan::CredentialRecord record) EXCLUDES(mutex_);
  void forget(const plan::RobotIdentity& identity) EXCLUDES(mutex_);

  /// Whether the registry's Harbor answers; an empty finding before anybody asked.
  [[nodiscard]] plan::Finding reach(const std::string& registry) const EXCLUDES(mutex_);
  /// Whether that is news.
  bool note_reach(const std::string& registry, plan::Finding reach) EXCLUDES(mutex_);
  /// Everything about the registry.
  void forget_registry(const std::string& registry) EXCLUDES(mutex_);

 private:
  using Key = std::pair<std::string, std::string>;  // registry, namespace
  mutable base::Mutex mutex_;
  std::map<Key, plan::CredentialRecord> records_ GUARDED_BY(mutex_);
  std::map<std::string, plan::Finding> reach_ GUARDED_BY(mutex_);
};

}  // namespace reconcile
