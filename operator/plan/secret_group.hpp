// What one Secret of one namespace should hold, and which registries have a say in it. Inner part of namespace_plan.
#pragma once

#include <string>
#include <vector>

#include "plan/book.hpp"
#include "plan/step.hpp"

namespace plan {

/// The registries that share one Secret name in one namespace.
struct SecretGroup {
  std::string secret_name = {};
  std::vector<const Entry*> wanted = {};     ///< active: their credentials go in
  std::vector<const Entry*> kept = {};       ///< held or frozen, selecting: their entries stay as they are
  std::vector<const Entry*> outranked = {};  ///< selecting, of any Secret name, but an older one serves their host
  const api::PullSecret* found = nullptr;

  // What follows from them, filled in by `settle`.
  std::vector<std::string> keep_hosts = {};
  std::vector<std::string> registries = {};  ///< for the annotation, sorted
  bool frozen = false;  ///< a registry that must not be touched has a share: references stay as they are
  bool doomed = false;  ///< the Secret is ours and nobody has a share: it goes, and so do the references
};

/// The Secret is there and is ours to change: our mark and our type.
[[nodiscard]] bool manageable(const api::PullSecret& secret);

/// Works out which entries of the Secret stay: those of kept registries, of frozen ones that no longer select the
/// namespace but are named on the Secret, and of registries that no longer exist (retained, or lost with the CRD):
/// never removed by us. The answer is the same once the group's steps are done, so one round settles it.
void settle(SecretGroup& group, const Book& book);

/// At most one of: write, delete, refuse; or nothing.
[[nodiscard]] std::vector<Step> plan_secret(const SecretGroup& group, const DigestKeys& keys);

}  // namespace plan
