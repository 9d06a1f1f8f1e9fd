// Certificates in words, for error messages. Pure functions over OpenSSL objects.
#pragma once

#include <openssl/x509.h>

#include <string>

namespace http {

/// Why `chain`, verified as `name`, was refused, as a sentence: unknown authority (its issuer), name mismatch (the
/// names of the certificate), expired or not yet valid (the date), or what OpenSSL says.
[[nodiscard]] std::string explain_refusal(X509_STORE_CTX* chain, const std::string& name);

}  // namespace http
