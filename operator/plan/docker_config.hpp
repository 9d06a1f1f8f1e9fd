// The content of a pull Secret: reading a given credential, rendering the docker configuration, telling contents apart.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/core.hpp"
#include "base/digest.hpp"
#include "base/result.hpp"
#include "base/secret_string.hpp"

namespace plan {

struct Credential {
  base::SecretString username = {};
  base::SecretString password = {};
  bool operator==(const Credential&) const = default;
};

/// What a pull Secret holds, by host.
using Auths = std::map<std::string, Credential>;

/// Largest dockerconfigjson that is read: the API server's own limit for a Secret.
inline constexpr std::size_t kMaxDockerConfig = 1U << 20U;

/// Keys of the digests. `memory` is made at each start and never leaves the process; `annotation` lives in the state
/// Secret, so that the published hash is the same after a restart and tells nothing to who only sees annotations.
struct DigestKeys {
  std::string memory = {};
  std::string annotation = {};
};

/// base64 of "username:password", as in `auth` and in the header of that name; as secret as the password.
[[nodiscard]] std::string basic_auth(const Credential& credential);

/// {"auths":{"<host>":{"auth":"…","password":"…","username":"…"}}}: keys sorted, no spaces; same content, same bytes.
[[nodiscard]] base::SecretString render_docker_config(const Auths& auths);

/// Reads `auths` of any docker configuration: username and password, or auth alone. Entries that hold neither are left
/// out. Fails with kInvalid; the message gives the kind of fault and never a value.
[[nodiscard]] base::Result<Auths> parse_docker_config(std::string_view json);

/// The credential for `host` in a Secret of type kubernetes.io/basic-auth or kubernetes.io/dockerconfigjson (the entry
/// whose key is `host`; a key written as https://host or https://host/v1/ counts too). Fails with kInvalid and a
/// sentence that names the Secret's key and the remedy, never a value.
[[nodiscard]] base::Result<Credential> read_credential(const api::SourceSecret& secret, std::string_view host);

[[nodiscard]] base::Digest digest(const Credential& credential, const DigestKeys& keys);
[[nodiscard]] base::Digest digest_bytes(std::string_view bytes, const DigestKeys& keys);
/// 32 hexadecimal characters, for the annotation.
[[nodiscard]] std::string content_hash(std::string_view bytes, const DigestKeys& keys);
/// The same of one credential, for the status.
[[nodiscard]] std::string credential_hash(const Credential& credential, const DigestKeys& keys);

/// Digests of every entry, by host; empty when `json` is no docker configuration.
[[nodiscard]] std::vector<api::AuthDigest> digest_auths(std::string_view json, const DigestKeys& keys);

}  // namespace plan
