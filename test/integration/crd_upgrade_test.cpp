// HarborRegistries that an older release stored, after today's CRD took the place of its own: nothing of them is lost,
// and whoever writes them again is not refused.
#include <algorithm>
#include <filesystem>
#include <sstream>

#include "integration/scene.hpp"

using namespace integration;

namespace {

namespace fs = std::filesystem;

const std::string kRegistries = "/apis/harborpull.io/v1alpha1/harborregistries";
const std::string kDefinition =
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/harborregistries.harborpull.io";

/// test/manifests/stored/VERSION, oldest first.
std::vector<fs::path> releases() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(support::project_root() / "test" / "manifests" / "stored")) {
    if (entry.is_directory()) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string kubectl(const support::ControlPlane& cluster, const std::vector<std::string>& arguments) {
  const auto ran = cluster.kubectl(arguments);
  INFO(ran.err);
  REQUIRE(ran.code == 0);
  return ran.out;
}

/// The HarborRegistries of a release as they were written, by kubectl's reading of the files.
std::vector<Json> written_for(const support::ControlPlane& cluster, const fs::path& release) {
  std::vector<Json> found;
  for (const auto& entry : fs::directory_iterator(release)) {
    if (entry.path().filename() == "crd.yaml") continue;
    const auto text = kubectl(cluster, {"create", "--dry-run=client", "-o", "json", "-f", entry.path().string()});
    std::istringstream objects(text);  // one after another
    while (objects >> std::ws && objects.peek() != std::istringstream::traits_type::eof()) {
      objects >> found.emplace_back();
    }
  }
  return found;
}

std::string name_of(const Json& object) { return object.at("metadata").at("name").get<std::string>(); }

/// Creates it, and writes its status as the operator does. Every answer must be a yes.
void store(const Client& admin, Json object) {
  INFO(name_of(object));
  const Json status = object.value("status", Json::object());
  object["metadata"] = {{"name", name_of(object)}};
  const auto created = admin.create(kRegistries + "?fieldValidation=Strict", object);
  INFO(created.text());
  REQUIRE(created.status == 201);
  if (status.empty()) return;
  const auto told = admin.merge_patch(support::registry_path(name_of(object)) + "/status?fieldValidation=Strict",
                                      {{"status", status}});
  INFO(told.text());
  REQUIRE(told.ok());
}

/// Where `after` lacks something of `before`, or has it otherwise; empty when it has all of it.
std::string loss(const Json& before, const Json& after, const std::string& path = "") {
  if (before.type() != after.type() && !(before.is_number() && after.is_number())) return path + ": another type";
  if (!before.is_structured()) return before == after ? "" : path + ": another value";
  if (before.is_array() && before.size() != after.size()) return path + ": another length";
  for (const auto& [key, value] : before.items()) {
    const auto here = path + "/" + key;
    const auto at = before.is_array() ? after.begin() + std::stol(key) : after.find(key);
    if (at == after.end()) return here + ": is gone";
    const auto found = loss(value, *at, here);
    if (!found.empty()) return found;
  }
  return "";
}

/// Spec and status; of the rest the server keeps account itself.
void check_kept(const Json& before, const Json& after) {
  INFO(name_of(before));
  for (const auto* part : {"spec", "status"}) {
    if (before.contains(part)) CHECK(loss(before.at(part), after.at(part), part) == "");
  }
}

/// Today's CRD, and one field more, by the default of which one sees that the server works by it.
void upgrade(const support::ControlPlane& cluster, const std::string& any) {
  kubectl(cluster, {"apply", "-k", (support::project_root() / "crds").string()});
  const Json marker = {{"type", "boolean"}, {"default", true}};
  const std::string spec = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/";
  cluster.client()
      .json_patch(kDefinition, {{{"op", "add"}, {"path", spec + "testUpgraded"}, {"value", marker}}})
      .require();
  eventually("the server works by today's CRD", kSoon, [&] {
    return cluster.client().get(support::registry_path(any)).require().at("spec").value("testUpgraded", false);
  });
}

/// As people and the operator write it: a patch of its annotations, of its status, and the whole object as it is.
void check_writable(const Client& admin, const Json& before) {
  const auto path = support::registry_path(name_of(before));
  INFO(name_of(before));
  const auto annotated =
      admin.merge_patch(path, {{"metadata", {{"annotations", {{"harborpull.io/reconcile-at", "1"}}}}}});
  INFO(annotated.text());
  CHECK(annotated.ok());
  const auto told = admin.merge_patch(path + "/status", {{"status", {{"lastHandledReconcileAt", "1"}}}});
  INFO(told.text());
  REQUIRE(told.ok());
  const auto replaced = admin.update(path, told.json);
  INFO(replaced.text());
  REQUIRE(replaced.ok());
  Json expected = before;
  expected["status"]["lastHandledReconcileAt"] = "1";
  check_kept(expected, replaced.json);
}

/// From a backup, and from Git: as new objects, of which the server forgives nothing that was there before.
void check_creatable(const Client& admin, const std::vector<Json>& objects) {
  for (const auto& object : objects) {
    admin.remove(support::registry_path(name_of(object))).require();
    store(admin, object);
    check_kept(object, admin.get(support::registry_path(name_of(object))).require());
  }
}

}  // namespace

TEST_CASE("HarborRegistries that a release stored are whole and can be written under today's CRD", "[integration]") {
  const auto folders = releases();
  REQUIRE_FALSE(folders.empty());
  for (const auto& release : folders) {
    INFO(release);
    const support::ControlPlane cluster({.audit = false});
    const auto& admin = cluster.client();
    kubectl(cluster, {"create", "-f", (release / "crd.yaml").string()});
    kubectl(cluster, {"wait", "--for=condition=Established", "crd", "--all", "--timeout=30s"});
    const auto written = written_for(cluster, release);
    REQUIRE(written.size() >= 10);
    for (const auto& object : written) store(admin, object);
    const auto before = admin.list(kRegistries);
    REQUIRE(before.size() == written.size());

    upgrade(cluster, name_of(before.front()));
    for (const auto& object : before) {
      check_kept(object, admin.get(support::registry_path(name_of(object))).require());
      check_writable(admin, object);
    }
    check_creatable(admin, before);
    check_creatable(admin, written);
  }
}

TEST_CASE("what is lost of an object is named by its place", "[integration]") {
  const auto before = Json::parse(R"({"a": {"b": [1, {"c": "d"}]}, "e": false})");
  CHECK(loss(before, before).empty());
  CHECK(loss(before, Json::parse(R"({"a": {"b": [1, {"c": "d", "new": 1}]}, "e": false, "f": 2})")).empty());
  CHECK(loss(before, Json::parse(R"({"a": {"b": [1, {}]}, "e": false})")) == "/a/b/1/c: is gone");
  CHECK(loss(before, Json::parse(R"({"a": {"b": [1]}, "e": false})")) == "/a/b: another length");
  CHECK(loss(before, Json::parse(R"({"a": {"b": [2, {"c": "d"}]}, "e": false})")) == "/a/b/0: another value");
  CHECK(loss(before, Json::parse(R"({"a": {"b": [1, {"c": 5}]}, "e": false})")) == "/a/b/1/c: another type");
}
