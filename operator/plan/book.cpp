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

void hold(Entry& entry, std::string_view reason, std::string message) {
  set(entry, Standing::kHeld, reason, std::move(message));
}

/// A credential that Harbor rejects is written nowhere, and neither is one that was never shown to it.
void judge(Entry& entry, const Proof& proof, bool proved_before) {
  const bool told = proof.of == entry.auth && proof.state != Proof::State::kUnknown;
  if (told && proof.state == Proof::State::kRejected) hold(entry, proof.reason, proof.message);
  if (!told && !proved_before) hold(entry, kProgressing, "the credential is being verified with " + entry.endpoint);
}

/// Fills in the given credential, or holds the entry with the reason.
void read_source(Entry& entry, const api::HarborRegistry& registry, const BookInputs& inputs) {
  const std::string where = "Secret " + inputs.own_namespace + "/" + registry.spec.credential_secret;
  const auto source = inputs.source(registry.spec.credential_secret);
  if (!source) {
    hold(entry, kCredentialSecretMissing,
         where +
             " (spec.credential.secretRef) does not exist; create it with type kubernetes.io/basic-auth or "
             "kubernetes.io/dockerconfigjson");
    return;
  }
  auto credential = read_credential(*source, registry.spec.host);
  if (!credential) {
    hold(entry, kCredentialInvalid, where + " cannot be used: " + credential.error().message);
    return;
  }
  entry.auth = digest(*credential, inputs.keys);
  // The status remembers it over a restart, so that nothing waits for Harbor then.
  const bool proved_before = registry.status.credential.content_hash == credential_hash(*credential, inputs.keys);
  entry.credential = std::move(*credential);
  judge(entry, inputs.credentials.record({registry.meta.name, ""}).proof, proved_before);
}

/// Fills in the credential of the identity's current robot, or holds the entry with the reason.
void use_robot(Entry& entry, const std::string& ns, const CredentialSources& credentials, const DigestKeys& keys) {
  const RobotIdentity identity{entry.name, ns};
  const auto record = credentials.record(identity);
  const auto state = credentials.robots(identity);
  const auto* current = state ? state->newest(RobotPhase::kCurrent) : nullptr;
  // One of another Harbor is not for this host.
  if (current == nullptr || current->endpoint != entry.endpoint) {
    const auto trouble = record.trouble.value_or(Trouble{std::string(kProgressing), "a robot account is being made"});
    hold(entry, trouble.reason, trouble.message);
    return;
  }
  entry.credential = current->credential();
  entry.auth = digest(*entry.credential, keys);
  judge(entry, record.proof, true);  // it was proved before it became the current one
  if (entry.standing == Standing::kHeld && record.trouble) {
    hold(entry, record.trouble->reason, record.trouble->message + "; the present robot is of no use: " + entry.message);
  }
}

void read_credential(Entry& entry, const api::HarborRegistry& registry, const BookInputs& inputs) {
  if (!registry.spec.robot) {
    read_source(entry, registry, inputs);
  } else if (!entry.per_namespace) {
    use_robot(entry, "", inputs.credentials, inputs.keys);
  }
}

Entry make_entry(const api::HarborRegistry& registry, const BookInputs& inputs) {
  const auto& spec = registry.spec;
  Entry entry;
  entry.name = registry.meta.name;
  entry.host = spec.host;
  entry.secret_name = spec.secret_name;
  entry.namespaces = spec.namespaces;
  entry.service_accounts = spec.service_accounts;
  entry.evicts_pods = spec.pod_recovery == api::PodRecovery::kEvict;
  // Else a new generation by itself would be no change of the Book.
  if (entry.evicts_pods) entry.generation = registry.generation;
  entry.endpoint = api::endpoint_of(spec);
  entry.per_namespace = spec.robot && spec.robot->sharing == api::Sharing::kPerNamespace;
  entry.shared_robot = spec.robot && !entry.per_namespace;
  if (registry.deleting) {
    const bool retain = spec.deletion_policy == api::DeletionPolicy::kRetain;
    set(entry, retain ? Standing::kFrozen : Standing::kLeaving, kProgressing, "the registry is being deleted");
  } else if (auto problem = spec_problem(registry, inputs); !problem.empty()) {
    set(entry, Standing::kFrozen, kInvalidSpec, std::move(problem));
  } else if (spec.suspend) {
    set(entry, Standing::kFrozen, kSuspended, "spec.suspend is true: nothing is changed, what is there stays");
  } else {
    read_credential(entry, registry, inputs);
    // Nothing is placed before the finalizer is there to take it away again.
    if (entry.standing == Standing::kActive && !contains(registry.finalizers, api::kFinalizer)) {
      hold(entry, kProgressing, "the finalizer is being set");
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

Book book_for(const Book& book, const std::string& ns, const CredentialSources& credentials, const DigestKeys& keys) {
  Book own = book;
  for (auto& entry : own.entries) {
    if (entry.per_namespace && entry.standing == Standing::kActive) use_robot(entry, ns, credentials, keys);
  }
  return own;
}

}  // namespace plan
