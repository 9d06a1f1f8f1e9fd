// From the API server's JSON to the operator's small facts, with simdjson, keeping only what is needed.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "api/core.hpp"
#include "api/harbor_registry.hpp"
#include "base/result.hpp"

namespace kube {

/// Each takes the text of one object (of any length, any capacity) and fails with kInvalid when it is not that kind of
/// object. Messages give a position and a kind of fault, never a value.
[[nodiscard]] base::Result<api::Namespace> parse_namespace(std::string_view json);
[[nodiscard]] base::Result<api::ServiceAccount> parse_service_account(std::string_view json);
[[nodiscard]] base::Result<api::SourceSecret> parse_source_secret(std::string_view json);
[[nodiscard]] base::Result<api::ConfigMap> parse_config_map(std::string_view json);
[[nodiscard]] base::Result<api::Pod> parse_pod(std::string_view json);
[[nodiscard]] base::Result<api::HarborRegistry> parse_registry(std::string_view json);

/// Tells credentials apart without keeping them: digests of the bytes and of each auths entry (see
/// plan/docker_config.hpp). Returned digests are compared with those that the plan makes with the same key.
struct DockerConfigFacts {
  base::Digest data = {};
  std::vector<api::AuthDigest> auths = {};
};
using DigestDockerConfig = std::function<DockerConfigFacts(std::string_view dockerconfigjson)>;
[[nodiscard]] base::Result<api::PullSecret> parse_pull_secret(std::string_view json, const DigestDockerConfig& digest);

}  // namespace kube
