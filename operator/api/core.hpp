// The core kinds as the operator remembers them: only what a decision needs. All are values with ==.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/digest.hpp"
#include "base/secret_string.hpp"

namespace api {

/// Sorted by key.
using Labels = std::vector<std::pair<std::string, std::string>>;

/// What every cached object has. `resource_version` is the server's decimal number (comparable since Kubernetes 1.35 by
/// contract, before that in fact); 0 when it was not a number.
struct Meta {
  std::string ns = {};  ///< empty for cluster-scoped kinds
  std::string name = {};
  std::string uid = {};
  std::uint64_t resource_version = 0;
  bool operator==(const Meta&) const = default;
};

struct Namespace {
  Meta meta = {};
  Labels labels = {};
  bool ignored = false;      ///< annotation harborpull.io/ignore: "true"
  bool terminating = false;  ///< has a deletionTimestamp
  bool operator==(const Namespace&) const = default;
};

struct ServiceAccount {
  Meta meta = {};
  Labels labels = {};
  bool ignored = false;
  bool terminating = false;
  std::int64_t created = 0;                    ///< creationTimestamp, seconds since 1970
  bool has_annotations = false;                ///< metadata.annotations is there at all (JSON Patch needs to know)
  bool has_pull_secrets = false;               ///< imagePullSecrets is there at all, even if empty
  std::vector<std::string> pull_secrets = {};  ///< names in order; "" is an entry without a name ({})
  std::vector<std::string> attached = {};      ///< Secret names from attached.harborpull.io/<name> annotations, sorted
  std::vector<std::string> born_with = {};     ///< of these, what the admission policy placed
  bool operator==(const ServiceAccount&) const = default;
};

/// One entry of `auths`, told apart without keeping the credential.
struct AuthDigest {
  std::string host = {};
  base::Digest digest = {};  ///< keyed digest of username and password, see plan/docker_config.hpp
  bool operator==(const AuthDigest&) const = default;
};

/// A Secret of a managed name in some namespace.
struct PullSecret {
  Meta meta = {};
  bool ours = false;  ///< carries our label or our apply's field manager entry
  bool terminating = false;
  bool labels_ok = false;                    ///< both our labels are there with our values
  bool type_ok = false;                      ///< kubernetes.io/dockerconfigjson
  bool only_our_key = false;                 ///< data has .dockerconfigjson and nothing else
  base::Digest data = {};                    ///< keyed digest of the bytes of .dockerconfigjson
  std::vector<std::string> registries = {};  ///< from the annotation, as written there
  std::string content_hash = {};             ///< from the annotation
  std::vector<AuthDigest> auths = {};        ///< sorted by host; empty when the data cannot be read
  bool operator==(const PullSecret&) const = default;
};

/// A Secret in the operator's own namespace, whole: the only place where credentials are kept.
struct SourceSecret {
  Meta meta = {};
  std::string type = {};
  std::vector<std::pair<std::string, base::SecretString>> data = {};  ///< decoded, sorted by key
  bool operator==(const SourceSecret&) const = default;

  /// The value under `key`, or nullptr.
  [[nodiscard]] const base::SecretString* find(std::string_view key) const {
    for (const auto& [name, value] : data) {
      if (name == key) return &value;
    }
    return nullptr;
  }
};

/// A container that waits for its image.
struct PullWait {
  std::string image = {};    ///< as written in the Pod
  std::string reason = {};   ///< ErrImagePull or ImagePullBackOff
  std::string message = {};  ///< the kubelet's; the first kMaxPullMessage bytes
  bool operator==(const PullWait&) const = default;
};
inline constexpr std::size_t kMaxPullMessage = 2048;

/// A Pod that is pending. Of one that waits for no image nothing is kept but `meta` and `owner_uid`.
struct Pod {
  Meta meta = {};
  std::string owner_uid = {};  ///< of its controller; "" for a bare Pod
  std::string owner = {};      ///< "ReplicaSet web-5c9"
  std::string account = {};    ///< spec.serviceAccountName
  bool ignored = false;        ///< annotation harborpull.io/ignore: "true"
  bool terminating = false;
  std::vector<std::string> pull_secrets = {};
  std::vector<PullWait> waits = {};  ///< of containers and init containers
  bool operator==(const Pod&) const = default;
};

/// A ConfigMap in the operator's own namespace.
struct ConfigMap {
  Meta meta = {};
  std::vector<std::pair<std::string, std::string>> data = {};  ///< texts, sorted by key
  bool operator==(const ConfigMap&) const = default;

  /// The value under `key`, or nullptr.
  [[nodiscard]] const std::string* find(std::string_view key) const {
    for (const auto& [name, value] : data) {
      if (name == key) return &value;
    }
    return nullptr;
  }
};

}  // namespace api
