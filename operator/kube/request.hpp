// Requests to the API server as values. No I/O: each verb is pinned by a table test.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace kube {

/// What is listed and watched: a collection, narrowed.
struct Collection {
  std::string path = {};            ///< "/api/v1/namespaces"
  std::string field_selector = {};  ///< "metadata.name=harbor-pull", or empty
  bool metadata_only = false;       ///< ask for PartialObjectMetadata
};

/// All namespaces, metadata only.
[[nodiscard]] Collection namespaces();
/// All service accounts.
[[nodiscard]] Collection service_accounts();
/// The Secrets called `name` in every namespace (works under RBAC that names it).
[[nodiscard]] Collection secrets_named(std::string_view name);
/// All Secrets of one namespace.
[[nodiscard]] Collection secrets_in(std::string_view ns);
/// All ConfigMaps of one namespace.
[[nodiscard]] Collection config_maps_in(std::string_view ns);
/// The Pods of every namespace whose phase is Pending: as many as there are running ones, they cost nothing.
[[nodiscard]] Collection pending_pods();
/// All HarborRegistries.
[[nodiscard]] Collection harbor_registries();

/// Paths of single objects. Names are percent-encoded.
[[nodiscard]] std::string secret_path(std::string_view ns, std::string_view name);
[[nodiscard]] std::string service_accounts_path(std::string_view ns);  ///< of the namespace, to create one
[[nodiscard]] std::string service_account_path(std::string_view ns, std::string_view name);
[[nodiscard]] std::string harbor_registry_path(std::string_view name);
[[nodiscard]] std::string lease_path(std::string_view ns, std::string_view name);
[[nodiscard]] std::string events_path(std::string_view ns);  ///< events.k8s.io/v1

/// One page of a list. `resource_version` "" is a quorum read; `continue_token` wins over it.
struct ListOptions {
  int limit = 500;  ///< client-go tools/pager; 0 leaves it out
  std::string continue_token = {};
  std::string resource_version = {};
  std::string resource_version_match = {};
};
[[nodiscard]] http::Request list(const Collection& collection, const ListOptions& options);

struct WatchOptions {
  std::string resource_version = {};
  int timeout_seconds = 300;
  bool send_initial_events = false;  ///< WatchList: resourceVersionMatch=NotOlderThan goes with it
};
/// Always with bookmarks.
[[nodiscard]] http::Request watch(const Collection& collection, const WatchOptions& options);

[[nodiscard]] http::Request get(std::string path);
/// Server-side apply by field manager harbor-pull-operator; creates what is not there.
[[nodiscard]] http::Request apply(std::string path, std::string json, bool force);
[[nodiscard]] http::Request json_patch(std::string path, std::string json);
[[nodiscard]] http::Request create(std::string collection_path, std::string json);  ///< not idempotent
[[nodiscard]] http::Request update(std::string path, std::string json);  ///< the body carries a resourceVersion
/// With preconditions: only this object (`uid`), and, unless 0, only this version of it.
[[nodiscard]] http::Request remove(std::string path, std::string_view uid, std::uint64_t resource_version);

/// Of this Pod only (`uid`). Not idempotent for a reader: a repeated one may meet a Pod that was made again, and then
/// answers 409.
[[nodiscard]] http::Request evict(std::string_view ns, std::string_view name, std::string_view uid);

/// RFC 3986: everything but unreserved characters.
[[nodiscard]] std::string percent_encode(std::string_view text);

}  // namespace kube
