#include "reconcile/self_check.hpp"

#include "api/names.hpp"
#include "kube/access_review.hpp"
#include "kube/envelope.hpp"
#include "kube/ingest.hpp"
#include "kube/request.hpp"
#include "plan/rights.hpp"
#include "plan/status_plan.hpp"
#include "runtime/lease_record.hpp"

namespace reconcile {
namespace {

const http::Limits kLimits{std::chrono::seconds{10}, 16U << 20U, {}};

/// More than the period in which a leader renews its lease, 2 s (runtime::LeaseOptions).
constexpr std::chrono::milliseconds kRenewal{3'500};

/// What a registry says of itself by its condition Ready.
Finding judge_registry(const api::HarborRegistry& registry) {
  const std::string who = "HarborRegistry " + registry.meta.name;
  if (registry.spec.suspend) return {true, who + " is suspended"};
  if (registry.status.observed_generation < registry.generation) {
    return {false, who + " was not looked at since it was changed: is the operator running?"};
  }
  const auto* ready = plan::find_condition(registry.status, "Ready");
  if (ready == nullptr) {
    return {false, who + " was not looked at yet: is the operator running? See kubectl get pods in its namespace"};
  }
  if (ready->status == "True") return {true, who + " is ready: " + ready->message};
  return {false, who + " is not ready: " + ready->reason + ": " + ready->message};
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
    const auto registry = kube::parse_registry(item);
    findings.push_back(registry ? judge_registry(*registry) : Finding{false, registry.error().message});
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

base::Result<runtime::LeaseSpec> read_lease(kube::Api& api, std::string_view ns) {
  auto body = api.call(kube::get(kube::lease_path(ns, api::kLease)), kube::Content::kPlain, kLimits);
  if (!body && body.error().kind == base::ErrorKind::kNotFound) return runtime::LeaseSpec{};  // as one that is free
  if (!body) return base::fail(std::move(body.error()));
  return runtime::parse_lease(std::move(*body)).map([](runtime::LeaseObject lease) { return std::move(lease.spec); });
}

/// The lease must have a holder and be renewed between two looks: comparing its time with our clock would compare two
/// clocks.
Finding check_leader(kube::Api& api, std::string_view ns, const SelfCheckTools& tools) {
  const std::string none = "no operator leads in namespace " + std::string(ns) + ": see kubectl get pods there";
  const auto first = read_lease(api, ns);
  if (first && first->holder.empty()) return {false, none};
  if (first) tools.pause(kRenewal);
  const auto second = first ? read_lease(api, ns) : first;
  if (!second) return {false, "the Lease cannot be read: " + second.error().message};
  if (second->holder.empty()) return {false, none};
  if (*second != *first) return {true, "operator " + second->holder.substr(0, second->holder.find('_')) + " leads"};
  return {false, none + "; the Lease is still held by " + second->holder + ", which does not renew it"};
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
