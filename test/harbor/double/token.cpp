#include "harbor/double/token.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/digest.hpp"
#include "harbor/double/text.hpp"

namespace harbor_double {
namespace {

using Json = nlohmann::json;

constexpr const char* kIssuer = "harbor-token-issuer";
constexpr const char* kAudience = "harbor-registry";

std::string base64url(std::string_view bytes) {
  std::string text = base::base64_encode(bytes);
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  text.erase(std::min(text.find('='), text.size()));
  return text;
}

std::string from_base64url(std::string text) {
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  text.append((4 - text.size() % 4) % 4, '=');
  return base::base64_decode(text).value_or("");
}

std::string base32(std::string_view bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string text;
  unsigned buffer = 0;
  int bits = 0;
  for (const unsigned char byte : bytes) {
    buffer = (buffer << 8U) | byte;
    for (bits += 8; bits >= 5; bits -= 5) {
      text += kAlphabet[(buffer >> static_cast<unsigned>(bits - 5)) & 31U];
    }
  }
  return text;
}

std::string sha256(std::string_view data) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(data.data(), data.size(), digest, &size, EVP_sha256(), nullptr);
  return {reinterpret_cast<const char*>(digest), size};
}

/// The first 240 bits of the digest of the public key, in groups.
std::string fingerprint(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  const auto text = base32(sha256({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)}).substr(0, 30));
  OPENSSL_free(der);
  std::string grouped;
  for (std::size_t at = 0; at < text.size(); at += 4) {
    grouped.append(grouped.empty() ? "" : ":").append(text.substr(at, 4));
  }
  return grouped;
}

using Context = std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)>;

std::string signature_of(EVP_PKEY* key, const std::string& text) {
  const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key);
  EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size());
  std::string signature(size, '\0');
  EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, text.size());
  return signature.substr(0, size);
}

bool signed_by(EVP_PKEY* key, const std::string& text, const std::string& signature) {
  const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key);
  return EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                          reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
}

Token token_of(const Json& claims) {
  Token token{claims.value("sub", ""), claims.value("iat", std::int64_t{0}), claims.value("exp", std::int64_t{0})};
  const auto access = claims.find("access");
  token.scoped = access != claims.end() && access->is_array();
  for (const auto& entry : token.scoped ? *access : Json::array()) {
    token.access.push_back(
        {entry.value("type", ""), entry.value("name", ""), entry.value("actions", std::vector<std::string>{})});
  }
  return token;
}

}  // namespace

TokenKey::TokenKey()
    : made_(std::async(std::launch::async, [] {
              Made made{{EVP_RSA_gen(2048), EVP_PKEY_free}, {}};
              made.id = fingerprint(made.key.get());
              return made;
            }).share()) {}

std::string TokenKey::sign(const Token& token) const {
  Json access = nullptr;
  if (token.scoped) {
    access = Json::array();
    for (const auto& grant : token.access) {
      access.push_back({{"type", grant.type}, {"name", grant.name}, {"actions", grant.actions}});
    }
  }
  Json claims = {
      {"iss", kIssuer},         {"aud", kAudience},       {"exp", token.expires_at},    {"nbf", token.issued_at},
      {"iat", token.issued_at}, {"jti", random_text(16)}, {"access", std::move(access)}};
  if (!token.subject.empty()) claims["sub"] = token.subject;
  const Json header = {{"alg", "RS256"}, {"kid", id()}, {"typ", "JWT"}};
  const auto text = base64url(header.dump()) + "." + base64url(claims.dump());
  return text + "." + base64url(signature_of(made().key.get(), text));
}

std::optional<Token> TokenKey::verify(std::string_view jwt, std::int64_t now, int leeway) const {
  const auto parts = split(jwt, '.');
  if (parts.size() != 3 || !signed_by(made().key.get(), parts[0] + "." + parts[1], from_base64url(parts[2]))) {
    return std::nullopt;
  }
  const auto claims = Json::parse(from_base64url(parts[1]), nullptr, false);
  if (!claims.is_object() || claims.value("aud", "") != kAudience) return std::nullopt;
  auto token = token_of(claims);
  const bool over = token.expires_at + leeway <= now || token.issued_at - leeway > now;
  return over ? std::nullopt : std::optional(std::move(token));
}

std::string TokenKey::public_pem() const {
  const std::unique_ptr<BIO, void (*)(BIO*)> out(BIO_new(BIO_s_mem()), BIO_free_all);
  PEM_write_bio_PUBKEY(out.get(), made().key.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace harbor_double
