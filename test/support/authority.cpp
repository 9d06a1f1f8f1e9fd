#include "support/authority.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <memory>

namespace support {
namespace {

template <class T>
using Owned = std::unique_ptr<T, void (*)(T*)>;

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

Owned<BIO> memory(const std::string& text = {}) {
  Owned<BIO> bio(BIO_new(BIO_s_mem()), BIO_free_all);
  BIO_write(bio.get(), text.data(), static_cast<int>(text.size()));
  return bio;
}

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()),
                                        X509_EXTENSION_free);
  X509_add_ext(certificate, extension.get(), -1);
}

Identity make(const Wish& wish, const Identity* issuer) {
  static std::atomic<long> serial{1};
  const Owned<EVP_PKEY> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const Owned<X509> certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), wish.begins);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), wish.ends);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(wish.subject.c_str()), -1, -1, 0);
  Owned<X509> signer(nullptr, X509_free);
  Owned<EVP_PKEY> signer_key(nullptr, EVP_PKEY_free);
  if (issuer != nullptr) {
    signer.reset(PEM_read_bio_X509(memory(issuer->certificate).get(), nullptr, nullptr, nullptr));
    signer_key.reset(PEM_read_bio_PrivateKey(memory(issuer->key).get(), nullptr, nullptr, nullptr));
  }
  X509* above = signer ? signer.get() : certificate.get();
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(above));
  extend(certificate.get(), above, NID_basic_constraints, issuer == nullptr ? "critical,CA:TRUE" : "CA:FALSE");
  std::string names;
  for (const auto& name : wish.names) {
    names += (names.empty() ? "" : ",") + name;
  }
  if (issuer != nullptr && !names.empty()) {
    extend(certificate.get(), above, NID_subject_alt_name, names);
  }
  X509_sign(certificate.get(), signer_key ? signer_key.get() : key.get(), EVP_sha256());

  const auto certificate_out = memory();
  const auto key_out = memory();
  PEM_write_bio_X509(certificate_out.get(), certificate.get());
  PEM_write_bio_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return {text_of(certificate_out.get()), text_of(key_out.get())};
}

}  // namespace

Authority::Authority(const std::string& subject) {
  Wish wish;
  wish.subject = subject;
  self_ = make(wish, nullptr);
}

Identity Authority::issue(const Wish& wish) const { return make(wish, &self_); }

}  // namespace support
