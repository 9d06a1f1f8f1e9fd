// All HarborRegistries as the decisions see them: read once per change, then shared by every namespace's decision.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/core.hpp"
#include "api/harbor_registry.hpp"
#include "plan/credential_record.hpp"
#include "plan/docker_config.hpp"

namespace plan {

/// What a registry may do now.
enum class Standing {
  kActive,   ///< writes
  kHeld,     ///< has no usable credential (or no finalizer yet): keeps what exists, begins nothing new
  kFrozen,   ///< suspended, invalid, or deleted with Retain: nothing of it is touched, neither added nor removed
  kLeaving,  ///< being deleted: whatever it placed goes away
};

struct Entry {
  std::string name = {};
  std::string host = {};
  std::string secret_name = {};
  Standing standing = Standing::kActive;
  std::string reason = {};   ///< why it is not kActive (plan/reasons.hpp), or empty
  std::string message = {};  ///< a sentence for people
  api::NamespaceSelection namespaces = {};
  api::ServiceAccountSelection service_accounts = {};
  bool evicts_pods = false;     ///< pods.recovery: Evict
  std::int64_t generation = 0;  ///< of the registry, with evicts_pods: owners given up are tried again with a new one
  std::string endpoint = {};    ///< of Harbor
  /// Each namespace has a credential of its own: see book_for().
  bool per_namespace = false;
  bool shared_robot = false;                  ///< all namespaces have the credential of one robot
  std::optional<Credential> credential = {};  ///< set when kActive, unless per_namespace
  base::Digest auth = {};
  bool operator==(const Entry&) const = default;
};

/// Oldest registry first (creation time, then name): the order in which hosts are claimed.
struct Book {
  std::vector<Entry> entries = {};
  /// nullptr when there is no such registry.
  [[nodiscard]] const Entry* find(std::string_view name) const;
  bool operator==(const Book&) const = default;
};

struct BookInputs {
  std::vector<api::HarborRegistry> registries = {};
  /// The Secret of that name in the operator's namespace, or nullopt.
  std::function<std::optional<api::SourceSecret>(const std::string& name)> source;
  std::vector<std::string> allowed_secret_names = {};
  std::string own_namespace = {};
  CredentialSources credentials;
  const DigestKeys& keys;
};

[[nodiscard]] Book make_book(const BookInputs& inputs);

/// The same Book as one namespace has to read it: entries that are kActive and per_namespace get the credential of the
/// namespace's own robot, or are kHeld with the reason.
[[nodiscard]] Book book_for(const Book& book, const std::string& ns, const CredentialSources& credentials,
                            const DigestKeys& keys);

}  // namespace plan
