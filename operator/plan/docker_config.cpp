#include "plan/docker_config.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/names.hpp"

namespace plan {
namespace {

using base::ErrorKind;
using base::fail;
using base::SecretString;
using nlohmann::json;

/// "https://harbor.example.com/v1/" as docker login writes it is "harbor.example.com" as image references write it.
std::string_view bare_host(std::string_view key) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (key.substr(0, scheme.size()) == scheme) key.remove_prefix(scheme.size());
  }
  return key.substr(0, key.find('/'));
}

std::string text_of(const json& entry, const char* key) {
  const auto found = entry.find(key);
  return found != entry.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// username and password, else (one or both missing) both out of auth = base64(username:password).
base::Result<Credential> credential_of(const json& entry) {
  if (!entry.is_object()) return fail(ErrorKind::kInvalid, "an entry of auths is not an object");
  Credential found{SecretString(text_of(entry, "username")), SecretString(text_of(entry, "password"))};
  if (!found.username.empty() && !found.password.empty()) return found;
  const auto decoded = base::base64_decode(text_of(entry, "auth"));
  if (!decoded) return fail(ErrorKind::kInvalid, "the auth of an entry is not base64");
  const auto colon = decoded->find(':');
  if (colon == std::string::npos) return found;
  return Credential{SecretString(decoded->substr(0, colon)), SecretString(decoded->substr(colon + 1))};
}

/// What JSON can hold. Anything else would come back from the Secret as other bytes, and be written again for ever.
bool is_utf8(const SecretString& text) {
  try {
    [[maybe_unused]] const SecretString dumped(json(std::string(text.reveal())).dump());
    return true;
  } catch (const json::type_error&) {
    return false;  // the exception's text names a byte of the credential: it goes no further
  }
}

base::Result<Credential> complete(Credential credential, const std::string& where) {
  if (credential.username.empty()) return fail(ErrorKind::kInvalid, where + " has an empty username");
  if (credential.password.empty()) return fail(ErrorKind::kInvalid, where + " has an empty password");
  if (!is_utf8(credential.username)) return fail(ErrorKind::kInvalid, where + " has a username that is not UTF-8");
  if (!is_utf8(credential.password)) return fail(ErrorKind::kInvalid, where + " has a password that is not UTF-8");
  return credential;
}

base::Result<Credential> from_basic_auth(const api::SourceSecret& secret) {
  const SecretString* username = secret.find("username");
  const SecretString* password = secret.find("password");
  return complete({username ? *username : SecretString(), password ? *password : SecretString()}, "it");
}

base::Result<Credential> from_docker_config(const api::SourceSecret& secret, std::string_view host) {
  const SecretString* config = secret.find(api::kDockerConfigKey);
  if (config == nullptr) return fail(ErrorKind::kInvalid, "it has no key .dockerconfigjson");
  auto auths = parse_docker_config(config->reveal());
  if (!auths) return fail(std::move(auths.error()));
  const std::string wanted(host);
  auto found = auths->find(wanted);
  if (found == auths->end()) {
    found =
        std::find_if(auths->begin(), auths->end(), [&](const auto& entry) { return bare_host(entry.first) == host; });
  }
  if (found == auths->end()) {
    return fail(ErrorKind::kInvalid,
                "its auths have no entry for " + wanted + "; the key must be the registry's spec.host");
  }
  return complete(found->second, "its entry for " + wanted);
}

}  // namespace

std::string basic_auth(const Credential& credential) {
  std::string pair(credential.username.reveal());
  pair.append(":").append(credential.password.reveal());
  return base::base64_encode(pair);
}

SecretString render_docker_config(const Auths& auths) {
  json entries = json::object();
  for (const auto& [host, credential] : auths) {
    const std::string username(credential.username.reveal());
    const std::string password(credential.password.reveal());
    entries[host] = {{"username", username}, {"password", password}, {"auth", basic_auth(credential)}};
  }
  return SecretString(json{{"auths", std::move(entries)}}.dump(-1, ' ', false, json::error_handler_t::replace));
}

base::Result<Auths> parse_docker_config(std::string_view text) {
  if (text.size() > kMaxDockerConfig) return fail(ErrorKind::kInvalid, "the docker configuration is over 1 MiB");
  const json config = json::parse(text, nullptr, false);
  if (config.is_discarded()) return fail(ErrorKind::kInvalid, "its .dockerconfigjson is not JSON");
  const auto auths = config.is_object() ? config.find("auths") : config.end();
  if (auths == config.end() || !auths->is_object())
    return fail(ErrorKind::kInvalid, "its .dockerconfigjson has no object auths");
  Auths found;
  for (const auto& [host, entry] : auths->items()) {
    auto credential = credential_of(entry);
    if (!credential) return fail(std::move(credential.error()));
    if (!credential->username.empty() || !credential->password.empty()) found.emplace(host, std::move(*credential));
  }
  return found;
}

base::Result<Credential> read_credential(const api::SourceSecret& secret, std::string_view host) {
  if (secret.type == api::kBasicAuthType) return from_basic_auth(secret);
  if (secret.type == api::kDockerConfigType) return from_docker_config(secret, host);
  return fail(ErrorKind::kInvalid,
              "it is of type " + secret.type +
                  "; make it again with type kubernetes.io/basic-auth or kubernetes.io/dockerconfigjson");
}

base::Digest digest(const Credential& credential, const DigestKeys& keys) {
  // The length keeps ("ab","c") and ("a","bc") apart.
  const std::string text = std::to_string(credential.username.size()) + ":" +
                           std::string(credential.username.reveal()) + std::string(credential.password.reveal());
  return base::keyed_digest(keys.memory, text);
}

base::Digest digest_bytes(std::string_view bytes, const DigestKeys& keys) {
  return base::keyed_digest(keys.memory, bytes);
}

std::string content_hash(std::string_view bytes, const DigestKeys& keys) {
  return base::hex(base::keyed_digest(keys.annotation, bytes));
}

std::string credential_hash(const Credential& credential, const DigestKeys& keys) {
  return content_hash(render_docker_config({{"", credential}}).reveal(), keys);
}

std::vector<api::AuthDigest> digest_auths(std::string_view json, const DigestKeys& keys) {
  std::vector<api::AuthDigest> digests;
  const auto auths = parse_docker_config(json);
  if (!auths) return digests;
  for (const auto& [host, credential] : *auths) digests.push_back({host, digest(credential, keys)});
  return digests;
}

}  // namespace plan
