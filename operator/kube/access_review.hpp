// Whether we may do something: SelfSubjectAccessReview, which every authenticated user may ask.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "http/message.hpp"

namespace kube {

/// The words of authorization.k8s.io/v1 ResourceAttributes; an empty one is not limited.
struct AccessQuestion {
  std::string verb = {};
  std::string group = {};
  std::string resource = {};
  std::string subresource = {};
  std::string ns = {};
  std::string name = {};
};

[[nodiscard]] http::Request ask_access(const AccessQuestion& question);

/// Fails with kInvalid when the answer is none.
[[nodiscard]] base::Result<bool> parse_access(std::string_view body);

}  // namespace kube
