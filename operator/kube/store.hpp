// What the watches have shown, for readers on other threads. A relist is swapped in whole; what we wrote ourselves is
// taken in at once, so that a decision after a write never stands on the state before it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
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
    return found == objects_.end() ? std::nullopt : std::optional<T>(*found);
  }

  /// All objects of one namespace, by name.
  [[nodiscard]] std::vector<T> in_namespace(std::string_view ns) const EXCLUDES(mutex_) {
    const base::MutexLock lock(mutex_);
    std::vector<T> found;
    for (auto at = objects_.lower_bound(Key{ns, ""}); at != objects_.end() && at->meta.ns == ns; ++at) {
      found.push_back(*at);
    }
    return found;
  }

  /// Calls `visit(const T&)` for each object, by namespace and name, under the lock: `visit` must be short and must not
  /// call back.
  template <class Visit>
  void for_each(Visit visit) const EXCLUDES(mutex_) {
    const base::MutexLock lock(mutex_);
    for (const auto& object : objects_) visit(object);
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

  /// Takes in an object from a watch event or from the answer to our own write, unless a newer one (by resource
  /// version) is here or it was removed at a newer version. Version 0 (not a number) is always taken. Returns the
  /// change, or nullopt when nothing changed but maybe the version.
  std::optional<Change> absorb(T object) EXCLUDES(mutex_);

  /// Removes what a DELETED event or our own delete names; older events than what is here are ignored.
  /// `resource_version` 0 removes unconditionally.
  std::optional<Change> remove(std::string_view ns, std::string_view name, std::uint64_t resource_version)
      EXCLUDES(mutex_);

  /// Swaps in a whole list taken at `resource_version` (0: not a number, so the list is right in everything). Objects
  /// that we absorbed at a newer version stay, objects that we saw removed at a newer version stay away. Returns every
  /// difference, vanished objects included.
  std::vector<Change> replace(std::vector<T> objects, std::uint64_t resource_version) EXCLUDES(mutex_);

 private:
  struct Key {
    std::string_view ns;
    std::string_view name;
    bool operator<(const Key& other) const { return std::tie(ns, name) < std::tie(other.ns, other.name); }
  };
  static Key key(const Key& of) { return of; }
  static Key key(const T& object) { return {object.meta.ns, object.meta.name}; }
  /// Objects are ordered by what is in them: no key beside the object costs memory or dangles when the object moves.
  struct Less {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return key(a) < key(b);
    }
  };

  [[nodiscard]] bool removed_since(const T& object) const REQUIRES(mutex_);
  void remember_removal(Key of, std::uint64_t resource_version) REQUIRES(mutex_);
  /// What `put` did. The object stays where it is as long as it is in the set.
  struct Placed {
    std::optional<T> before;
    const T* after = nullptr;  ///< null: nothing changed
  };
  Placed put(T object, bool whatever_version) REQUIRES(mutex_);
  void sweep(const std::vector<T>& listed, std::uint64_t resource_version, std::vector<Change>& changes)
      REQUIRES(mutex_);

  /// Removals remembered at most. The window to cover is one answer to our own write, so a few per worker would do; a
  /// burst of deletions must not push those out.
  static constexpr std::size_t kMaxRemovals = 1024;

  mutable base::Mutex mutex_;
  std::set<T, Less> objects_ GUARDED_BY(mutex_);
  std::map<std::pair<std::string, std::string>, std::uint64_t> removals_ GUARDED_BY(mutex_);
  std::uint64_t listed_at_ GUARDED_BY(mutex_) = 0;
  bool synced_ GUARDED_BY(mutex_) = false;
};

template <class T>
std::optional<typename Store<T>::Change> Store<T>::absorb(T object) {
  const base::MutexLock lock(mutex_);
  const std::uint64_t version = object.meta.resource_version;
  // What is not here and not newer than the last full list was gone when that list was made.
  if (version != 0 && version <= listed_at_ && !objects_.contains(object)) return std::nullopt;
  auto placed = put(std::move(object), version == 0);
  if (placed.after == nullptr) return std::nullopt;
  return Change{std::move(placed.before), *placed.after};
}

template <class T>
std::optional<typename Store<T>::Change> Store<T>::remove(std::string_view ns, std::string_view name,
                                                          std::uint64_t resource_version) {
  const base::MutexLock lock(mutex_);
  const auto found = objects_.find(Key{ns, name});
  if (found == objects_.end()) {
    remember_removal({ns, name}, resource_version);
    return std::nullopt;
  }
  if (resource_version != 0 && resource_version < found->meta.resource_version) return std::nullopt;
  remember_removal({ns, name}, std::max(resource_version, found->meta.resource_version));
  auto node = objects_.extract(found);
  return Change{std::move(node.value()), std::nullopt};
}

template <class T>
std::vector<typename Store<T>::Change> Store<T>::replace(std::vector<T> objects, std::uint64_t resource_version) {
  std::stable_sort(objects.begin(), objects.end(), Less{});
  std::vector<Change> changes;
  const base::MutexLock lock(mutex_);
  // What the list knows better is forgotten; only removals after it may still contradict it.
  std::erase_if(removals_,
                [&](const auto& removal) { return removal.second <= resource_version || resource_version == 0; });
  listed_at_ = resource_version;
  sweep(objects, resource_version, changes);
  std::vector<Placed> placed;
  for (auto& object : objects) {
    auto each = put(std::move(object), resource_version == 0);
    if (each.after != nullptr) placed.push_back(std::move(each));
  }
  // Copied last: copies made among the objects that stay would leave holes of their size in memory when they go.
  changes.reserve(changes.size() + placed.size());
  for (auto& each : placed) changes.push_back(Change{std::move(each.before), *each.after});
  synced_ = true;
  return changes;
}

template <class T>
bool Store<T>::removed_since(const T& object) const {
  if (removals_.empty() || object.meta.resource_version == 0) return false;
  const auto removal = removals_.find({object.meta.ns, object.meta.name});
  return removal != removals_.end() && removal->second >= object.meta.resource_version;
}

template <class T>
void Store<T>::remember_removal(Key of, std::uint64_t resource_version) {
  if (resource_version == 0) return;
  auto& version = removals_[{std::string(of.ns), std::string(of.name)}];
  version = std::max(version, resource_version);
  if (removals_.size() <= kMaxRemovals) return;
  removals_.erase(std::min_element(removals_.begin(), removals_.end(),
                                   [](const auto& a, const auto& b) { return a.second < b.second; }));
}

/// Takes in `object`, unless something newer is known and that counts.
template <class T>
typename Store<T>::Placed Store<T>::put(T object, bool whatever_version) {
  const auto found = objects_.find(object);
  if (found == objects_.end()) {
    if (!whatever_version && removed_since(object)) return {};
    return {std::nullopt, &*objects_.insert(std::move(object)).first};
  }
  const std::uint64_t version = object.meta.resource_version;
  if (!whatever_version && version != 0 && version < found->meta.resource_version) return {};
  object.meta.resource_version = found->meta.resource_version;
  const bool same = object == *found;
  object.meta.resource_version = version;
  const auto next = std::next(found);
  auto node = objects_.extract(found);  // the only way to change an element of a set; allocates nothing
  std::swap(node.value(), object);
  const auto at = objects_.insert(next, std::move(node));
  if (same) return {};
  return {std::move(object), &*at};
}

/// Removes what a list taken at `resource_version` no longer has. `listed` is sorted.
template <class T>
void Store<T>::sweep(const std::vector<T>& listed, std::uint64_t resource_version, std::vector<Change>& changes) {
  for (auto at = objects_.begin(); at != objects_.end();) {
    const bool newer = resource_version != 0 && at->meta.resource_version > resource_version;
    if (newer || std::binary_search(listed.begin(), listed.end(), *at, Less{})) {
      ++at;
      continue;
    }
    auto node = objects_.extract(at++);
    changes.push_back(Change{std::move(node.value()), std::nullopt});
  }
}

}  // namespace kube
