// Pods that wait for an image, as kubelets leave them: there is no kubelet here, so an administrator writes the status.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "integration/scene.hpp"
#include "support/audit.hpp"
#include "support/deploy_option.hpp"
#include "support/fault_proxy.hpp"

namespace integration {

inline const std::string kImage = std::string(kHost) + "/team/app:1";
inline const std::string kRefused =
    "failed to pull and unpack image \"" + kImage + "\": failed to resolve reference \"" + kImage +
    "\": pull access denied, repository does not exist or may require authorization: authorization failed: no basic "
    "auth credentials";

/// The rights of deploy/pod-recovery, while it lives.
class PodRights {
 public:
  explicit PodRights(const Scene& scene) : scene_(scene) { support::apply_option(scene_.cluster(), kOption); }
  ~PodRights() { CHECK_NOTHROW(support::delete_option(scene_.cluster(), kOption)); }
  PodRights(const PodRights&) = delete;
  PodRights& operator=(const PodRights&) = delete;

 private:
  static constexpr std::string_view kOption = "pod-recovery";
  const Scene& scene_;
};

inline Json evicting(Json spec) {
  spec["pods"] = {{"recovery", "Evict"}};
  return spec;
}

inline std::string pods_of(const std::string& ns) { return support::namespace_path(ns) + "/pods"; }

/// The spec of a Pod with one container.
inline Json pod_spec(const std::string& image = kImage, const std::vector<std::string>& own_list = {}) {
  Json spec = {{"containers", Json::array({{{"name", "app"}, {"image", image}}})}};
  for (const auto& name : own_list) spec["imagePullSecrets"].push_back({{"name", name}});
  return spec;
}

inline Json deployment(const std::string& name, const Json& spec, int replicas = 1) {
  const Json labels = {{"app", name}};
  return {{"apiVersion", "apps/v1"},
          {"kind", "Deployment"},
          {"metadata", {{"name", name}}},
          {"spec",
           {{"replicas", replicas},
            {"selector", {{"matchLabels", labels}}},
            {"template", {{"metadata", {{"labels", labels}}}, {"spec", spec}}}}}};
}

inline std::string deployments_of(const std::string& ns) { return "/apis/apps/v1/namespaces/" + ns + "/deployments"; }

/// The Pods of a Deployment that are not on their way out, once there are that many.
inline std::vector<Json> wait_pods(const Scene& scene, const std::string& ns, const std::string& app,
                                   std::size_t many) {
  std::vector<Json> found;
  eventually(std::to_string(many) + " Pods of " + app, kSoon, [&]() -> Seen {
    found.clear();
    for (const auto& pod : scene.admin().list(pods_of(ns) + "?labelSelector=app%3D" + app)) {
      if (!pod.at("metadata").contains("deletionTimestamp")) found.push_back(pod);
    }
    return {found.size() == many, std::to_string(found.size())};
  });
  return found;
}

inline std::string name_of(const Json& object) { return object.at("metadata").at("name").get<std::string>(); }
inline std::string uid_of(const Json& object) { return object.at("metadata").at("uid").get<std::string>(); }

inline std::set<std::string> uids_of(const std::vector<Json>& pods) {
  std::set<std::string> uids;
  for (const auto& pod : pods) uids.insert(uid_of(pod));
  return uids;
}

inline std::vector<std::string> list_of(const Json& pod) {
  std::vector<std::string> names;
  for (const auto& entry : pod.at("spec").value("imagePullSecrets", Json::array())) {
    names.push_back(entry.value("name", ""));
  }
  return names;
}

/// What a kubelet writes when it could not pull.
inline void fail_pull(const Scene& scene, const Json& pod, const std::string& message = kRefused,
                      const std::string& reason = "ErrImagePull") {
  const auto& container = pod.at("spec").at("containers").at(0);
  const Json status = {{"name", container.at("name")},
                       {"image", container.at("image")},
                       {"imageID", ""},
                       {"ready", false},
                       {"restartCount", 0},
                       {"state", {{"waiting", {{"reason", reason}, {"message", message}}}}}};
  const auto path = pods_of(pod.at("metadata").at("namespace").get<std::string>()) + "/" + name_of(pod) + "/status";
  scene.admin()
      .merge_patch(path, {{"status", {{"phase", "Pending"}, {"containerStatuses", Json::array({status})}}}})
      .require();
}

/// Waits for `status.pods`.
inline void wait_pod_counts(const Scene& scene, const std::string& registry, int waiting, int unrecoverable) {
  eventually(registry + " counts Pods", kSoon, [&]() -> Seen {
    const auto pods = scene.registry(registry).value("status", Json::object()).value("pods", Json());
    return {pods == Json{{"waiting", waiting}, {"unrecoverable", unrecoverable}}, pods.dump()};
  });
}

inline bool gone(const Scene& scene, const Json& pod) {
  const auto path = pods_of(pod.at("metadata").at("namespace").get<std::string>()) + "/" + name_of(pod);
  const auto answer = scene.admin().get(path);
  return answer.status == 404 || (answer.ok() && uid_of(answer.json) != uid_of(pod)) ||
         answer.json.at("metadata").contains("deletionTimestamp");
}

inline void wait_gone(const Scene& scene, const Json& pod) {
  eventually("Pod " + name_of(pod) + " is gone", kSoon, [&] { return gone(scene, pod); });
}

/// A namespace that is served, in which `app` was made before its ServiceAccount had the reference.
struct Late {
  std::string ns = {};
  std::vector<Json> pods = {};
};

/// Makes the Deployment first and lets the registry select the namespace after.
inline Late late_deployment(Scene& scene, const Json& spec, int replicas = 1) {
  Late late;
  late.ns = scene.make_namespace("late");
  eventually("ServiceAccount default is there", kSoon,
             [&] { return scene.admin().get(support::service_account_path(late.ns, "default")).ok(); });
  scene.make(deployments_of(late.ns), deployment("app", spec, replicas));
  late.pods = wait_pods(scene, late.ns, "app", static_cast<std::size_t>(replicas));
  scene.admin().merge_patch(support::namespace_path(late.ns), {{"metadata", {{"labels", scene.selected()}}}}).require();
  scene.wait_attached(late.ns);
  return late;
}

/// Long enough for what would happen at once, if it happened.
inline constexpr Millis kWhile{1'500};

inline void never_gone(const Scene& scene, const Json& pod) {
  never("Pod " + name_of(pod) + " is evicted", kWhile, [&] { return gone(scene, pod); });
}

/// A served namespace, and the Pods in it that a bare manifest made.
inline Json bare_pod(const std::string& name, const Json& spec) {
  return {{"apiVersion", "v1"}, {"kind", "Pod"}, {"metadata", {{"name", name}}}, {"spec", spec}};
}

inline support::OperatorOptions through(const support::FaultProxy& proxy) {
  support::OperatorOptions options;
  options.args = {"--leader-elect=false"};
  options.server = proxy.url();
  options.ca_pem = proxy.ca_pem();
  return options;
}

inline support::FaultProxy proxy_of_cluster() {
  const auto& cluster = support::shared_control_plane();
  return support::FaultProxy({.upstream = cluster.server(), .upstream_ca = support::read_file(cluster.ca_file())});
}

/// As the server says it of a budget.
inline support::Fault held_by_budget() {
  const Json status = {{"kind", "Status"},
                       {"apiVersion", "v1"},
                       {"status", "Failure"},
                       {"message", "Cannot evict pod as it would violate the pod's disruption budget."},
                       {"reason", "TooManyRequests"},
                       {"details", {{"retryAfterSeconds", 2}}},
                       {"code", 429}};
  support::Fault fault;
  fault.mode = support::FaultMode::kRefuse;
  fault.refusal = {429, {{"Content-Type", "application/json"}}, status.dump()};
  return fault;
}

inline std::string note_of(Scene& scene, const Json& pod, const std::string& reason) {
  const auto ns = pod.at("metadata").at("namespace").get<std::string>();
  const auto event = scene.wait_event("Pod", ns, name_of(pod), reason);
  CHECK(event.at("regarding").at("uid") == uid_of(pod));
  return event.at("note").get<std::string>();
}

/// The operator looked at everything: a Pod made and refused after all others was evicted.
inline void wait_round(Scene& scene) {
  const auto late = late_deployment(scene, pod_spec());
  fail_pull(scene, late.pods.at(0));
  wait_gone(scene, late.pods.at(0));
}

}  // namespace integration
