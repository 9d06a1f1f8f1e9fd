#include "kube/request.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "api/names.hpp"
#include "http/header_values.hpp"

namespace kube {
namespace {

/// Appends "?key=value" or "&key=value"; an empty value leaves the parameter out.
class Target {
 public:
  explicit Target(std::string path) : text_(std::move(path)) {}

  Target& with(std::string_view key, std::string_view value) {
    if (value.empty()) return *this;
    text_ += first_ ? '?' : '&';
    first_ = false;
    text_.append(key).append("=").append(percent_encode(value));
    return *this;
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
  bool first_ = true;
};

/// `kind` is PartialObjectMetadata or its List. Plain JSON comes second, for a server that does not know the
/// transformation.
http::Headers accept(const Collection& collection, std::string_view kind) {
  std::string value = "application/json";
  if (collection.metadata_only) {
    value = "application/json;as=" + std::string(kind) + ";g=meta.k8s.io;v=v1,application/json";
  }
  return {{"Accept", std::move(value)}};
}

http::Request write(std::string method, std::string target, std::string_view content_type, std::string body) {
  http::Request request;
  request.method = std::move(method);
  request.target = std::move(target);
  request.headers = {{"Content-Type", std::string(content_type)}};
  request.body = std::move(body);
  return request;
}

std::string managed(std::string path) {
  return Target(std::move(path)).with("fieldManager", api::kFieldManager).take();
}

std::string core_path(std::string_view ns, std::string_view plural) {
  return "/api/v1/namespaces/" + percent_encode(ns) + "/" + std::string(plural);
}

std::string registries_path() { return "/apis/" + std::string(api::kApiVersion) + "/" + std::string(api::kPlural); }

}  // namespace

std::string percent_encode(std::string_view text) { return http::percent_encode(text); }

Collection namespaces() { return {"/api/v1/namespaces", "", true}; }

Collection service_accounts() { return {"/api/v1/serviceaccounts", "", false}; }

Collection secrets_named(std::string_view name) {
  return {"/api/v1/secrets", "metadata.name=" + std::string(name), false};
}

Collection secrets_in(std::string_view ns) { return {core_path(ns, "secrets"), "", false}; }

Collection config_maps_in(std::string_view ns) { return {core_path(ns, "configmaps"), "", false}; }

Collection pending_pods() { return {"/api/v1/pods", "status.phase=Pending", false}; }

Collection harbor_registries() { return {registries_path(), "", false}; }

std::string secret_path(std::string_view ns, std::string_view name) {
  return core_path(ns, "secrets") + "/" + percent_encode(name);
}

std::string service_accounts_path(std::string_view ns) { return core_path(ns, "serviceaccounts"); }
std::string service_account_path(std::string_view ns, std::string_view name) {
  return service_accounts_path(ns) + "/" + percent_encode(name);
}

std::string harbor_registry_path(std::string_view name) { return registries_path() + "/" + percent_encode(name); }

std::string lease_path(std::string_view ns, std::string_view name) {
  return "/apis/coordination.k8s.io/v1/namespaces/" + percent_encode(ns) + "/leases/" + percent_encode(name);
}

std::string events_path(std::string_view ns) {
  return "/apis/events.k8s.io/v1/namespaces/" + percent_encode(ns) + "/events";
}

http::Request list(const Collection& collection, const ListOptions& options) {
  Target target(collection.path);
  target.with("fieldSelector", collection.field_selector);
  if (options.limit > 0) target.with("limit", std::to_string(options.limit));
  target.with("continue", options.continue_token);
  // The server refuses a version beside a continue token, and a match rule without a version.
  if (options.continue_token.empty() && !options.resource_version.empty()) {
    target.with("resourceVersion", options.resource_version);
    target.with("resourceVersionMatch", options.resource_version_match);
  }
  http::Request request;
  request.target = target.take();
  request.headers = accept(collection, "PartialObjectMetadataList");
  return request;
}

http::Request watch(const Collection& collection, const WatchOptions& options) {
  Target target(collection.path);
  target.with("fieldSelector", collection.field_selector)
      .with("watch", "true")
      .with("allowWatchBookmarks", "true")
      .with("timeoutSeconds", std::to_string(options.timeout_seconds))
      .with("resourceVersion", options.resource_version);
  if (options.send_initial_events) {
    target.with("sendInitialEvents", "true").with("resourceVersionMatch", "NotOlderThan");
  }
  http::Request request;
  request.target = target.take();
  request.headers = accept(collection, "PartialObjectMetadata");
  return request;
}

http::Request get(std::string path) {
  http::Request request;
  request.target = std::move(path);
  return request;
}

http::Request apply(std::string path, std::string json, bool force) {
  auto target =
      Target(std::move(path)).with("fieldManager", api::kFieldManager).with("force", force ? "true" : "false");
  // JSON is YAML: the type names the kind of patch, not the syntax.
  return write("PATCH", target.take(), "application/apply-patch+yaml", std::move(json));
}

http::Request json_patch(std::string path, std::string json) {
  return write("PATCH", managed(std::move(path)), "application/json-patch+json", std::move(json));
}

http::Request create(std::string collection_path, std::string json) {
  auto request = write("POST", managed(std::move(collection_path)), "application/json", std::move(json));
  request.idempotent =
      false;  // a generateName would make a second object; a name would answer AlreadyExists to our own
  return request;
}

http::Request update(std::string path, std::string json) {
  return write("PUT", managed(std::move(path)), "application/json", std::move(json));
}

http::Request evict(std::string_view ns, std::string_view name, std::string_view uid) {
  const nlohmann::json eviction = {{"apiVersion", "policy/v1"},
                                   {"kind", "Eviction"},
                                   {"metadata", {{"name", name}, {"namespace", ns}}},
                                   {"deleteOptions", {{"preconditions", {{"uid", uid}}}}}};
  auto body = eviction.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return create(core_path(ns, "pods") + "/" + percent_encode(name) + "/eviction", std::move(body));
}

http::Request remove(std::string path, std::string_view uid, std::uint64_t resource_version) {
  nlohmann::json preconditions = {{"uid", uid}};
  if (resource_version != 0) preconditions["resourceVersion"] = std::to_string(resource_version);
  const nlohmann::json options = {{"apiVersion", "v1"},
                                  {"kind", "DeleteOptions"},
                                  {"preconditions", std::move(preconditions)},
                                  {"propagationPolicy", "Background"}};
  // Replace: bytes that are not UTF-8 match no object, and must not throw.
  auto body = options.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return write("DELETE", std::move(path), "application/json", std::move(body));
}

}  // namespace kube
