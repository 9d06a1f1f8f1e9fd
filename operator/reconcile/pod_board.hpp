// Which Pods wait for want of our Secret, and what is to become of them: written by the pod reconciler, counted for the
// status.
#pragma once

#include <map>
#include <string>

#include "api/harbor_registry.hpp"
#include "base/mutex.hpp"

namespace reconcile {

/// One Pod that waits.
struct PodNote {
  std::string registry = {};
  std::string uid = {};
  bool beyond = false;  ///< eviction would not help
  bool operator==(const PodNote&) const = default;
};

/// Thread-safe. Keys are "namespace/name".
class PodBoard {
 public:
  /// What was known before; an empty `registry` for nothing.
  PodNote set(const std::string& key, const PodNote& note) EXCLUDES(mutex_);
  PodNote clear(const std::string& key) EXCLUDES(mutex_);
  [[nodiscard]] api::PodStatus count(const std::string& registry) const EXCLUDES(mutex_);

 private:
  mutable base::Mutex mutex_;
  std::map<std::string, PodNote> notes_ GUARDED_BY(mutex_);
};

}  // namespace reconcile
