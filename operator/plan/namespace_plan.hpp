// The decision for one namespace: all its Secrets and ServiceAccounts, whatever the number of registries.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/core.hpp"
#include "plan/book.hpp"
#include "plan/step.hpp"

namespace plan {

/// Everything the decision rests on, as the stores showed it at one moment.
struct NamespaceFacts {
  std::optional<api::Namespace> ns = {};  ///< nullopt: it is gone
  std::string own_namespace = {};
  std::vector<std::string> secret_names = {};      ///< the names this operator may write
  std::vector<api::PullSecret> secrets = {};       ///< those names that exist here
  std::vector<api::ServiceAccount> accounts = {};  ///< all of the namespace
  bool makes_default_account = false;              ///< the operator is told to, see MakeAccount
};

/// A registry that means this namespace, and what it gets here before any step is taken.
struct Claim {
  enum class State { kWanted, kWaiting, kFailed };
  std::string registry = {};
  State state = State::kWanted;
  std::string reason = {};  ///< for kFailed
  std::string message = {};
  bool operator==(const Claim&) const = default;
};

struct NamespacePlan {
  std::vector<Claim> claims = {};
  std::vector<Step> steps = {};
};

/// Whether `entry` means this namespace: not terminating, not ignored, not excluded, selected.
[[nodiscard]] bool means(const Entry& entry, const api::Namespace& ns, const std::string& own_namespace);

/// Pure. First of all MakeAccount, where asked for: it is a race. In each group (one Secret name): detach, then delete
/// or write, then attach. A namespace that is gone or terminating gets no steps and no claims.
[[nodiscard]] NamespacePlan plan_namespace(const NamespaceFacts& facts, const Book& book, const DigestKeys& keys);

}  // namespace plan
