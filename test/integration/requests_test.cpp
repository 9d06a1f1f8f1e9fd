// What the operator asks the API server for, by the server's own record: no more than the work takes.
#include <set>

#include "integration/scene.hpp"

using namespace integration;

namespace {

using support::Request;
using support::Requests;

constexpr int kMany = 20;

/// Requests but the lease's and those on the registry's status, which is written at most once a second by design.
Requests work(const Requests& requests) {
  Requests kept;
  for (const auto& request : support::without_leases(requests)) {
    if (request.resource != "harborregistries" || request.subresource != "status") kept.push_back(request);
  }
  return kept;
}

template <class Wanted>
std::int64_t count(const Requests& requests, Wanted wanted) {
  return std::count_if(requests.begin(), requests.end(), wanted);
}

bool has(const Request& request, const std::string& part) { return request.uri.find(part) != std::string::npos; }

/// A registry that serves `many` namespaces, all done.
std::vector<std::string> settle(Scene& scene, const std::string& name, int many) {
  std::vector<std::string> all;
  scene.make_credential(name);
  for (int i = 0; i < many; ++i) all.push_back(scene.make_namespace("many", scene.selected()));
  scene.make_registry(name, scene.spec(name));
  for (const auto& ns : all) scene.wait_attached(ns);
  scene.wait_counts(name, std::to_string(many) + "/" + std::to_string(many));
  scene.wait_ready(name);
  return all;
}

support::Audit audit_from_now(const Scene& scene) {
  support::Audit audit(scene.cluster().audit_log());
  (void)audit.settled();
  audit.mark();
  return audit;
}

}  // namespace

TEST_CASE("a new namespace costs one apply of the Secret, one patch of the ServiceAccount, and no read",
          "[integration]") {
  Scene scene;
  settle(scene, "fresh", 1);
  const auto audit = audit_from_now(scene);
  const auto ns = scene.make_namespace("fresh", scene.selected());
  scene.wait_attached(ns);
  scene.wait_counts("fresh", "2/2");
  const auto seen = work(audit.settled());
  INFO(support::text(seen));
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].text() == "patch secrets " + ns + "/harbor-pull 201");
  CHECK(has(seen[0], "force=false"));
  CHECK(seen[1].text() == "patch serviceaccounts " + ns + "/default 200");
  CHECK_FALSE(seen[1].is_apply());
}

TEST_CASE("a new credential costs one apply for each namespace, and no read", "[integration]") {
  Scene scene;
  const auto all = settle(scene, "changed", kMany);
  const auto audit = audit_from_now(scene);
  scene.make_credential("changed", "-new");
  for (const auto& ns : all) scene.wait_secret(ns, scene.password("-new"));
  scene.wait_ready("changed");
  const auto seen = work(audit.settled());
  INFO(support::text(seen));
  CHECK(seen.size() == kMany);
  std::set<std::string> written;
  for (const auto& request : seen) {
    CHECK(request.text() == "patch secrets " + request.ns + "/harbor-pull 200");
    CHECK(has(request, "force=true"));
    written.insert(request.ns);
  }
  CHECK(written == std::set<std::string>(all.begin(), all.end()));
}

TEST_CASE("while nothing changes there is no request but the lease's", "[integration]") {
  Scene scene;
  settle(scene, "idle", kMany);
  const auto audit = audit_from_now(scene);
  never("the operator asks for anything", Millis{20'000}, [&]() -> Seen {
    const auto seen = support::without_leases(audit.since_mark());
    return {!seen.empty(), support::text(seen)};
  });
  const auto leases = audit.since_mark();
  CHECK_FALSE(leases.empty());
  CHECK(leases.size() <= 20);  // a renewal every 2 s; no more than one read beside each
}

TEST_CASE("a start with all done already writes nothing but the lease, and lists each kind once", "[integration]") {
  Scene scene;
  settle(scene, "restart", kMany);
  scene.stop_operator();
  const auto audit = audit_from_now(scene);
  auto& op = scene.start_operator();
  eventually("every namespace was looked at", kSoon, [&]() -> Seen {
    const auto done = op.metric(R"(controller_runtime_reconcile_total{controller="namespace",result="success"})");
    const auto waiting = op.metric(R"(workqueue_depth{name="namespace",controller="namespace"})");
    return {done.value_or(0) >= kMany && waiting.value_or(0) == 0, op.metrics()};
  });
  never("the operator writes", Millis{1'500}, [&]() -> Seen {  // beyond the second after which a status is written
    const auto written = support::without_leases(support::writes(audit.since_mark()));
    return {!written.empty(), support::text(written)};
  });
  const auto seen = support::without_leases(audit.settled());
  INFO(support::text(seen));
  CHECK(support::writes(seen).empty());
  CHECK(count(seen, [](const auto& request) { return request.verb == "list" || request.verb == "watch"; }) <= 8);
  for (const auto& request : seen) {
    if (request.verb == "get") CHECK(request.text() == "get secrets harbor-pull-system/harbor-pull-operator-state 200");
  }
}

TEST_CASE("every write carries its guard and our name", "[integration]") {
  Scene scene;
  const auto audit = audit_from_now(scene);
  const auto all = settle(scene, "guarded", 2);
  // By hand, by deselection, by the end of the registry: every kind of write there is.
  const Json emptied = {{"data", {{".dockerconfigjson", "e30="}}}};
  scene.admin().merge_patch(support::secret_path(all[0], "harbor-pull"), emptied).require();
  scene.wait_secret(all[0], scene.password());
  scene.admin()
      .merge_patch(support::namespace_path(all[1]), {{"metadata", {{"labels", {{"scene", nullptr}}}}}})
      .require();
  scene.wait_detached(all[1]);
  scene.wait_no_secret(all[1]);
  scene.admin().remove(support::registry_path("guarded")).require();
  eventually("the registry is gone", kSoon,
             [&] { return scene.admin().get(support::registry_path("guarded")).status == 404; });
  scene.wait_no_secret(all[0]);

  const auto seen = support::without_leases(support::writes(audit.settled()));
  INFO(support::text(seen));
  const auto of = [&](const std::string& resource, const std::string& verb) {
    return count(seen, [&](const auto& request) { return request.resource == resource && request.verb == verb; });
  };
  CHECK(of("secrets", "delete") == 2);
  CHECK(of("serviceaccounts", "patch") == 4);
  for (const auto& request : seen) {
    INFO(request.text() << " " << request.uri);
    const bool created = request.verb == "patch" && request.code == 201;
    CHECK((request.verb == "patch" || request.verb == "delete" || request.resource == "events"));
    if (request.verb == "delete") CHECK(request.resource == "secrets");
    if (request.verb != "delete") CHECK(has(request, "fieldManager=harbor-pull-operator"));
    if (request.resource == "secrets" && request.verb == "patch")
      CHECK(has(request, created ? "force=false" : "force=true"));
    if (request.resource == "serviceaccounts") CHECK_FALSE(request.is_apply());
    if (request.resource == "harborregistries") CHECK(request.is_apply() == (request.subresource == "status"));
  }
}

TEST_CASE("a standby asks for nothing but its watches and the lease", "[integration]") {
  Scene scene;
  settle(scene, "standby", 1);
  const auto audit = audit_from_now(scene);
  scene.start_operator();
  const auto start = support::without_leases(audit.settled());
  INFO(support::text(start));
  CHECK(count(start, [](const auto& request) { return request.verb != "list" && request.verb != "watch"; }) == 0);
  CHECK(start.size() <= 8);

  const auto later = audit_from_now(scene);
  const auto ns = scene.make_namespace("standby", scene.selected());
  scene.wait_attached(ns);
  scene.wait_counts("standby", "2/2");
  const auto seen = work(later.settled());
  INFO(support::text(seen));
  CHECK(seen.size() == 2);  // one of the two has done the work, and only one
}
