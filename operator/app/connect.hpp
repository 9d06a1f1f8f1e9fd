// From options to a connected API client.
#pragma once

#include <memory>

#include "app/options.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "http/transport.hpp"
#include "kube/config.hpp"
#include "runtime/metrics.hpp"

namespace app {

/// Flag, then $KUBECONFIG, then the Pod's service account, then ~/.kube/config. Fails with kInvalid and the remedy.
[[nodiscard]] base::Result<kube::Config> find_config(const ClusterOptions& options);

/// options.ns, else the Pod's, else harbor-pull-system. A kubeconfig's namespace is where its user works, not where the
/// operator lives.
[[nodiscard]] std::string own_namespace(const ClusterOptions& options, const kube::Config& config);

/// The session over cpprestsdk, counted in `metrics`.
[[nodiscard]] base::Result<std::unique_ptr<http::Transport>> connect(const kube::Config& config,
                                                                     const base::Clock& clock, const base::Log& log,
                                                                     runtime::Metrics& metrics);

}  // namespace app
