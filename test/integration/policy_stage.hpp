// The admission policy of deploy/admission on a control plane, in force or away again.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/client.hpp"
#include "support/control_plane.hpp"
#include "support/deploy_option.hpp"
#include "support/eventually.hpp"

namespace integration {

/// What a ServiceAccount of that name would be if it were created there; nothing is.
inline support::Json born(const support::Client& client, const std::string& ns, const std::string& account,
                          const support::Labels& labels = {}) {
  const support::Json object = {
      {"apiVersion", "v1"}, {"kind", "ServiceAccount"}, {"metadata", {{"name", account}, {"labels", labels}}}};
  return client.create(support::namespace_path(ns) + "/serviceaccounts?dryRun=All", object).require();
}

/// The names in an object's imagePullSecrets, a ServiceAccount's or a PodSpec's.
inline std::vector<std::string> reference_names(const support::Json& holder) {
  std::vector<std::string> names;
  for (const auto& entry : holder.value("imagePullSecrets", support::Json::array())) {
    names.push_back(entry.value("name", ""));
  }
  return names;
}

inline constexpr std::string_view kPolicyOption = "admission";

/// Policy, binding and registries reach the API server's plugin by watches, so it is in force a moment later.
inline void install_policy(const support::ControlPlane& cluster) { support::apply_option(cluster, kPolicyOption); }
inline void remove_policy(const support::ControlPlane& cluster) { support::delete_option(cluster, kPolicyOption); }

/// Waits until a ServiceAccount `default` made in `ns` would (or would not) be born with the reference.
inline void wait_in_force(const support::ControlPlane& cluster, const std::string& ns, bool in_force = true) {
  support::eventually(in_force ? "the policy is in force" : "the policy is gone", support::Millis{20'000}, [&] {
    return reference_names(born(cluster.client(), ns, "harbor-pull-probe")).empty() != in_force;
  });
}

}  // namespace integration
