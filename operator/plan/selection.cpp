#include "plan/selection.hpp"
#include "base/contains.hpp"

#include <algorithm>

namespace plan {
namespace {

using base::contains;

const std::string* find(const api::Labels& labels, std::string_view key) {
  const auto at = std::lower_bound(labels.begin(), labels.end(), key,
                                   [](const auto& label, std::string_view wanted) { return label.first < wanted; });
  return at != labels.end() && at->first == key ? &at->second : nullptr;
}

bool holds(const api::LabelRequirement& requirement, const api::Labels& labels) {
  const std::string* value = find(labels, requirement.key);
  if (requirement.op == "In") return value != nullptr && contains(requirement.values, *value);
  if (requirement.op == "NotIn") return value == nullptr || !contains(requirement.values, *value);
  if (requirement.op == "Exists") return value != nullptr;
  if (requirement.op == "DoesNotExist") return value == nullptr;
  return false;
}

bool any_glob(const std::vector<std::string>& patterns, std::string_view text) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return glob_matches(pattern, text); });
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;  // the last '*' seen, and where its match ends so far
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return std::all_of(pattern.begin() + static_cast<std::ptrdiff_t>(p), pattern.end(), [](char c) { return c == '*'; });
}

bool matches(const api::LabelSelector& selector, const api::Labels& labels) {
  const auto equal = [&](const auto& wanted) {
    const std::string* value = find(labels, wanted.first);
    return value != nullptr && *value == wanted.second;
  };
  return std::all_of(selector.match_labels.begin(), selector.match_labels.end(), equal) &&
         std::all_of(selector.match_expressions.begin(), selector.match_expressions.end(),
                     [&](const auto& requirement) { return holds(requirement, labels); });
}

std::string selector_problem(const api::LabelSelector& selector, std::string_view field) {
  for (const auto& requirement : selector.match_expressions) {
    const bool listed = requirement.op == "In" || requirement.op == "NotIn";
    const bool bare = requirement.op == "Exists" || requirement.op == "DoesNotExist";
    const std::string where = std::string(field) + ".matchExpressions (key " + requirement.key + ")";
    if (!listed && !bare) return where + ": operator must be In, NotIn, Exists or DoesNotExist";
    if (listed && requirement.values.empty()) return where + ": " + requirement.op + " needs at least one value";
    if (bare && !requirement.values.empty()) return where + ": " + requirement.op + " takes no values; remove them";
  }
  return {};
}

bool always_excluded(std::string_view ns, std::string_view own_namespace) {
  return ns == own_namespace || ns == "kube-system" || ns == "kube-public" || ns == "kube-node-lease";
}

bool selects(const api::NamespaceSelection& selection, const api::Namespace& ns) {
  if (any_glob(selection.exclude, ns.meta.name)) return false;
  if (!selection.names.empty() && !any_glob(selection.names, ns.meta.name)) return false;
  // Neither a selector nor names: the schema refuses it, and selecting nothing is the safe reading.
  if (!selection.selector) return !selection.names.empty();
  return selector_problem(*selection.selector, "").empty() && matches(*selection.selector, ns.labels);
}

bool selects(const api::ServiceAccountSelection& selection, const api::ServiceAccount& account) {
  if (selection.mode == api::AttachMode::kNone || !any_glob(selection.names, account.meta.name)) return false;
  if (!selection.selector) return true;
  return selector_problem(*selection.selector, "").empty() && matches(*selection.selector, account.labels);
}

}  // namespace plan
