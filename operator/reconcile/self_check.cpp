#include "reconcile/self_check.hpp"

#include <nlohmann/json.hpp>

#include "kube/access_review.hpp"
#include "kube/envelope.hpp"
#include "kube/request.hpp"
#include "plan/rights.hpp"
#include "reconcile/registry_words.hpp"

namespace reconcile {
namespace {

using Json = nlohmann::json;

const http::Limits kLimits{std::chrono::seconds{10}, 16U << 20U, {}};

/// What a registry says of itself by its condition Ready.
Finding judge_registry(const Json& registry) {
  const std::string who = "HarborRegistry " + text_at(registry, "/metadata/name");
  if (registry.value(Json::json_pointer("/spec/suspend"), false)) return {true, who + " is suspended"};
  const auto ready = ready_condition(registry);
  if (ready.status == "True") return {true, who + " is ready: " + ready.message};
  if (!ready.status.empty()) return {false, who + " is not ready: " + ready.reason + ": " + ready.message};
  return {false, who + " was not looked at yet: is the operator running? See kubectl get pods in its namespace"};
}

std::vector<Finding> check_registries(kube::Api& api) {
  const auto answer = api.call(kube::list(kube::harbor_registries(), {}), kube::Content::kPlain, kLimits);
  if (!answer) {
    const bool missing = answer.error().kind == base::ErrorKind::kNotFound;
    return {{false, missing
                        ? "the kind HarborRegistry is not served: install the CRD (crds/, or crds.enabled of the chart)"
                        : "HarborRegistries cannot be listed: " + answer.error().message}};
  }
  std::vector<Finding> findings = {{true, "the kind HarborRegistry is served"}};
  const auto page = kube::parse_page(*answer, [&](std::string_view item) {
    const auto registry = Json::parse(item, nullptr, false);
    if (registry.is_object()) findings.push_back(judge_registry(registry));
  });
  if (!page) findings.push_back({false, "the list of HarborRegistries cannot be read: " + page.error().message});
  return findings;
}

base::Result<bool> may(kube::Api& api, const plan::Right& right) {
  const auto answer =
      api.call(kube::ask_access({right.verb, right.group, right.resource, right.subresource, right.ns, right.name}),
               kube::Content::kPlain, kLimits);
  if (!answer) return base::fail(answer.error());
  return kube::parse_access(*answer);
}

std::vector<Finding> check_rights(kube::Api& api, std::string_view ns, const std::vector<std::string>& secret_names) {
  std::vector<Finding> findings;
  const auto rights = plan::rights_needed(ns, secret_names);
  for (const auto& right : rights) {
    const auto allowed = may(api, right);
    if (!allowed) return {{false, "the API server does not say what is allowed: " + allowed.error().message}};
    if (!*allowed) {
      findings.push_back({false, "not allowed: " + plan::describe(right) + ": apply the chart's or deploy/'s roles"});
    }
  }
  if (findings.empty()) findings.push_back({true, "all " + std::to_string(rights.size()) + " rights are there"});
  return findings;
}

}  // namespace

std::vector<Finding> self_check(kube::Api& api, std::string_view ns, const std::vector<std::string>& secret_names) {
  auto findings = check_rights(api, ns, secret_names);
  const auto registries = check_registries(api);
  findings.insert(findings.end(), registries.begin(), registries.end());
  return findings;
}

}  // namespace reconcile
