// What the reconcilers share.
#pragma once

#include "base/clock.hpp"
#include "plan/docker_config.hpp"
#include "reconcile/book_keeper.hpp"
#include "reconcile/credential_board.hpp"
#include "reconcile/events.hpp"
#include "reconcile/ledger.hpp"
#include "reconcile/pod_board.hpp"
#include "reconcile/robot_store.hpp"
#include "reconcile/world.hpp"
#include "runtime/metrics.hpp"
#include "runtime/queue.hpp"

namespace reconcile {

/// How long what follows from a change waits for more of the same: a burst of namespaces becomes one status.
inline constexpr base::Millis kGather{100};

/// All references outlive the reconcilers.
struct Deps {
  World& world;
  BookKeeper& books;
  Ledger& ledger;
  CredentialBoard& board;
  RobotStore& robots;
  PodBoard& pod_board;
  kube::Api& api;
  const base::Clock& clock;
  const plan::DigestKeys& keys;
  runtime::Metrics& metrics;
  EventRecorder& events;
  runtime::Queue& namespaces;   ///< keys: namespaces
  runtime::Queue& registries;   ///< keys: HarborRegistries
  runtime::Queue& credentials;  ///< keys: identities, see credential_key()
  runtime::Queue& pods;         ///< keys: namespace/name of a pending Pod
};

/// The key of an identity: "registry" or "registry/namespace".
[[nodiscard]] inline std::string credential_key(const plan::RobotIdentity& identity) {
  return identity.ns.empty() ? identity.registry : identity.registry + "/" + identity.ns;
}
[[nodiscard]] inline plan::RobotIdentity identity_of(const std::string& key) {
  const auto slash = key.find('/');
  if (slash == std::string::npos) return {key, ""};
  return {key.substr(0, slash), key.substr(slash + 1)};
}

/// The key of a Pod: "namespace/name".
[[nodiscard]] inline std::string pod_key(const api::Meta& meta) { return meta.ns + "/" + meta.name; }

/// The decisions' view of robots and credentials.
[[nodiscard]] plan::CredentialSources credential_sources(const RobotStore& robots, const CredentialBoard& board);

/// The Book as one namespace has to read it.
[[nodiscard]] std::shared_ptr<const plan::Book> book_for(const Deps& deps, const std::string& ns);

}  // namespace reconcile
