// What the watches have shown, for readers on other threads. A relist is swapped in whole; what we wrote ourselves is taken
// in at once, so that a decision after a write never stands on the state before it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/mutex.hpp"

namespace kube {

/// Thread-safe. `T` has `meta` (api::Meta). Readers get copies.
template <class T>
class Store {
 public:
  /// What one object was and is; absent is nullopt.
  struct Change {
    std::optional<T> before;
    std::optional<T> after;
  };

  [[nodiscard]] std::optional<T> get(std::string_view ns, std::string_view name) const EXCLUDES(mutex_) {
    const base::MutexLock lock(mutex_);
    const auto found = objects_.find(Key{ns, name});
    return found == objects_.end() ? std::nullopt : std::optional<T>(found->second);
  }

  /// All objects of one namespace, by name.
  [[nodiscard]] std::vector<T> in_namespace(std::string_view ns) const EXCLUDES(mutex_) {
    const base::MutexLock lock(mutex_);
    std::vector<T> found;
    for (auto at = objects_.lower_bound(Key{ns, ""}); at != objects_.end() && at->first.ns == ns; ++at) {
      found.push_back(at->second);
    }
    return found;
  }

  /// Calls `visit(const T&)` for each object, by namespace and name, under the lock: `visit` must be short and must not call back.
  template <class Visit>
  void for_each(Visit visit) const EXCLUDES(mutex_) {
    const base::MutexLock lock(mutex_);
    for (const auto& [key, object] : objects_) visit(object);
  }

  [[nodiscard]] std::size_t size() const EXCLUDES(mutex_) {
    const base::MutexLock lock(mutex_);
    return objects_.size();
  }

  /// Whether a full list has arrived once.
  [[nodiscard]] bool synced() const EXCLUDES(mutex_) {
    const base::MutexLock lock(mutex_);
    return synced_;
  }

  /// Takes in an object from a watch event or from the answer to our own write, unless a newer one (by resource version) is
  /// here or it was removed at a newer version. Returns the change, or nullopt when nothing changed but maybe the version.
  std::optional<Change> absorb(T object) EXCLUDES(mutex_);

  /// Removes what a DELETED event or our own delete names; older events than what is here are ignored. `resource_version` 0
  /// removes unconditionally.
  std::optional<Change> remove(std::string_view ns, std::string_view name, std::uint64_t resource_version) EXCLUDES(mutex_);

  /// Swaps in a whole list taken at `resource_version`. Objects that we absorbed at a newer version stay. Returns every
  /// difference, vanished objects included.
  std::vector<Change> replace(std::vector<T> objects, std::uint64_t resource_version) EXCLUDES(mutex_);

 private:
  struct Key {  // views into the object it leads to
    std::string_view ns;
    std::string_view name;
    auto operator<=>(const Key&) const = default;
  };
  static Key key(const T& object) { return {object.meta.ns, object.meta.name}; }
  static bool same(T a, const T& b) {  // equal but for the version
    a.meta.resource_version = b.meta.resource_version;
    return a == b;
  }

  mutable base::Mutex mutex_;
  std::map<Key, T> objects_ GUARDED_BY(mutex_);
  bool synced_ GUARDED_BY(mutex_) = false;
};

}  // namespace kube
