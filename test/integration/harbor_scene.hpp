// A scene with a Harbor: the double beside the control plane, with an administrator's account where the operator finds
// it.
#pragma once

#include "integration/scene.hpp"
#include "support/harbor_double.hpp"

namespace integration {

using support::HarborDouble;
using support::HarborDoubleOptions;

/// The basic-auth Secret `name` in the operator's namespace; swept with the scene.
inline std::string make_account(Scene& scene, const std::string& name, const support::Login& login) {
  const auto collection = std::string("/api/v1/namespaces/") + support::kOperatorNamespace + "/secrets";
  scene.also_look_for(login.password);
  scene.make(collection, support::basic_auth_secret(support::kOperatorNamespace, name, login.user, login.password));
  return name;
}

/// Where Harbor is, for a spec: host and endpoint, with what an http:// endpoint needs.
inline Json harbor_at(const HarborDouble& harbor) {
  Json spec = {{"host", harbor.host()}, {"endpoint", harbor.url()}};
  if (harbor.url().rfind("http://", 0) == 0) spec["tls"] = {{"verification", "Insecure"}};
  return spec;
}

/// A spec with a robot for all namespaces of the scene: pull on `projects`, short times.
inline Json robot_spec(const Scene& scene, const HarborDouble& harbor, const std::string& admin,
                       const std::vector<std::string>& projects = {"team-a"}) {
  Json spec = harbor_at(harbor);
  spec["credential"] = {{"robot", {{"adminRef", {{"name", admin}}}, {"projects", projects}, {"overlap", "1s"}}}};
  spec["namespaces"] = {{"selector", {{"matchLabels", {{"scene", scene.id()}}}}}};
  spec["interval"] = "5s";
  return spec;
}

/// The credential that the namespace's pull Secret holds for that Harbor; empty without one.
inline support::Login held_login(const Scene& scene, const HarborDouble& harbor, const std::string& ns) {
  const auto auths = support::auths(scene.admin(), ns);
  if (!auths.is_object() || !auths.contains(harbor.host())) return {};
  const auto& entry = auths.at(harbor.host());
  const support::Login login{entry.at("username").get<std::string>(), entry.at("password").get<std::string>()};
  scene.also_look_for(login.password);
  return login;
}

/// Whether what the namespace holds pulls the image.
inline support::Pulled pull_as(const Scene& scene, const HarborDouble& harbor, const std::string& ns,
                               const std::string& image) {
  const auto login = held_login(scene, harbor, ns);
  return harbor.pull(login.user, login.password, image);
}

/// Asks for a rotation.
inline void ask_rotation(Scene& scene, const std::string& registry, const std::string& value) {
  scene.patch_registry(registry, {{"metadata", {{"annotations", {{"harborpull.io/rotate-at", value}}}}}});
}

}  // namespace integration
