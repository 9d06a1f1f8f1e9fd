#include "http/system_trust.hpp"

#include <openssl/err.h>

#include <cstdlib>
#include <string>

namespace http {
namespace {

constexpr const char* kNothing = "/dev/null";

struct Paths {
  std::string file;
  std::string folder;
};

std::string env_or(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): see the header
  return value == nullptr ? otherwise : value;
}

/// As they were when they were first asked for.
const Paths& system_paths() {
  static const Paths paths{env_or(X509_get_default_cert_file_env(), X509_get_default_cert_file()),
                           env_or(X509_get_default_cert_dir_env(), X509_get_default_cert_dir())};
  return paths;
}

}  // namespace

void hide_system_trust() {
  static const bool hidden = [] {
    system_paths();
    setenv(X509_get_default_cert_file_env(), kNothing, 1);  // NOLINT(concurrency-mt-unsafe): see the header
    setenv(X509_get_default_cert_dir_env(), kNothing, 1);   // NOLINT(concurrency-mt-unsafe)
    return true;
  }();
  static_cast<void>(hidden);
}

void load_system_trust(X509_STORE* store) {
  // One may be missing where the other serves.
  X509_STORE_load_file(store, system_paths().file.c_str());
  X509_STORE_load_path(store, system_paths().folder.c_str());
  ERR_clear_error();
}

}  // namespace http
