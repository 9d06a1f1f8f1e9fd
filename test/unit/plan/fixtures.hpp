// Short ways to say the usual facts.
#pragma once

#include <string>
#include <vector>

#include "api/names.hpp"
#include "plan/reasons.hpp"
#include "unit/plan/simulator.hpp"

namespace fixtures {

inline plan::Credential credential(const std::string& who) {
  return {base::SecretString("robot$" + who), base::SecretString("pw-" + who)};
}

/// Selects every namespace and ServiceAccount default, in Secret harbor-pull.
inline plan::Entry entry(const std::string& name, const std::string& host,
                         plan::Standing standing = plan::Standing::kActive) {
  plan::Entry made;
  made.name = name;
  made.host = host;
  made.secret_name = "harbor-pull";
  made.standing = standing;
  made.namespaces.selector = api::LabelSelector{};
  if (standing == plan::Standing::kHeld) made.reason = plan::kCredentialSecretMissing;
  if (standing == plan::Standing::kFrozen) made.reason = plan::kSuspended;
  if (standing == plan::Standing::kLeaving) made.reason = plan::kProgressing;
  if (standing == plan::Standing::kActive) {
    made.credential = credential(name);
    made.auth = plan::digest(*made.credential, sim::keys());
  }
  return made;
}

inline api::ServiceAccount account(const std::string& name, std::vector<std::string> pull_secrets = {},
                                   std::vector<std::string> attached = {}) {
  api::ServiceAccount made;
  made.meta = {"team-a", name, "uid-" + name, 3};
  made.has_pull_secrets = !pull_secrets.empty();
  made.has_annotations = !attached.empty();
  made.pull_secrets = std::move(pull_secrets);
  made.attached = std::move(attached);
  return made;
}

/// As the operator left it: the hosts with the credential of the registry of that name.
inline sim::Secret secret(const std::map<std::string, std::string>& registry_of_host) {
  plan::Auths auths;
  std::vector<std::string> registries;
  for (const auto& [host, registry] : registry_of_host) {
    auths[host] = credential(registry);
    registries.push_back(registry);
  }
  std::sort(registries.begin(), registries.end());
  return sim::written_secret(auths, std::move(registries));
}

inline sim::World world(std::vector<plan::Entry> entries) {
  sim::World made;
  made.ns.meta = {"", "team-a", "uid-ns", 1};
  made.secret_names = {"harbor-pull"};
  made.book.entries = std::move(entries);
  return made;
}

inline plan::NamespacePlan plan_of(const sim::World& world) {
  return plan::plan_namespace(world.facts(), world.book, sim::keys());
}

}  // namespace fixtures
