// A ServiceAccount that somebody else's tool applies again and again, as GitOps does: nobody fights, nothing foreign is
// lost, and the status tells who placed the reference.
#include <algorithm>
#include <thread>

#include "integration/scene.hpp"
#include "support/process.hpp"

using namespace integration;

namespace {

/// What a tool has in Git for a ServiceAccount; `own`: the entry of a list of its own, or none.
Json manifest(const std::string& ns, const std::string& name, const std::string& own = "") {
  Json object = {{"apiVersion", "v1"},
                 {"kind", "ServiceAccount"},
                 {"metadata", {{"name", name}, {"namespace", ns}, {"labels", {{"from", "git"}}}}}};
  if (!own.empty()) object["imagePullSecrets"] = Json::array({{{"name", own}}});
  return object;
}

/// As one that the admission policy gave the reference.
Json born(const std::string& ns, const std::string& name) {
  Json object = manifest(ns, name, "harbor-pull");
  object["metadata"]["annotations"] = {{"attached.harborpull.io/harbor-pull", "admission-policy"}};
  return object;
}

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::int64_t patches(const support::Requests& requests, const std::string& ns, const std::string& name) {
  return std::count_if(requests.begin(), requests.end(), [&](const auto& one) {
    return one.resource == "serviceaccounts" && one.ns == ns && one.name == name && one.is_write();
  });
}

/// A registry that means every ServiceAccount of the namespace that is returned, and is done with `default`.
std::string stage(Scene& scene, const std::string& name) {
  auto spec = scene.spec(scene.make_credential(name));
  spec["serviceAccounts"] = {{"names", {"*"}}};
  const auto ns = scene.make_namespace(name, scene.selected());
  scene.make_registry(name, spec);
  scene.wait_attached(ns);
  return ns;
}

}  // namespace

TEST_CASE("who applies a ServiceAccount without a list of its own never takes the reference away", "[integration]") {
  Scene scene;
  const auto ns = stage(scene, "peace");
  const std::string accounts = "/api/v1/namespaces/" + ns + "/serviceaccounts";
  scene.admin().create(accounts, born(ns, "born")).require();
  scene.admin().apply(support::service_account_path(ns, "patched"), manifest(ns, "patched")).require();
  scene.wait_attached(ns, "patched");
  scene.wait_ready("peace");
  support::Audit audit(scene.cluster().audit_log());
  for (const std::string tool : {"flux", "argocd-controller"}) {
    const auto client = scene.admin().with_field_manager(tool);
    for (const std::string name : {"born", "patched", "default"}) {
      for (int round = 0; round < 10; ++round) {
        CAPTURE(tool, name, round);
        auto object = manifest(ns, name);
        object["metadata"]["labels"]["round"] = std::to_string(round);
        client.apply(support::service_account_path(ns, name), object, tool != "flux").require();
        REQUIRE(support::pull_secret_names(client, ns, name) == std::vector<std::string>{"harbor-pull"});
      }
    }
  }
  const auto requests = audit.settled();
  for (const auto* name : {"born", "patched", "default"}) CHECK(patches(requests, ns, name) == 0);
}

TEST_CASE("a forced list of their own keeps its entries, and the operator gives way after three times",
          "[integration]") {
  Scene scene;
  const auto ns = stage(scene, "forced");
  const auto argo = scene.admin().with_field_manager("argocd-controller");
  const auto path = support::service_account_path(ns, "web");
  support::Audit audit(scene.cluster().audit_log());
  argo.apply(path, manifest(ns, "web", "theirs")).require();
  eventually("the operator gives way", kSoon, [&]() -> Seen {
    const auto names = support::pull_secret_names(argo, ns, "web");
    CHECK(has(names, "theirs"));
    if (has(names, "harbor-pull")) argo.apply(path, manifest(ns, "web", "theirs")).require();
    const auto status = scene.registry("forced").value("status", Json::object());
    return {status.dump().find("ServiceAccountContended") != std::string::npos, status.dump()};
  });
  for (int round = 0; round < 10; ++round) argo.apply(path, manifest(ns, "web", "theirs")).require();
  const auto written = patches(audit.settled(), ns, "web");
  CHECK(written >= 1);
  CHECK(written <= 3);
  CHECK(support::pull_secret_names(argo, ns, "web") == std::vector<std::string>{"theirs"});
}

TEST_CASE("client-side kubectl apply without a list leaves the reference where it is", "[integration]") {
  Scene scene;
  const auto ns = stage(scene, "client");
  scene.wait_ready("client");
  const support::TemporaryFolder folder;
  support::Audit audit(scene.cluster().audit_log());
  for (int round = 0; round < 3; ++round) {
    auto object = manifest(ns, "default");
    object["metadata"]["labels"]["round"] = std::to_string(round);
    support::write_file(folder.path() / "account.json", object.dump());
    const auto ran = scene.cluster().kubectl({"apply", "-f", (folder.path() / "account.json").string()});
    INFO(ran.out << ran.err);
    REQUIRE(ran.code == 0);
    CHECK(support::pull_secret_names(scene.admin(), ns) == std::vector<std::string>{"harbor-pull"});
  }
  const auto requests = audit.settled();
  CHECK(patches(requests, ns, "default") == 0);
}

TEST_CASE("the status tells who placed the reference of the youngest ServiceAccount", "[integration]") {
  Scene scene;
  const auto ns = stage(scene, "placed");
  const auto placed_by = [&](const std::string& wanted) {
    eventually("referencesPlacedBy is " + wanted, kSoon, [&]() -> Seen {
      const auto status = scene.registry("placed").value("status", Json::object());
      return {status.value("referencesPlacedBy", "") == wanted, status.dump()};
    });
  };
  placed_by("Operator");
  std::this_thread::sleep_for(Millis{1'100});  // creation times have whole seconds
  scene.admin().create("/api/v1/namespaces/" + ns + "/serviceaccounts", born(ns, "born")).require();
  placed_by("AdmissionPolicy");
}
