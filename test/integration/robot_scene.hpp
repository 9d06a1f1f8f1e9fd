// Robots in their other forms: helpers beside harbor_scene.hpp, for tests with many identities, callers or Harbors.
#pragma once

#include <map>
#include <set>
#include <thread>

#include "integration/harbor_scene.hpp"

namespace integration {

using Names = std::set<std::string>;

/// `spec` with a robot for each namespace: fields of `robot` replace those of spec.credential.robot.
inline Json for_each_namespace(Json spec, const Json& robot = {{"projectFrom", "NamespaceName"}}) {
  auto& wanted = spec["credential"]["robot"];
  wanted.erase("projects");
  wanted["sharing"] = "PerNamespace";
  wanted.update(robot);
  return spec;
}

/// Logins of the robots at Harbor.
inline Names logins(const HarborDouble& harbor) {
  Names names;
  for (const auto& robot : harbor.robots()) names.insert(robot.at("login").get<std::string>());
  return names;
}

/// Logins that the namespaces hold; one for all that hold none.
inline Names held_logins(const Scene& scene, const HarborDouble& harbor, const std::vector<std::string>& namespaces) {
  Names names;
  for (const auto& ns : namespaces) names.insert(held_login(scene, harbor, ns).user);
  return names;
}

/// The projects of the robot that the namespace holds, as Harbor knows them; sorted.
inline Json projects_held(const Scene& scene, const HarborDouble& harbor, const std::string& ns) {
  const auto login = held_login(scene, harbor, ns).user;
  for (const auto& robot : harbor.robots()) {
    if (robot.at("login") == login) return robot.at("projects").get<Names>();
  }
  return nullptr;
}

/// The namespaces for which the registry has a state Secret; "" is the one for all.
inline Names states(const Scene& scene, const std::string& registry) {
  Names names;
  const auto own = std::string("/api/v1/namespaces/") + support::kOperatorNamespace +
                   "/secrets?fieldSelector=type%3Dharborpull.io%2Frobot-state";
  for (const auto& secret : scene.admin().list(own)) {
    const auto& annotations = secret.at("metadata").at("annotations");
    if (annotations.at("harborpull.io/registry") == registry) names.insert(annotations.at("harborpull.io/namespace"));
  }
  return names;
}

inline void wait_states(const Scene& scene, const std::string& registry, const Names& namespaces) {
  eventually("the state Secrets of " + registry + " are as they should be", kSoon, [&]() -> Seen {
    const auto there = states(scene, registry);
    return {there == namespaces, Json(there).dump()};
  });
}

/// Waits until the robots at Harbor are just those that the namespaces hold.
inline void wait_only_held(const Scene& scene, const HarborDouble& harbor, const std::vector<std::string>& namespaces) {
  eventually("the robots at Harbor are those that the namespaces hold", kSoon, [&]() -> Seen {
    const auto there = logins(harbor);
    return {there == held_logins(scene, harbor, namespaces), Json(there).dump()};
  });
}

inline void remove_registry(const Scene& scene, const std::string& name) {
  scene.admin().remove(support::registry_path(name)).require();
  eventually("HarborRegistry " + name + " is gone", kSoon,
             [&] { return scene.admin().get(support::registry_path(name)).status == 404; });
}

/// status.failures as reason -> examples.
inline std::map<std::string, Names> failures(const Json& registry) {
  std::map<std::string, Names> found;
  for (const auto& group : registry.at("status").value("failures", Json::array())) {
    found[group.at("reason")] = group.at("examples").get<Names>();
  }
  return found;
}

/// How many requests of that kind Harbor had: "POST /api/v2.0/robots".
inline int asked(const HarborDouble& harbor, const std::string& kind) {
  return harbor.stats().at("counts").value(kind, 0);
}

/// Somebody who pulls an image without pause, as a node of the namespace would, from the moment it is made.
class Puller {
 public:
  Puller(const Scene& scene, const HarborDouble& harbor, std::string ns, std::string image)
      : ns_(std::move(ns)), thread_([this, &scene, &harbor, image = std::move(image)](const std::stop_token& stop) {
          while (!stop.stop_requested()) pull(scene, harbor, image);
        }) {}
  /// Ends it. A pull that failed is a failure of the test.
  ~Puller() {
    thread_.request_stop();
    thread_.join();
    INFO("pulls in " << ns_ << ": " << pulls_ << ", the last failure: " << last_);
    CHECK(failures_ == 0);
    CHECK(pulls_ > 0);
  }
  Puller(const Puller&) = delete;
  Puller& operator=(const Puller&) = delete;

 private:
  void pull(const Scene& scene, const HarborDouble& harbor, const std::string& image) {
    const auto auths = support::auths(scene.admin(), ns_);
    ++pulls_;
    if (auths.is_object() && auths.contains(harbor.host())) {
      const auto& entry = auths.at(harbor.host());
      const auto pulled = harbor.pull(entry.at("username"), entry.at("password"), image);
      if (pulled.ok) return;
      last_ = pulled.detail;
    } else {
      last_ = "no credential";
    }
    ++failures_;
  }

  const std::string ns_;
  int pulls_ = 0;     // the thread's until it was joined
  int failures_ = 0;  // likewise
  std::string last_ = {};
  std::jthread thread_;
};

}  // namespace integration
