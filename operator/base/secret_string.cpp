#include "base/secret_string.hpp"

#include <openssl/crypto.h>

namespace base {

SecretString& SecretString::operator=(const SecretString& other) {
  if (this != &other) {
    wipe();
    value_ = other.value_;
  }
  return *this;
}

SecretString& SecretString::operator=(SecretString&& other) noexcept {
  if (this != &other) {
    wipe();
    value_ = std::move(other.value_);
    other.wipe();
  }
  return *this;
}

bool SecretString::operator==(const SecretString& other) const {
  return size() == other.size() && CRYPTO_memcmp(value_.data(), other.value_.data(), size()) == 0;
}

void SecretString::wipe() noexcept {
  // The whole capacity: a short string's bytes may remain beyond size() after a move.
  value_.resize(value_.capacity());
  OPENSSL_cleanse(value_.data(), value_.size());
  value_.clear();
}

}  // namespace base
