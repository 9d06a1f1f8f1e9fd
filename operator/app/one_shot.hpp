// A connection for subcommands that ask something and end.
#pragma once

#include <memory>
#include <string>

#include "app/options.hpp"
#include "base/result.hpp"
#include "http/transport.hpp"
#include "kube/api.hpp"
#include "runtime/metrics.hpp"

namespace app {

/// Members are destroyed from the last to the first.
struct OneShot {
  std::string server = {};
  std::string ns = {};  ///< the operator's own
  std::unique_ptr<runtime::Metrics> metrics = {};
  std::unique_ptr<http::Transport> transport = {};
  std::unique_ptr<kube::Api> api = {};
};

/// Fails with kInvalid and the remedy when no cluster is configured.
[[nodiscard]] base::Result<OneShot> connect_once(const ClusterOptions& options);

}  // namespace app
