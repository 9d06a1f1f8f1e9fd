// A given credential before a Harbor: a robot that somebody made by hand, and the Secret that holds it.
#pragma once

#include "integration/harbor_scene.hpp"

namespace integration {

/// A robot that may pull from one project, made as an administrator does it. {"id", "name", "secret", ...}
inline Json make_puller(const HarborDouble& harbor, const std::string& project, const std::string& name) {
  const auto pull = Json::array({{{"resource", "repository"}, {"action", "pull"}}});
  const auto there = Json::array({{{"kind", "project"}, {"namespace", project}, {"access", pull}}});
  return harbor.make_robot({{"name", name}, {"level", "project"}, {"duration", -1}, {"permissions", there}});
}

inline support::Login login_of(const Json& robot) {
  return {robot.at("name").get<std::string>(), robot.at("secret").get<std::string>()};
}

/// A spec with a given credential for all namespaces of the scene.
inline Json given_spec(const Scene& scene, const HarborDouble& harbor, const std::string& secret,
                       const std::vector<std::string>& projects = {}) {
  Json spec = harbor_at(harbor);
  spec["credential"] = {{"secretRef", {{"name", secret}}}};
  if (!projects.empty()) spec["credential"]["secretRef"]["projects"] = projects;
  spec["namespaces"] = {{"selector", {{"matchLabels", {{"scene", scene.id()}}}}}};
  spec["interval"] = "5s";
  return spec;
}

/// Another login in a Secret that make_account() made.
inline void change_account(const Scene& scene, const std::string& name, const support::Login& login) {
  const auto path = support::secret_path(support::kOperatorNamespace, name);
  scene.admin()
      .apply(path, support::basic_auth_secret(support::kOperatorNamespace, name, login.user, login.password))
      .require();
}

/// Asks for a verification now.
inline void ask_verification(Scene& scene, const std::string& registry, const std::string& value) {
  scene.patch_registry(registry, {{"metadata", {{"annotations", {{"harborpull.io/reconcile-at", value}}}}}});
}

/// What the condition of that type says.
inline std::string message_of(const Json& registry, const std::string& type) {
  return support::condition(registry, type).value("message", "");
}

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

inline void wait_held(const Scene& scene, const HarborDouble& harbor, const std::string& ns,
                      const support::Login& login) {
  eventually("the pull Secret of " + ns + " holds " + login.user, kSoon, [&]() -> Seen {
    const auto held = held_login(scene, harbor, ns);
    return {held.user == login.user && held.password == login.password, held.user};
  });
}

/// Waits until so many namespaces were counted, whatever became of them.
inline void wait_selected(const Scene& scene, const std::string& registry, int many) {
  eventually(std::to_string(many) + " namespaces are counted", kSoon, [&]() -> Seen {
    const auto status = scene.registry(registry).value("status", Json::object());
    return {status.value("selected", 0) == many, status.dump()};
  });
}

inline bool has_secret(const Scene& scene, const std::string& ns) {
  return scene.admin().get(support::secret_path(ns, "harbor-pull")).status != 404;
}

/// From now on, by the API server's own record.
inline support::Audit audit_from_now(const Scene& scene) {
  support::Audit audit(scene.cluster().audit_log());
  (void)audit.settled();
  audit.mark();
  return audit;
}

/// For that long the operator writes nothing but its lease.
inline void writes_nothing(const support::Audit& audit, Millis duration) {
  never("the operator writes", duration, [&]() -> Seen {
    const auto written = support::without_leases(support::writes(audit.since_mark()));
    return {!written.empty(), support::text(written)};
  });
}

}  // namespace integration
