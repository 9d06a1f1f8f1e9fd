#include "app/connect.hpp"

#include <cstdlib>
#include <filesystem>

#include "api/names.hpp"
#include "http/cpprest_transport.hpp"
#include "kube/session.hpp"

namespace app {
namespace {

constexpr const char* kServiceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

std::string env(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets variables
  return value == nullptr ? "" : value;
}

/// host:port of https://host:port, for a metric label.
std::string authority(const std::string& server) {
  const auto begin = server.find("://");
  return begin == std::string::npos ? server : server.substr(begin + 3);
}

}  // namespace

base::Result<kube::Config> find_config(const ClusterOptions& options) {
  if (!options.kubeconfig.empty()) return kube::load_kubeconfig(options.kubeconfig, options.context);
  if (const auto path = env("KUBECONFIG"); !path.empty()) return kube::load_kubeconfig(path, options.context);
  if (const auto host = env("KUBERNETES_SERVICE_HOST"); !host.empty()) {
    return kube::load_in_cluster(host, env("KUBERNETES_SERVICE_PORT"), kServiceAccountFolder);
  }
  const std::filesystem::path home = env("HOME");
  if (const auto path = home / ".kube" / "config"; !home.empty() && std::filesystem::exists(path)) {
    return kube::load_kubeconfig(path, options.context);
  }
  return base::fail(
      base::ErrorKind::kInvalid,
      "no cluster is configured: give --kubeconfig FILE, set KUBECONFIG, or run in a Pod with a service account");
}

std::string own_namespace(const ClusterOptions& options, const kube::Config& config) {
  if (!options.ns.empty()) return options.ns;
  return config.origin == "in-cluster" ? config.ns : std::string(api::kDefaultNamespace);
}

base::Result<std::unique_ptr<http::Transport>> connect(const kube::Config& config, const base::Clock& clock,
                                                       const base::Log& log, runtime::Metrics& metrics) {
  http::initialize_threads(2);
  const auto factory = [](const std::string& server, const http::TlsConfig& tls) {
    return http::make_cpprest_transport({server, tls});
  };
  const auto observe = [&metrics, host = authority(config.server)](std::string_view method, int status,
                                                                   base::Millis took) {
    metrics.request_done(method, status, host, took);
  };
  return kube::make_session(config, factory, clock, log, observe);
}

}  // namespace app
