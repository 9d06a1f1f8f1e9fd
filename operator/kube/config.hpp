// How to reach the API server: a kubeconfig file or the service account of the Pod.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "base/secret_string.hpp"
#include "http/tls.hpp"

namespace kube {

/// One cluster and one identity. Paths are kept beside the texts read from them, so that they can be read again.
struct Config {
  std::string server = {};          ///< https://host[:port]
  http::TlsConfig tls = {};
  base::SecretString token = {};    ///< bearer token given inline, or read once from token_file
  std::filesystem::path token_file = {};
  std::filesystem::path ca_file = {};
  std::filesystem::path client_cert_file = {};
  std::filesystem::path client_key_file = {};
  std::string ns = {};              ///< the context's namespace, or the Pod's; may be empty
  std::string origin = {};          ///< for messages: "kubeconfig /path, context x" or "in-cluster"
};

/// Reads `path` and picks `context` (empty: current-context). Relative file names are relative to the kubeconfig's folder.
/// Fails with kInvalid, naming the file, the field and the remedy; exec and auth-provider plug-ins are refused so.
[[nodiscard]] base::Result<Config> load_kubeconfig(const std::filesystem::path& path, const std::string& context);

/// Reads KUBERNETES_SERVICE_HOST/_PORT (passed in) and the mounted service account under `folder`
/// (/var/run/secrets/kubernetes.io/serviceaccount). An IPv6 host is bracketed. Fails with kInvalid.
[[nodiscard]] base::Result<Config> load_in_cluster(const std::string& host, const std::string& port,
                                                   const std::filesystem::path& folder);

}  // namespace kube
