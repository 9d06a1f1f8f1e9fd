// The optional folders of deploy/, applied and taken back with kubectl as a user does it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "support/control_plane.hpp"
#include "support/eventually.hpp"

namespace support {

/// Throws Failure with what kubectl said when it fails.
inline void require_kubectl(const ControlPlane& cluster, const std::vector<std::string>& arguments) {
  const auto ran = cluster.kubectl(arguments);
  if (ran.code != 0) throw Failure("kubectl " + arguments.at(0) + ": " + ran.err + ran.out);
}

/// "admission", "pod-recovery", ...
inline std::string deploy_folder(std::string_view option) { return (project_root() / "deploy" / option).string(); }

inline void apply_option(const ControlPlane& cluster, std::string_view option) {
  require_kubectl(cluster, {"apply", "-k", deploy_folder(option)});
}
/// Fine when it is not there.
inline void delete_option(const ControlPlane& cluster, std::string_view option) {
  require_kubectl(cluster, {"delete", "-k", deploy_folder(option), "--ignore-not-found"});
}

}  // namespace support
