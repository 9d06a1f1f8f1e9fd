// The authorities that the system trusts, read when somebody asks for them and not for every connection.
#pragma once

#include <openssl/x509.h>

namespace http {

/// cpprestsdk loads the system's bundle into a new context for each connection, some 34 ms and a megabyte of scattered
/// heap, before our callback replaces it. This points OpenSSL's default paths (SSL_CERT_FILE, SSL_CERT_DIR) at nothing,
/// for this process, and remembers what they were. Once, before any other thread runs (it changes the environment);
/// later calls do nothing.
void hide_system_trust();

/// Adds the system's authorities, hidden or not, to `store`.
void load_system_trust(X509_STORE* store);

}  // namespace http
