// The guard of deploy/ on a control plane, and the operator's token in other hands.
#pragma once

#include <string>

#include "integration/scene.hpp"
#include "support/deploy_option.hpp"

namespace integration {

inline const std::string kApi = "/api/v1/namespaces/";
inline const std::string kOwnSecrets = kApi + support::kOperatorNamespace + "/secrets";

inline Client shipped(const Scene& scene) {
  return scene.admin().with_token(
      scene.admin().token_for(support::kOperatorNamespace, support::kOperatorServiceAccount));
}

/// A Secret with the operator's label, as it makes them but for the type.
inline Json secret(const std::string& name, const std::string& type, const Json& annotations = Json::object()) {
  Json object = {{"apiVersion", "v1"},
                 {"kind", "Secret"},
                 {"metadata",
                  {{"name", name},
                   {"labels", {{"app.kubernetes.io/managed-by", "harbor-pull-operator"}}},
                   {"annotations", annotations}}},
                 {"type", type}};
  if (type == "kubernetes.io/dockerconfigjson") object["stringData"] = {{".dockerconfigjson", R"({"auths": {}})"}};
  return object;
}

inline Json token_secret(const std::string& name, const std::string& account) {
  return secret(name, "kubernetes.io/service-account-token", {{"kubernetes.io/service-account.name", account}});
}

/// Policies reach the API server by a watch, so they are in force, or gone, a moment later.
inline void wait_guarded(const Scene& scene, bool guarded = true) {
  const auto client = shipped(scene);
  const auto registry = support::registry_path(scene.id() + "-probe");
  scene.admin()
      .apply(registry, {{"apiVersion", "harborpull.io/v1alpha1"},
                        {"kind", "HarborRegistry"},
                        {"metadata", {{"name", scene.id() + "-probe"}}},
                        {"spec", scene.spec("none")}})
      .require();
  eventually(guarded ? "the guard is in force" : "the guard is gone", kSoon, [&] {
    const Json label = {{"metadata", {{"labels", {{"a", "b"}}}}}};
    const auto account = support::service_account_path("default", "default") + "?dryRun=All";
    return client.apply(kApi + "default/secrets/harbor-pull?dryRun=All", secret("harbor-pull", "Opaque"), false).ok() !=
               guarded &&
           client.merge_patch(account, label).ok() != guarded &&
           client.merge_patch(registry + "?dryRun=All", label).ok() != guarded;
  });
  scene.admin().remove(registry).require();
}

/// A cluster with the shipped roles and without the guard, for as long as this object lives.
class WithoutGuard {
 public:
  explicit WithoutGuard(const Scene& scene) : scene_(scene) {
    support::require_kubectl(scene_.cluster(), {"delete", "-f", support::deploy_folder("guard.yaml")});
    wait_guarded(scene_, false);
  }
  ~WithoutGuard() { scene_.cluster().kubectl({"apply", "-f", support::deploy_folder("guard.yaml")}); }
  WithoutGuard(const WithoutGuard&) = delete;
  WithoutGuard& operator=(const WithoutGuard&) = delete;

 private:
  const Scene& scene_;
};

inline void check_denied(const std::string& what, const Answer& answer, const std::string& why) {
  INFO(what << ": " << answer.text());
  CHECK(answer.status == 403);
  CHECK(answer.text().find("ValidatingAdmissionPolicy 'harbor-pull-operator-guard-") != std::string::npos);
  CHECK(answer.text().find(why) != std::string::npos);
}
inline void check_allowed(const std::string& what, const Answer& answer) {
  INFO(what << ": " << answer.text());
  CHECK(answer.ok());
}

/// A merge patch of an object's metadata.
inline Json metadata(const Json& patch) { return {{"metadata", patch}}; }

}  // namespace integration
