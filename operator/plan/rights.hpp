// What the operator must be allowed to do: the roles of deploy/rbac.yaml as data. A test holds the two together.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace plan {

/// One verb on one resource; the words are those of a SelfSubjectAccessReview.
struct Right {
  std::string verb = {};
  std::string group = {};  ///< empty: the core group
  std::string resource = {};
  std::string subresource = {};
  std::string ns = {};    ///< empty: all namespaces, or a kind without any
  std::string name = {};  ///< empty: every name

  bool operator==(const Right&) const = default;
};

/// What no installation works without, for an operator in `ns` with pull Secrets of these names. What is opt-in (Pod
/// recovery, making ServiceAccounts) is not among them.
[[nodiscard]] std::vector<Right> rights_needed(std::string_view ns, const std::vector<std::string>& secret_names);

/// "patch serviceaccounts in all namespaces".
[[nodiscard]] std::string describe(const Right& right);

}  // namespace plan
