#include "plan/documents.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "plan/finalizer.hpp"
#include "unit/plan/fixtures.hpp"

namespace {

using fixtures::account;
using nlohmann::json;

const json kUid = {{"op", "test"}, {"path", "/metadata/uid"}, {"value", "uid-default"}};
const std::string kRecord = "/metadata/annotations/attached.harborpull.io~1harbor-pull";

json list_is(const json& list) { return {{"op", "test"}, {"path", "/imagePullSecrets"}, {"value", list}}; }

}  // namespace

TEST_CASE("the document of a Secret is exactly what we own of it", "[plan]") {
  const plan::Auths auths{{"h.example", fixtures::credential("prod")}};
  const auto content = plan::render_docker_config(auths);
  json expected = {
      {"apiVersion", "v1"},
      {"kind", "Secret"},
      {"metadata",
       {{"name", "harbor-pull"},
        {"namespace", "team-a"},
        {"labels", {{"app.kubernetes.io/managed-by", "harbor-pull-operator"}, {"harborpull.io/pull-secret", "true"}}},
        {"annotations",
         {{"harborpull.io/registries", "prod,stage"},
          {"harborpull.io/content-hash", plan::content_hash(content.reveal(), sim::keys())}}}}},
      {"type", "kubernetes.io/dockerconfigjson"},
      {"data", {{".dockerconfigjson", base::base64_encode(content.reveal())}}}};
  const auto document = [&](const std::string& uid) {
    return json::parse(
        plan::secret_document({"team-a", "harbor-pull", uid, {"prod", "stage"}, auths}, sim::keys()).reveal());
  };
  REQUIRE(document("") == expected);
  expected["metadata"]["uid"] = "u-1";
  REQUIRE(document("u-1") == expected);
}

TEST_CASE("attaching adds one entry and its record, for the seen list only", "[plan]") {
  auto seen = account("default");
  json expected;
  SECTION("to a list") {
    seen = account("default", {"theirs", ""}, {"other"});
    expected = {kUid,
                list_is({{{"name", "theirs"}}, json::object()}),
                {{"op", "add"}, {"path", "/imagePullSecrets/-"}, {"value", {{"name", "harbor-pull"}}}},
                {{"op", "add"}, {"path", kRecord}, {"value", ""}}};
  }
  SECTION("to an account that has neither list nor annotations") {
    expected = {
        kUid,
        list_is(nullptr),
        {{"op", "add"}, {"path", "/imagePullSecrets"}, {"value", json::array({{{"name", "harbor-pull"}}})}},
        {{"op", "test"}, {"path", "/metadata/annotations"}, {"value", nullptr}},
        {{"op", "add"}, {"path", "/metadata/annotations"}, {"value", {{"attached.harborpull.io/harbor-pull", ""}}}}};
  }
  SECTION("to an empty list") {
    seen.has_pull_secrets = seen.has_annotations = true;
    expected = {kUid,
                list_is(json::array()),
                {{"op", "add"}, {"path", "/imagePullSecrets/-"}, {"value", {{"name", "harbor-pull"}}}},
                {{"op", "add"}, {"path", kRecord}, {"value", ""}}};
  }
  REQUIRE(json::parse(plan::attach_document(seen, "harbor-pull")) == expected);
}

TEST_CASE("detaching removes our entry, the last of that name, and its record", "[plan]") {
  struct Row {
    std::vector<std::string> list;
    std::string removed;
  };
  const std::vector<Row> rows{{{"harbor-pull"}, "/imagePullSecrets/0"},
                              {{"a", "harbor-pull", "b"}, "/imagePullSecrets/1"},
                              {{"harbor-pull", "a", "harbor-pull", ""}, "/imagePullSecrets/2"},
                              {{"a"}, ""}};
  for (const auto& row : rows) {
    json list = json::array();
    for (const auto& name : row.list) list.push_back(name.empty() ? json::object() : json{{"name", name}});
    json expected = {kUid, list_is(list)};
    if (!row.removed.empty()) expected.push_back({{"op", "remove"}, {"path", row.removed}});
    expected.push_back({{"op", "remove"}, {"path", kRecord}});
    REQUIRE(json::parse(plan::detach_document(account("default", row.list, {"harbor-pull"}), "harbor-pull")) ==
            expected);
  }
}

TEST_CASE("a record without a list is removed alone", "[plan]") {
  REQUIRE(json::parse(plan::detach_document(account("default", {}, {"harbor-pull"}), "harbor-pull")) ==
          json{kUid, list_is(nullptr), {{"op", "remove"}, {"path", kRecord}}});
}

TEST_CASE("attaching and detaching gives back the list that was there", "[plan]") {
  for (const std::vector<std::string>& list : {std::vector<std::string>{}, {"a"}, {"a", "", "b", "a"}}) {
    const auto before = account("default", list);
    const auto attached = sim::account_from(
        sim::patched(sim::account_json(before), plan::attach_document(before, "harbor-pull")), before);
    REQUIRE(attached.pull_secrets.size() == list.size() + 1);
    REQUIRE(attached.attached == std::vector<std::string>{"harbor-pull"});
    const auto after = sim::account_from(
        sim::patched(sim::account_json(attached), plan::detach_document(attached, "harbor-pull")), attached);
    REQUIRE(after.pull_secrets == list);
    REQUIRE(after.attached.empty());
  }
}

TEST_CASE("a patch fails when the list, the object or the annotations are others by now", "[plan]") {
  const auto seen = account("default", {"a"});
  auto now = seen;
  SECTION("list") { now.pull_secrets.push_back("b"); }
  SECTION("order") { now = account("default", {"b", "a"}); }
  SECTION("object") { now.meta.uid = "another"; }
  SECTION("annotations") { now.has_annotations = true, now.attached = {"x"}; }
  REQUIRE(sim::patched(sim::account_json(now), plan::attach_document(seen, "harbor-pull")).empty());
}

TEST_CASE("the finalizer's patches touch only our entry of the seen list", "[plan]") {
  api::HarborRegistry registry;
  registry.meta.uid = "u";
  const json uid = {{"op", "test"}, {"path", "/metadata/uid"}, {"value", "u"}};
  const auto is = [](const json& list) {
    return json{{"op", "test"}, {"path", "/metadata/finalizers"}, {"value", list}};
  };
  const std::string ours(api::kFinalizer);
  REQUIRE(plan::remove_finalizer_document(registry).empty());
  REQUIRE(json::parse(plan::add_finalizer_document(registry)) ==
          json{uid, is(nullptr), {{"op", "add"}, {"path", "/metadata/finalizers"}, {"value", json::array({ours})}}});
  registry.finalizers = {"theirs"};
  REQUIRE(plan::remove_finalizer_document(registry).empty());
  REQUIRE(json::parse(plan::add_finalizer_document(registry)) ==
          json{uid, is({"theirs"}), {{"op", "add"}, {"path", "/metadata/finalizers/-"}, {"value", ours}}});
  registry.finalizers = {"theirs", ours, "more"};
  REQUIRE(json::parse(plan::remove_finalizer_document(registry)) ==
          json{uid, is({"theirs", ours, "more"}), {{"op", "remove"}, {"path", "/metadata/finalizers/1"}}});
}
