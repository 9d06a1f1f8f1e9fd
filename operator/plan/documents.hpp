// The bodies of our writes: what goes over the wire for a step. Pure.
#pragma once

#include <string>
#include <vector>

#include "api/core.hpp"
#include "base/secret_string.hpp"
#include "plan/docker_config.hpp"

namespace plan {

/// Server-side apply of a pull Secret. `uid` empty leaves it out; otherwise the API server refuses (409) if the object
/// is another by now.
struct SecretDocument {
  std::string ns = {};
  std::string name = {};
  std::string uid = {};
  std::vector<std::string> registries = {};
  Auths auths = {};
};
[[nodiscard]] base::SecretString secret_document(const SecretDocument& secret, const DigestKeys& keys);

/// JSON Patch that appends the entry and records it in an annotation, valid only for the list (and the object) that was
/// seen.
[[nodiscard]] std::string attach_document(const api::ServiceAccount& seen, const std::string& secret_name);
/// JSON Patch that removes our entry (the last of that name) and the record; the record alone when the entry is gone
/// already.
[[nodiscard]] std::string detach_document(const api::ServiceAccount& seen, const std::string& secret_name);
/// ServiceAccount `default` of a namespace with these references, each recorded as ours, to be created.
[[nodiscard]] std::string account_document(const std::string& ns, const std::vector<std::string>& secret_names);

}  // namespace plan
