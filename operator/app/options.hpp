// What a subcommand is told, by flag or by environment variable.
#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "http/proxy_choice.hpp"

namespace app {

/// Which cluster, and as which installation there.
struct ClusterOptions {
  std::string kubeconfig = {};                 ///< empty: $KUBECONFIG, else in-cluster, else ~/.kube/config
  std::string context = {};                    ///< empty: the kubeconfig's current context
  std::string ns = {};                         ///< the operator's own; empty: the Pod's, else harbor-pull-system
  std::vector<std::string> secret_names = {};  ///< what RBAC allows; empty: harbor-pull
};

struct CheckOptions {
  ClusterOptions cluster = {};
  bool leader_elect = true;                         ///< whether the operators of this installation hold a Lease
  base::Millis timeout = std::chrono::seconds{30};  ///< how long to wait for what is not well yet
};

struct CleanupOptions {
  ClusterOptions cluster = {};
  base::Millis timeout = std::chrono::minutes{5};  ///< how long to wait until all are gone
};

struct ControllerOptions {
  ClusterOptions cluster = {};
  std::string listen = ":8080";
  int workers = 32;                                               // where the floor of ./dev bench is best on two cores
  base::Millis robot_cleanup_timeout = std::chrono::minutes{10};  ///< then a deleted registry leaves robots at Harbor
  bool create_default_account = false;  ///< ServiceAccount default of a new namespace, with the reference
  bool leader_elect = true;
  http::ProxyRules proxy = {};  ///< the way to Harbor; the API server is called directly
  base::LogLevel log_level = base::LogLevel::kInfo;
  base::LogFormat log_format = base::LogFormat::kText;
};

}  // namespace app
