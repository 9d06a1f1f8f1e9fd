#include "base/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/opensslv.h>
#include <openssl/rand.h>
#include <algorithm>
#include <stdexcept>
#include <vector>

namespace base {

Digest keyed_digest(std::string_view key, std::string_view data) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> full{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(data.data()),
       data.size(), full.data(), &size);
  Digest digest{};
  std::copy_n(full.begin(), digest.size(), digest.begin());
  return digest;
}

std::string hex(const Digest& digest) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(digest.size() * 2);
  for (const auto byte : digest) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

std::string base64_encode(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

Result<std::string> base64_decode(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  std::copy_if(text.begin(), text.end(), std::back_inserter(clean), [](char c) { return c != '\n' && c != '\r'; });
  if (clean.size() % 4 != 0) return fail(ErrorKind::kInvalid, "not base64 (length)");
  // OpenSSL counts padding as zero bits wherever it stands, so it is looked at here.
  const auto last = clean.find_last_not_of('=');
  const std::size_t padding = clean.size() - (last == std::string::npos ? 0 : last + 1);
  if (padding > 2 || clean.find('=') < clean.size() - padding) return fail(ErrorKind::kInvalid, "not base64 (padding)");
  std::string bytes(clean.size() / 4 * 3 + 1, '\0');
  const int size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(clean.data()), static_cast<int>(clean.size()));
  if (size < 0) return fail(ErrorKind::kInvalid, "not base64 (character)");
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1) {
    throw std::runtime_error("the system gave no random bytes");
  }
  return bytes;
}

std::string crypto_library() {
  const std::string loaded = OpenSSL_version(OPENSSL_VERSION_STRING);
  const std::string built = OPENSSL_VERSION_STR;
  return "OpenSSL " + loaded + (loaded == built ? "" : " (built with " + built + ")");
}

}  // namespace base
