// Which namespaces and ServiceAccounts a HarborRegistry means. Total: a selector that cannot be understood selects
// nothing.
#pragma once

#include <string>
#include <string_view>

#include "api/core.hpp"
#include "api/harbor_registry.hpp"

namespace plan {

/// `*` stands for any characters, `?` for one; everything else for itself. Takes at most the product of the two
/// lengths.
[[nodiscard]] bool glob_matches(std::string_view pattern, std::string_view text);

/// metav1.LabelSelector semantics; NotIn and DoesNotExist also match when the key is absent.
[[nodiscard]] bool matches(const api::LabelSelector& selector, const api::Labels& labels);

/// A sentence that says what is wrong and how to mend it, or empty.
[[nodiscard]] std::string selector_problem(const api::LabelSelector& selector, std::string_view field);

/// kube-system, kube-public, kube-node-lease and the operator's own namespace are never selected.
[[nodiscard]] bool always_excluded(std::string_view ns, std::string_view own_namespace);

/// Without regard to the ignore annotation or to a deletion under way, by name and labels alone.
[[nodiscard]] bool selects(const api::NamespaceSelection& selection, const api::Namespace& ns);
/// As above.
[[nodiscard]] bool selects(const api::ServiceAccountSelection& selection, const api::ServiceAccount& account);

}  // namespace plan
