#include "http/certificate_text.hpp"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/x509v3.h>

#include <array>
#include <memory>
#include <string_view>

namespace http {
namespace {

constexpr std::size_t kMaxNames = 10;
constexpr std::size_t kMaxText = 200;

struct FreeNames {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};

/// Printable ASCII of bounded length: the peer chose these bytes, and they end in logs and conditions.
std::string printable(std::string_view text) {
  std::string result;
  for (const char c : text.substr(0, kMaxText)) {
    result.push_back(c >= 0x20 && c < 0x7f ? c : '?');
  }
  return result;
}

template <class Print>
std::string printed(Print print) {
  const std::unique_ptr<BIO, FreeBio> bio(BIO_new(BIO_s_mem()));
  if (!bio || print(bio.get()) < 0) {
    return {};
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return size > 0 ? printable({data, static_cast<std::size_t>(size)}) : std::string{};
}

std::string text(const X509_NAME* name) {
  return printed([&](BIO* bio) { return X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253); });
}

std::string text(const ASN1_TIME* time) {
  return printed([&](BIO* bio) { return ASN1_TIME_print_ex(bio, time, ASN1_DTFLGS_ISO8601); });
}

std::string address_text(const ASN1_OCTET_STRING* address) {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  const int family = ASN1_STRING_length(address) == 4 ? AF_INET : AF_INET6;
  if (family == AF_INET6 && ASN1_STRING_length(address) != 16) {
    return {};
  }
  const char* end = inet_ntop(family, ASN1_STRING_get0_data(address), buffer.data(), buffer.size());
  return end == nullptr ? std::string{} : std::string(end);
}

std::string text(const GENERAL_NAME* name) {
  int type = 0;
  const void* value = GENERAL_NAME_get0_value(name, &type);
  if (type == GEN_IPADD) {
    return address_text(static_cast<const ASN1_OCTET_STRING*>(value));
  }
  if (type != GEN_DNS) {
    return {};
  }
  const auto* dns = static_cast<const ASN1_STRING*>(value);
  const auto* bytes = reinterpret_cast<const char*>(ASN1_STRING_get0_data(dns));
  return printable({bytes, static_cast<std::size_t>(ASN1_STRING_length(dns))});
}

std::string names_of(const X509* certificate) {
  const std::unique_ptr<GENERAL_NAMES, FreeNames> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::string result;
  std::size_t listed = 0;
  const int count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
  for (int i = 0; i < count && listed < kMaxNames; ++i) {
    if (const auto name = text(sk_GENERAL_NAME_value(names.get(), i)); !name.empty()) {
      result += (result.empty() ? "" : ", ") + name;
      ++listed;
    }
  }
  return result.empty() ? "no name" : result;
}

}  // namespace

std::string explain_refusal(X509_STORE_CTX* chain, const std::string& name) {
  const int code = X509_STORE_CTX_get_error(chain);
  const X509* certificate = X509_STORE_CTX_get_current_cert(chain);
  if (certificate == nullptr) {
    return X509_verify_cert_error_string(code);
  }
  const std::string subject = "the certificate " + text(X509_get_subject_name(certificate));
  switch (code) {
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return subject + " is signed by an unknown authority: " + text(X509_get_issuer_name(certificate));
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "the certificate is valid for " + names_of(certificate) + ", not for " + name;
    case X509_V_ERR_CERT_HAS_EXPIRED: return subject + " expired on " + text(X509_get0_notAfter(certificate));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return subject + " is not valid before " + text(X509_get0_notBefore(certificate));
    default: return subject + " is not accepted: " + X509_verify_cert_error_string(code);
  }
}

}  // namespace http
