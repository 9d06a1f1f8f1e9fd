// What keeps evictions from going round in circles, and from coming all at once.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/digest.hpp"

namespace plan {

/// What an eviction builds on: while it is the same, the same attempt has the same end.
struct EvictionBasis {
  base::Digest secret = {};     ///< content of the pull Secret
  std::int64_t generation = 0;  ///< of the registry
  bool policy = false;          ///< the admission policy is in force
  bool operator==(const EvictionBasis&) const = default;
};

/// Which Pods of which controllers were evicted. Not thread-safe. A controller whose Pod, made after an eviction, waits
/// for the same thing again is given up until the basis changes. What was made after is told by identity, not by time:
/// clocks of two machines differ.
class EvictionGuard {
 public:
  enum class Answer {
    kYes,
    kDone,     ///< this Pod was evicted already
    kGivenUp,  ///< it did not help its siblings
  };
  [[nodiscard]] Answer ask(const std::string& owner_uid, const std::string& pod_uid, const EvictionBasis& basis);
  /// An eviction is about to be tried; `siblings` are the uids of all pending Pods that the controller has now.
  void begin(const std::string& owner_uid, const EvictionBasis& basis, const std::vector<std::string>& siblings);
  /// It is done, after `begin`.
  void done(const std::string& owner_uid, const std::string& pod_uid);
  [[nodiscard]] std::size_t size() const { return owners_.size(); }

 private:
  struct Owner {
    EvictionBasis basis = {};
    std::set<std::string> before = {};  ///< Pods that were there before the first eviction
    std::set<std::string> done = {};
    std::uint64_t touched = 0;
  };
  void make_room();

  /// A controller takes some hundred bytes, and a forgotten one costs one eviction more.
  static constexpr std::size_t kMaxOwners = 4096;
  std::map<std::string, Owner> owners_;
  std::uint64_t touches_ = 0;
};

/// 10 evictions at once, then one a second: a mistake in a selector must not empty a cluster before somebody sees it,
/// and each eviction makes a scheduler, a kubelet and a controller work. Not thread-safe.
class EvictionRate {
 public:
  /// nullopt: go ahead, and one is used up; else how long to wait.
  [[nodiscard]] std::optional<base::Millis> take(base::SteadyTime now);

 private:
  static constexpr int kBurst = 10;
  static constexpr base::Millis kPeriod{1'000};
  base::SteadyTime full_at_ = {};  ///< when the bucket is full again
};

}  // namespace plan
