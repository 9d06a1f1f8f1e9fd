#include "reconcile/registry_cleanup.hpp"

#include <nlohmann/json.hpp>

#include "kube/envelope.hpp"
#include "kube/request.hpp"
#include "reconcile/registry_words.hpp"

namespace reconcile {
namespace {

using Json = nlohmann::json;

const http::Limits kLimits{std::chrono::seconds{5}, 16U << 20U, {}};

base::Status ask_to_go(kube::Api& api, const Json& registry) {
  if (!text_at(registry, "/metadata/deletionTimestamp").empty()) return {};
  const auto path = kube::harbor_registry_path(text_at(registry, "/metadata/name"));
  const auto answer =
      api.call(kube::remove(path, text_at(registry, "/metadata/uid"), 0), kube::Content::kPlain, kLimits);
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
    const auto registry = Json::parse(item, nullptr, false);
    if (!registry.is_object()) return;
    left.push_back({text_at(registry, "/metadata/name"), ready_condition(registry).message});
    if (auto asked = ask_to_go(api, registry); !asked && status) status = std::move(asked);
  });
  if (!page) return base::fail(page.error());
  if (!status) return base::fail(std::move(status.error()));
  return left;
}

}  // namespace reconcile
