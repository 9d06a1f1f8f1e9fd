// How to reach the API server: a kubeconfig file or the service account of the Pod.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "base/secret_string.hpp"
#include "http/tls.hpp"

namespace kube {

/// One cluster and one identity. Paths are kept beside the texts read from them, so that they can be read again.
struct Config {
  std::string server = {};  ///< https://host[:port]
  http::TlsConfig tls = {};
  base::SecretString token = {};  ///< bearer token given inline, or read once from token_file
  std::filesystem::path token_file = {};
  std::filesystem::path ca_file = {};  ///< these three: empty when the text was inline
  std::filesystem::path client_cert_file = {};
  std::filesystem::path client_key_file = {};
  std::string ns = {};      ///< the context's namespace, or the Pod's; may be empty
  std::string origin = {};  ///< for messages: "kubeconfig /path, context x" or "in-cluster"
};

/// Reads `path` and picks `context` (empty: current-context). Relative file names are relative to the kubeconfig's
/// folder. Fails with kInvalid, naming the file, the field and the remedy; exec and auth-provider plug-ins are refused
/// so, and a token over http to another machine.
[[nodiscard]] base::Result<Config> load_kubeconfig(const std::filesystem::path& path, const std::string& context);

/// Reads KUBERNETES_SERVICE_HOST/_PORT (passed in) and the mounted service account under `folder`
/// (/var/run/secrets/kubernetes.io/serviceaccount). An IPv6 host is bracketed. Fails with kInvalid.
[[nodiscard]] base::Result<Config> load_in_cluster(const std::string& host, const std::string& port,
                                                   const std::filesystem::path& folder);

/// The text of a file of at most `cap` bytes, not empty. Fails with kInvalid, naming the file and never its content.
[[nodiscard]] base::Result<std::string> read_text_file(const std::filesystem::path& path, std::size_t cap);
inline constexpr std::size_t kMaxPem = 256U << 10U;  ///< bytes
/// A certificate, key or bundle: at most kMaxPem. As above.
[[nodiscard]] base::Result<std::string> read_pem_file(const std::filesystem::path& path);
/// A bearer token without the white space around it. Fails with kInvalid also when it could not stand in a header.
[[nodiscard]] base::Result<base::SecretString> read_token_file(const std::filesystem::path& path);

}  // namespace kube
