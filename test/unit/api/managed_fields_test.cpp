#include "api/managed_fields.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace {

using nlohmann::json;

json entry(const std::string& manager, const std::string& time, const std::string& field) {
  return {{"manager", manager}, {"time", time}, {"fieldsV1", {{"f:" + field, json::object()}}}};
}

std::string writer(const json& entries) {
  return api::last_writer_of(json{{"metadata", {{"managedFields", entries}}}}.dump(), "imagePullSecrets");
}

}  // namespace

TEST_CASE("the last manager of the field, other than ours, is named", "[api]") {
  CHECK(writer({entry("helm", "2026-01-01T00:00:00Z", "imagePullSecrets"),
                entry("argocd", "2026-01-02T00:00:00Z", "imagePullSecrets"),
                entry("harbor-pull-operator", "2026-01-03T00:00:00Z", "imagePullSecrets"),
                entry("kubectl", "2026-01-04T00:00:00Z", "metadata")}) == "argocd");
}

TEST_CASE("when nobody owns the field the last writer of the object is the best guess", "[api]") {
  CHECK(writer({entry("kubectl", "2026-01-04T00:00:00Z", "metadata"),
                entry("helm", "2026-01-01T00:00:00Z", "secrets")}) == "kubectl");
}

TEST_CASE("an object without managers, or no object at all, names nobody", "[api]") {
  CHECK(writer(json::array()).empty());
  CHECK(api::last_writer_of("{}", "imagePullSecrets").empty());
  CHECK(api::last_writer_of("not json", "imagePullSecrets").empty());
  CHECK(api::last_writer_of(R"({"metadata":{"managedFields":[1,null,{"manager":7}]}})", "imagePullSecrets").empty());
}
