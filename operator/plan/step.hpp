// What is to be done in a namespace: small values with a reason each, in the order in which they must happen.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "api/core.hpp"

namespace plan {

/// Apply the Secret. `uid` empty: it is not there, apply without force, so that a foreign one made meanwhile is a
/// conflict. Otherwise: apply with force, only to the object of that uid. `keep_hosts`: entries to carry over from what
/// is there now.
struct WriteSecret {
  std::string secret_name = {};
  std::string uid = {};
  std::vector<std::string> registries = {};  ///< for the annotation, sorted
  std::vector<std::string> sources = {};     ///< registries whose credentials go in
  std::vector<std::string> keep_hosts = {};
  std::string why = {};
  bool operator==(const WriteSecret&) const = default;
};

struct DeleteSecret {
  std::string secret_name = {};
  std::string uid = {};
  std::uint64_t resource_version = 0;
  std::string why = {};
  bool operator==(const DeleteSecret&) const = default;
};

/// Add or remove one entry of the ServiceAccount's list, guarded by what was seen.
struct Attach {
  api::ServiceAccount seen = {};
  std::string secret_name = {};
  std::vector<std::string> registries = {};  ///< who wants it
  std::string why = {};
  bool operator==(const Attach&) const = default;
};
struct Detach {
  api::ServiceAccount seen = {};
  std::string secret_name = {};
  std::string why = {};
  bool operator==(const Detach&) const = default;
};

/// Make ServiceAccount `default` with these references before anybody else makes it without (opt-in). Best effort: one
/// that is there by now is attached to as ever.
struct MakeAccount {
  std::vector<std::string> secret_names = {};
  bool operator==(const MakeAccount&) const = default;
};

/// Not done, on purpose: somebody else owns the place.
struct Refuse {
  std::string secret_name = {};
  std::string reason = {};
  std::string message = {};
  std::vector<std::string> registries = {};
  bool operator==(const Refuse&) const = default;
};

using Step = std::variant<MakeAccount, WriteSecret, DeleteSecret, Attach, Detach, Refuse>;

/// "apply Secret harbor-pull (missing)", for logs and test output.
[[nodiscard]] std::string describe(const Step& step);

}  // namespace plan
