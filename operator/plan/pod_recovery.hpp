// Which waiting Pods our Secret would cure if they were made again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/core.hpp"
#include "plan/book.hpp"

namespace plan {

struct PodFacts {
  const api::Pod& pod;
  std::optional<api::Namespace> ns = {};
  std::optional<api::ServiceAccount> account = {};  ///< the Pod's
  const Book& book;                                 ///< as the Pod's namespace has to read it
  std::string own_namespace = {};
  /// Registries for which deploy/admission is seen in force: it adds the reference to Pods that lack it.
  std::vector<std::string> policy_serves = {};
};

/// What is to become of one Pod.
struct PodVerdict {
  enum class Kind {
    kNone,    ///< not our business
    kLater,   ///< eviction will help, once the ServiceAccount has the reference
    kEvict,   ///< eviction helps, if the Secret is right
    kBeyond,  ///< eviction would not help
  };
  Kind kind = Kind::kNone;
  const Entry* entry = nullptr;  ///< in the Book; set unless kNone
  std::string cure = {};         ///< for kBeyond: what a person can do, a sentence
};

/// The ServiceAccount that the Pod runs as.
[[nodiscard]] std::string account_of(const api::Pod& pod);

/// Pure. The Secret itself and what was evicted before are the caller's to look at.
[[nodiscard]] PodVerdict judge_pod(const PodFacts& facts);

/// Whether a Pod made again in its place would name the entry's Secret: what admission adds to a Pod without a list of
/// its own is the ServiceAccount's list, and the policy adds to every Pod whose ServiceAccount is selected by its name.
/// `pod` lacks the Secret.
[[nodiscard]] bool would_get_reference(const PodFacts& facts, const Entry& entry);

/// Whether the Pod brought a list of its own, so that admission gave it nothing: it names what its ServiceAccount does
/// not. An own list that repeats the ServiceAccount's cannot be told apart from it.
[[nodiscard]] bool has_own_list(const api::Pod& pod, const std::optional<api::ServiceAccount>& account);

}  // namespace plan
