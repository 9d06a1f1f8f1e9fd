// A TlsConfig as OpenSSL objects, loaded once and applied to every connection. The only judge of certificates: it
// replaces the HTTP library's own check, whose verified name cannot be chosen.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

#include "base/mutex.hpp"
#include "base/result.hpp"
#include "http/tls.hpp"

namespace http {

/// What an OpenSSL error code (ERR_get_error) says, or empty when `code` is not one of OpenSSL's TLS errors.
[[nodiscard]] std::string describe_tls_error(unsigned long code);

/// Thread-safe. Must outlive the handshakes of every SSL_CTX it was applied to.
class TlsContext {
 public:
  /// Verifies servers as `tls.server_name`, or `host` when that is empty. Fails with kInvalid for unusable PEM.
  [[nodiscard]] static base::Result<std::shared_ptr<TlsContext>> load(const TlsConfig& tls, const std::string& host);

  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  TlsContext(TlsContext&&) = delete;
  TlsContext& operator=(TlsContext&&) = delete;
  ~TlsContext() = default;

  /// Protocol floor, trust, the client's certificate, verification and little memory. Does not set the verify mode.
  void apply(SSL_CTX* context);
  /// Asks for the verified name (SNI); an address is not asked for (RFC 6066).
  void ask_for_name(SSL* connection) const;
  [[nodiscard]] bool asks_for_name() const { return !name_is_address_; }
  /// Why the last certificate was refused, and forgets it; empty when none was.
  [[nodiscard]] std::string take_cause() EXCLUDES(mutex_);

  [[nodiscard]] bool verifies() const { return !skip_verify_; }

 private:
  template <class T, void (*release)(T*)>
  struct Deleter {
    void operator()(T* object) const { release(object); }
  };
  using Certificate = std::unique_ptr<X509, Deleter<X509, X509_free>>;
  using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY, EVP_PKEY_free>>;
  using Store = std::unique_ptr<X509_STORE, Deleter<X509_STORE, X509_STORE_free>>;

  TlsContext() = default;
  static std::vector<Certificate> read_certificates(const std::string& pem);
  static int on_verify(X509_STORE_CTX* chain, void* self);

  [[nodiscard]] base::Status load_trust(const std::string& ca_pem);
  [[nodiscard]] base::Status load_identity(const TlsConfig& tls);
  [[nodiscard]] bool verify(X509_STORE_CTX* chain) EXCLUDES(mutex_);

  std::string name_;
  bool name_is_address_ = false;
  bool skip_verify_ = false;
  bool own_authorities_ = false;
  Store trust_;
  std::vector<Certificate> identity_;  ///< leaf first
  Key key_;
  base::Mutex mutex_;
  std::string cause_ GUARDED_BY(mutex_);
};

}  // namespace http
