// One namespace and the registries that mean it, small enough to be thrown: steps are applied to it as the API server
// and the reconciler would, and what must never happen is written down.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "plan/namespace_plan.hpp"

namespace sim {

/// The keys of all digests in these tests.
[[nodiscard]] const plan::DigestKeys& keys();

/// A Secret as the API server stores it.
struct Secret {
  std::string uid = {};
  bool ours = true;
  bool labels_ok = true;
  bool type_ok = true;
  bool terminating = false;  ///< and kept alive by somebody's finalizer
  bool extra_key = false;    ///< somebody added a key of their own
  std::vector<std::string> registries = {};
  std::string content_hash = {};
  std::string bytes = {};                             ///< of .dockerconfigjson
  std::map<std::string, std::string> placed_by = {};  ///< host to registry, as we know it and the operator cannot
  bool operator==(const Secret&) const = default;

  [[nodiscard]] std::vector<api::AuthDigest> auths() const;
};

/// A Secret that holds `auths`, as the operator writes it for `registries`.
[[nodiscard]] Secret written_secret(const plan::Auths& auths, std::vector<std::string> registries);

struct World {
  api::Namespace ns = {};
  std::vector<std::string> secret_names = {};
  std::map<std::string, Secret> secrets = {};  ///< by name
  std::vector<api::ServiceAccount> accounts = {};
  plan::Book book = {};

  [[nodiscard]] plan::NamespaceFacts facts() const;
  [[nodiscard]] const Secret* find(const std::string& name) const;
};

/// Does what the step says. Returns what is wrong about it: guards that would fail, promises that are broken.
[[nodiscard]] std::vector<std::string> apply(World& world, const plan::Step& step);

/// What is not ours on the ServiceAccount: its list without the one entry that we recorded per Secret name.
[[nodiscard]] std::vector<std::string> foreign_entries(const api::ServiceAccount& account);

/// JSON Patch with the API server's rule that `test` against null matches what is absent. Empty text: the patch failed.
[[nodiscard]] std::string patched(const std::string& document, const std::string& patch);
[[nodiscard]] std::string account_json(const api::ServiceAccount& account);
[[nodiscard]] api::ServiceAccount account_from(const std::string& json, const api::ServiceAccount& before);

/// The steps in words, for failing tests.
[[nodiscard]] std::string describe(const std::vector<plan::Step>& steps);

}  // namespace sim
