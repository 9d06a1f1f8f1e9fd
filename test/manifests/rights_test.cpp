// The rights that `harbor-pull check` asks for are those that are shipped.
#include "plan/rights.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "api/names.hpp"
#include "yaml.hpp"

namespace {

using Json = nlohmann::json;

/// One line for each verb, resource and name of a role.
std::multiset<std::string> shipped(const std::string& kind, const std::string& ns) {
  std::multiset<std::string> lines;
  for (const auto& rule : manifests::pick("deploy/rbac.yaml", kind, "harbor-pull-operator").at("rules")) {
    const auto& limited = manifests::get(rule, "resourceNames");
    const auto names = limited.empty() ? std::vector<std::string>{""} : limited.get<std::vector<std::string>>();
    for (const auto& name : names) {
      for (const auto& verb : rule.at("verbs")) {
        const std::string whole = rule.at("resources").at(0);
        const auto slash = std::min(whole.find('/'), whole.size());
        lines.insert(plan::describe({.verb = verb,
                                     .group = rule.at("apiGroups").at(0),
                                     .resource = whole.substr(0, slash),
                                     .subresource = slash == whole.size() ? "" : whole.substr(slash + 1),
                                     .ns = ns,
                                     .name = name}));
      }
    }
  }
  return lines;
}

}  // namespace

TEST_CASE("the rights that a check asks for are exactly those of the shipped roles", "[manifests]") {
  std::multiset<std::string> asked;
  for (const auto& right : plan::rights_needed("harbor-pull-system", {"harbor-pull"})) asked.insert(describe(right));
  auto expected = shipped("ClusterRole", "");
  expected.merge(shipped("Role", "harbor-pull-system"));
  CHECK(asked == expected);
}

TEST_CASE("each further Secret name asks for the same rights as the first", "[manifests]") {
  const auto one = plan::rights_needed("ns", {"a"});
  const auto two = plan::rights_needed("ns", {"a", "b"});
  CHECK(std::ranges::count(two, std::string("b"), &plan::Right::name) ==
        std::ranges::count(one, std::string("a"), &plan::Right::name));
  CHECK(two.size() == one.size() + 6);
}
