#include "http/tls_context.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <string_view>
#include <utility>

#include "http/certificate_text.hpp"
#include "http/system_trust.hpp"

namespace http {
namespace {

using base::ErrorKind;

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

Bio reader(std::string_view text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

/// Without this OpenSSL asks for a password on the terminal.
int no_password(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) { return 0; }

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

}  // namespace

std::string describe_tls_error(unsigned long code) {
  if (ERR_GET_LIB(code) != ERR_LIB_SSL) {
    return {};
  }
  switch (ERR_GET_REASON(code)) {
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED: return "the server requires a client certificate";
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
      return std::string("the server refused us or our client certificate: ") + ERR_reason_error_string(code);
    case SSL_R_WRONG_VERSION_NUMBER: return "the server does not speak TLS on this port";
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION: return "the server speaks no TLS version from 1.2 on";
    default: {
      const char* reason = ERR_reason_error_string(code);
      return reason == nullptr ? "TLS error " + std::to_string(code) : std::string(reason);
    }
  }
}

std::vector<TlsContext::Certificate> TlsContext::read_certificates(const std::string& pem) {
  std::vector<Certificate> result;
  const Bio bio = reader(pem);
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr)) {
    result.emplace_back(certificate);
  }
  // A text that ends is "no start line"; anything else is a damaged certificate, and half a bundle is not a bundle.
  const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!ended) {
    result.clear();
  }
  return result;
}

base::Status TlsContext::load_trust(const std::string& ca_pem) {
  trust_.reset(X509_STORE_new());
  own_authorities_ = !ca_pem.empty();
  if (!own_authorities_) {
    load_system_trust(trust_.get());
    return {};
  }
  const auto authorities = read_certificates(ca_pem);
  if (authorities.empty()) {
    return base::fail(ErrorKind::kInvalid, "the CA text holds no readable PEM certificate");
  }
  for (const auto& authority : authorities) {
    X509_STORE_add_cert(trust_.get(), authority.get());
  }
  return {};
}

base::Status TlsContext::load_identity(const TlsConfig& tls) {
  if (tls.client_cert_pem.empty() && tls.client_key_pem.empty()) {
    return {};
  }
  identity_ = read_certificates(tls.client_cert_pem);
  if (identity_.empty()) {
    return base::fail(ErrorKind::kInvalid, "the client certificate text holds no readable PEM certificate");
  }
  const Bio bio = reader(tls.client_key_pem.reveal());
  key_.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  const bool match = key_ && X509_check_private_key(identity_.front().get(), key_.get()) == 1;
  ERR_clear_error();
  if (!key_) {
    return base::fail(ErrorKind::kInvalid, "the client key text holds no readable, unencrypted PEM private key");
  }
  if (!match) {
    return base::fail(ErrorKind::kInvalid, "the client key does not belong to the client certificate");
  }
  return {};
}

base::Result<std::shared_ptr<TlsContext>> TlsContext::load(const TlsConfig& tls, const std::string& host) {
  const std::shared_ptr<TlsContext> context(new TlsContext);
  context->name_ = tls.server_name.empty() ? host : tls.server_name;
  context->name_is_address_ = is_address(context->name_);
  context->skip_verify_ = tls.insecure_skip_verify;
  if (auto ok = context->load_trust(tls.ca_pem); !ok) {
    return base::fail(ok.error());
  }
  if (auto ok = context->load_identity(tls); !ok) {
    return base::fail(ok.error());
  }
  return context;
}

void TlsContext::apply(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set1_cert_store(context, trust_.get());
  SSL_CTX_set_cert_verify_callback(context, &TlsContext::on_verify, this);
  if (identity_.empty()) {
    return;
  }
  SSL_CTX_use_certificate(context, identity_.front().get());
  for (std::size_t i = 1; i < identity_.size(); ++i) {
    SSL_CTX_add1_chain_cert(context, identity_[i].get());
  }
  SSL_CTX_use_PrivateKey(context, key_.get());
}

void TlsContext::ask_for_name(SSL* connection) const {
  if (!name_is_address_) {
    SSL_set_tlsext_host_name(connection, name_.c_str());
  }
}

int TlsContext::on_verify(X509_STORE_CTX* chain, void* self) {
  return static_cast<TlsContext*>(self)->verify(chain) ? 1 : 0;
}

bool TlsContext::verify(X509_STORE_CTX* chain) {
  if (skip_verify_) {
    return true;
  }
  // The library's callback would check the URL's host; the name to check is ours.
  X509_STORE_CTX_set_verify_cb(chain, [](int ok, X509_STORE_CTX* /*chain*/) { return ok; });
  X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(chain);
  if (own_authorities_) {
    X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN);  // an intermediate may be the anchor, as in Go
  }
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  const int named = name_is_address_ ? X509_VERIFY_PARAM_set1_ip_asc(rules, name_.c_str())
                                     : X509_VERIFY_PARAM_set1_host(rules, name_.c_str(), name_.size());
  if (named == 1 && X509_verify_cert(chain) == 1) {
    return true;
  }
  auto cause = explain_refusal(chain, name_);
  const base::MutexLock lock(mutex_);
  cause_ = std::move(cause);
  return false;
}

std::string TlsContext::take_cause() {
  const base::MutexLock lock(mutex_);
  return std::exchange(cause_, {});
}

}  // namespace http
