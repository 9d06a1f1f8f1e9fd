#include "reconcile/self_check.hpp"

#include <nlohmann/json.hpp>

#include "api/names.hpp"
#include "kube/access_review.hpp"
#include "kube/envelope.hpp"
#include "kube/request.hpp"
#include "plan/rights.hpp"
#include "reconcile/registry_words.hpp"

namespace reconcile {
namespace {

using Json = nlohmann::json;

const http::Limits kLimits{std::chrono::seconds{10}, 16U << 20U, {}};

/// More than the period in which a leader renews its lease, 2 s (runtime::LeaseOptions).
constexpr std::chrono::milliseconds kRenewal{3'500};

/// What a registry says of itself by its condition Ready.
Finding judge_registry(const Json& registry) {
  const std::string who = "HarborRegistry " + text_at(registry, "/metadata/name");
  if (registry.value(Json::json_pointer("/spec/suspend"), false)) return {true, who + " is suspended"};
  const Json::json_pointer generation("/metadata/generation");
  const Json::json_pointer observed("/status/observedGeneration");
  if (registry.value(observed, std::int64_t{0}) < registry.value(generation, std::int64_t{0})) {
    return {false, who + " was not looked at since it was changed: is the operator running?"};
  }
  const auto ready = ready_condition(registry);
  if (ready.status == "True") return {true, who + " is ready: " + ready.message};
  if (!ready.status.empty()) return {false, who + " is not ready: " + ready.reason + ": " + ready.message};
  return {false, who + " was not looked at yet: is the operator running? See kubectl get pods in its namespace"};
}

std::vector<Finding> check_registries(kube::Api& api) {
  const auto answer = api.call(kube::list(kube::harbor_registries(), {.limit = 0}), kube::Content::kPlain, kLimits);
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

/// The lease must have a holder and be renewed between two looks: comparing its time with our clock would compare two
/// clocks.
Finding check_leader(kube::Api& api, std::string_view ns, const SelfCheckTools& tools) {
  const auto look = [&] {
    return api.call(kube::get(kube::lease_path(ns, api::kLease)), kube::Content::kPlain, kLimits);
  };
  const std::string none = "no operator leads in namespace " + std::string(ns) + ": see kubectl get pods there";
  std::string first;
  for (int looks = 0; looks < 2; ++looks) {
    const auto body = look();
    if (!body && body.error().kind == base::ErrorKind::kNotFound) return {false, none};
    if (!body) return {false, "the Lease cannot be read: " + body.error().message};
    const auto lease = Json::parse(*body, nullptr, false);
    const auto holder = text_at(lease, "/spec/holderIdentity");
    if (holder.empty()) return {false, none};
    const auto renewed = text_at(lease, "/spec/renewTime");
    if (looks == 1) {
      if (renewed != first) return {true, "operator " + holder.substr(0, holder.find('_')) + " leads"};
      return {false, none + "; the Lease is still held by " + holder + ", which does not renew it"};
    }
    first = renewed;
    tools.pause(kRenewal);
  }
  return {false, none};
}

}  // namespace

std::vector<Finding> self_check(kube::Api& api, std::string_view ns, const std::vector<std::string>& secret_names,
                                const SelfCheckTools& tools) {
  auto findings = check_rights(api, ns, secret_names);
  if (tools.leader_elect) findings.push_back(check_leader(api, ns, tools));
  const auto registries = check_registries(api);
  findings.insert(findings.end(), registries.begin(), registries.end());
  return findings;
}

}  // namespace reconcile
