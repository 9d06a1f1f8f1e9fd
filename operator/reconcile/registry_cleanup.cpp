#include "reconcile/registry_cleanup.hpp"

#include "kube/envelope.hpp"
#include "kube/ingest.hpp"
#include "kube/request.hpp"
#include "plan/status_plan.hpp"

namespace reconcile {
namespace {

const http::Limits kLimits{std::chrono::seconds{5}, 16U << 20U, {}};

base::Status ask_to_go(kube::Api& api, const api::HarborRegistry& registry) {
  if (registry.deleting) return {};
  const auto request = kube::remove(kube::harbor_registry_path(registry.meta.name), registry.meta.uid, 0);
  const auto answer = api.call(request, kube::Content::kPlain, kLimits);
  // Gone, or made anew, in the meantime: the next look tells.
  if (answer || answer.error().kind == base::ErrorKind::kNotFound ||
      answer.error().kind == base::ErrorKind::kConflict) {
    return {};
  }
  return base::fail(answer.error());
}

}  // namespace

base::Result<std::vector<LeavingRegistry>> delete_registries(kube::Api& api) {
  std::vector<LeavingRegistry> left;
  auto body = api.call(kube::list(kube::harbor_registries(), {.limit = 0}), kube::Content::kPlain, kLimits);
  if (!body) {
    if (body.error().kind == base::ErrorKind::kNotFound) return left;
    return base::fail(std::move(body.error()));
  }
  base::Status status;
  const auto page = kube::parse_page(std::move(*body), [&](std::string_view item) {
    const auto registry = kube::parse_registry(item);
    if (!registry) {
      if (status) status = base::fail(registry.error());
      return;
    }
    const auto* ready = plan::find_condition(registry->status, "Ready");
    left.push_back({registry->meta.name, ready == nullptr ? "" : ready->message});
    if (auto asked = ask_to_go(api, *registry); !asked && status) status = std::move(asked);
  });
  if (!page) return base::fail(page.error());
  if (!status) return base::fail(std::move(status.error()));
  return left;
}

}  // namespace reconcile
