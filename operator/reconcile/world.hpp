// Everything that the watches show, in one place. Reconcilers read it; informers and our own writes fill it.
#pragma once

#include <atomic>
#include <map>
#include <string>

#include "api/core.hpp"
#include "api/harbor_registry.hpp"
#include "kube/store.hpp"

namespace reconcile {

/// Thread-safe: each store is; the map of stores is fixed at construction.
struct World {
  World(std::string own, const std::vector<std::string>& secret_names) : own_namespace(std::move(own)) {
    for (const auto& name : secret_names) pull_secrets.try_emplace(name);
  }

  const std::string own_namespace;  ///< where references resolve
  kube::Store<api::Namespace> namespaces;
  kube::Store<api::ServiceAccount> accounts;
  kube::Store<api::SourceSecret> sources;   ///< the Secrets of own_namespace
  kube::Store<api::ConfigMap> config_maps;  ///< those of own_namespace
  kube::Store<api::HarborRegistry> registries;
  kube::Store<api::Pod> pods;  ///< pending ones, while some registry has pods.recovery: Evict; else empty
  std::atomic<bool> pod_watch_refused{false};                        ///< RBAC lets us not list Pods
  std::atomic<bool> pod_eviction_refused{false};                     ///< RBAC, or admission, lets us not evict them
  std::map<std::string, kube::Store<api::PullSecret>> pull_secrets;  ///< by the Secret names that we may write
};

}  // namespace reconcile
