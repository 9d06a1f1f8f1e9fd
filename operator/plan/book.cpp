#include "plan/book.hpp"

#include <algorithm>
#include <tuple>

#include "api/names.hpp"
#include "base/contains.hpp"
#include "plan/reasons.hpp"
#include "plan/selection.hpp"

namespace plan {
namespace {

using base::contains;

std::string joined(const std::vector<std::string>& values) {
  std::string text;
  for (const auto& value : values) text += (text.empty() ? "" : ", ") + value;
  return text;
}

/// What the schema cannot say, and what it says again for objects that were stored before it did.
std::string spec_problem(const api::HarborRegistry& registry, const BookInputs& inputs) {
  const auto& spec = registry.spec;
  if (!registry.spec_error.empty()) return registry.spec_error;
  if (!contains(inputs.allowed_secret_names, spec.secret_name)) {
    return "spec.secretName is " + spec.secret_name + ", but this operator may only write Secrets named " +
           joined(inputs.allowed_secret_names) + "; start it with --secret-name " + spec.secret_name +
           " and name it in the ClusterRole, or make the registry again with an allowed name";
  }
  if (spec.namespaces.selector) {
    if (auto problem = selector_problem(*spec.namespaces.selector, "spec.namespaces.selector"); !problem.empty())
      return problem;
  }
  if (spec.service_accounts.selector) {
    return selector_problem(*spec.service_accounts.selector, "spec.serviceAccounts.selector");
  }
  return {};
}

void set(Entry& entry, Standing standing, std::string_view reason, std::string message) {
  entry.standing = standing;
  entry.reason = reason;
  entry.message = std::move(message);
}

/// Fills in the credential, or holds the entry with the reason.
void read_source(Entry& entry, const api::HarborRegistry& registry, const BookInputs& inputs) {
  const std::string where = "Secret " + inputs.own_namespace + "/" + registry.spec.credential_secret;
  const auto source = inputs.source(registry.spec.credential_secret);
  if (!source) {
    set(entry, Standing::kHeld, kCredentialSecretMissing,
        where +
            " (spec.credential.secretRef) does not exist; create it with type kubernetes.io/basic-auth or "
            "kubernetes.io/dockerconfigjson");
    return;
  }
  auto credential = read_credential(*source, registry.spec.host);
  if (!credential) {
    set(entry, Standing::kHeld, kCredentialInvalid, where + " cannot be used: " + credential.error().message);
    return;
  }
  entry.auth = digest(*credential, inputs.keys);
  entry.credential = std::move(*credential);
}

Entry make_entry(const api::HarborRegistry& registry, const BookInputs& inputs) {
  const auto& spec = registry.spec;
  Entry entry{registry.meta.name,
              spec.host,
              spec.secret_name,
              Standing::kActive,
              {},
              {},
              spec.namespaces,
              spec.service_accounts,
              {},
              {}};
  if (registry.deleting) {
    const bool retain = spec.deletion_policy == api::DeletionPolicy::kRetain;
    set(entry, retain ? Standing::kFrozen : Standing::kLeaving, kProgressing, "the registry is being deleted");
  } else if (auto problem = spec_problem(registry, inputs); !problem.empty()) {
    set(entry, Standing::kFrozen, kInvalidSpec, std::move(problem));
  } else if (spec.suspend) {
    set(entry, Standing::kFrozen, kSuspended, "spec.suspend is true: nothing is changed, what is there stays");
  } else {
    read_source(entry, registry, inputs);
    // Nothing is placed before the finalizer is there to take it away again.
    if (entry.standing == Standing::kActive && !contains(registry.finalizers, api::kFinalizer)) {
      set(entry, Standing::kHeld, kProgressing, "the finalizer is being set");
    }
  }
  return entry;
}

}  // namespace

const Entry* Book::find(std::string_view name) const {
  const auto found =
      std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

Book make_book(const BookInputs& inputs) {
  auto registries = inputs.registries;
  std::sort(registries.begin(), registries.end(), [](const auto& a, const auto& b) {
    return std::tie(a.creation_timestamp, a.meta.name) < std::tie(b.creation_timestamp, b.meta.name);
  });
  Book book;
  for (const auto& registry : registries) book.entries.push_back(make_entry(registry, inputs));
  return book;
}

}  // namespace plan
