// What a client trusts and shows, and why a handshake failed.
#pragma once

#include <chrono>
#include <string>

#include "base/result.hpp"
#include "base/secret_string.hpp"

namespace http {

/// PEM texts, not file names: who reads files decides when to read them again.
struct TlsConfig {
  std::string ca_pem = {};           ///< trusted authorities; empty means the system's
  std::string client_cert_pem = {};  ///< with client_key_pem: the client's certificate chain
  base::SecretString client_key_pem = {};
  std::string server_name = {};       ///< name to verify instead of the URL's host (kubeconfig tls-server-name)
  bool insecure_skip_verify = false;  ///< accept any certificate; an explicit choice of the user
};

/// Fails with kInvalid when a PEM text holds no certificate or key that OpenSSL can read, or cert and key do not match.
[[nodiscard]] base::Status validate(const TlsConfig& tls);

/// Connects once more and says in a sentence why the certificate of `host:port` is not accepted: unknown authority
/// (with the issuer), name mismatch (with the certificate's names), expired or not yet valid (with the date), or what
/// OpenSSL says. Blocks at most `limit`. For error messages only.
[[nodiscard]] std::string explain_tls_failure(const std::string& host, const std::string& port, const TlsConfig& tls,
                                              std::chrono::milliseconds limit);

}  // namespace http
