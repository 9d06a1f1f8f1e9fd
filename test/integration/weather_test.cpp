// Bad weather: the API server, etcd, the token or the CRD goes away and comes back. Nothing is lost, and nothing is
// deleted meanwhile.
#include <signal.h>

#include "integration/diary.hpp"

using namespace integration;
using support::Component;

namespace {

/// After an outage of seconds: a watch waits 0.8 s to 12.8 s before it comes back (the back-off of client-go), on a
/// loaded machine.
constexpr Millis kFew{15'000};

void begin_job(Scene& scene, const std::string& name) {
  scene.make_registry(name, scene.spec(scene.make_credential(name)));
}

std::vector<std::string> serve(Scene& scene, int count) {
  std::vector<std::string> made;
  for (int i = 0; i < count; ++i) made.push_back(scene.make_namespace("served", scene.selected()));
  for (const auto& ns : made) {
    scene.wait_secret(ns, scene.password());
    scene.wait_attached(ns);
  }
  return made;
}

/// A namespace made now is served within a few seconds; returns it.
std::string serve_one_soon(Scene& scene) {
  // The first connections of ours may be of before the outage.
  eventually("the API server answers", kSoon, [&] { return scene.admin().get("/readyz").ok(); });
  const auto begin = Clock::now();
  const auto ns = scene.make_namespace("after", scene.selected());
  scene.wait_secret(ns, scene.password());
  const auto took = since(begin);
  INFO(ns << " had its Secret after " << took.count() << " ms");
  CHECK(took < kFew);
  scene.wait_attached(ns);
  return ns;
}

/// An outage of a component, and what must be so during and after it.
void check_outage(const std::string& name, Component component, Outage::Kind kind, Millis length) {
  Scene scene(Scene::Begin::kWithOperator, alone());
  begin_job(scene, name);
  const Diary diary(scene);
  auto namespaces = serve(scene, 3);
  scene.wait_counts(name, "3/3");
  {
    Outage outage(scene, component, kind);
    never("the operator ends or calls itself dead", length,
          [&] { return !scene.op().running() || !scene.op().get("/livez").ok(); });
    outage.end();
  }
  namespaces.push_back(serve_one_soon(scene));
  scene.wait_counts(name, "4/4");
  diary.check_made_once(namespaces);
  for (const auto& ns : namespaces)
    CHECK(support::pull_secret_names(scene.admin(), ns) == std::vector<std::string>{"harbor-pull"});
  CHECK(scene.op().running());
}

bool was_refused_as(Scene& scene, int status) {
  return scene.op().metrics().find("rest_client_requests_total{code=\"" + std::to_string(status) + "\"") !=
         std::string::npos;
}

/// Makes every token of the operator invalid: they are bound to the uid of the ServiceAccount.
void replace_operator_account(const Scene& scene) {
  const auto path = support::service_account_path(support::kOperatorNamespace, support::kOperatorServiceAccount);
  auto account = scene.admin().get(path).require();
  for (const auto* field : {"uid", "resourceVersion", "creationTimestamp", "managedFields"})
    account["metadata"].erase(field);
  REQUIRE(scene.admin().remove(path).ok());
  REQUIRE(scene.admin().apply(path, account).ok());
}

/// The resources of which everything was asked for, by pages or as a stream.
std::set<std::string> lists_by_resource(const support::Requests& requests) {
  std::set<std::string> found;
  for (const auto& request : requests) {
    const bool whole = request.verb == "list" || request.uri.find("sendInitialEvents=true") != std::string::npos;
    if (whole) found.insert(request.resource);
  }
  return found;
}

/// SIGSTOP until the end of the scope.
class Frozen {
 public:
  explicit Frozen(support::Operator& op) : op_(op) { op_.process().signal(SIGSTOP); }
  ~Frozen() { op_.process().signal(SIGCONT); }
  Frozen(const Frozen&) = delete;
  Frozen& operator=(const Frozen&) = delete;

 private:
  support::Operator& op_;
};

}  // namespace

TEST_CASE("an API server that stops and starts again finds everything as it was", "[integration]") {
  check_outage("stopped", Component::kApiServer, Outage::Kind::kStopped, Millis{500});
}

TEST_CASE("an API server that is killed and starts again finds everything as it was", "[integration]") {
  check_outage("killed", Component::kApiServer, Outage::Kind::kKilled, Millis{500});
}

TEST_CASE("an API server that says nothing for 8 seconds finds everything as it was", "[integration]") {
  check_outage("paused", Component::kApiServer, Outage::Kind::kPaused, Millis{8'000});
}

TEST_CASE("an etcd that stops and starts again finds everything as it was", "[integration]") {
  check_outage("no-etcd", Component::kEtcd, Outage::Kind::kStopped, Millis{2'000});
}

TEST_CASE("changes made while nobody watched are all noticed after 410, deletions too", "[integration]") {
  Scene scene(Scene::Begin::kWithOperator, alone());
  begin_job(scene, "expired");
  const auto& admin = scene.admin();
  const auto served = serve(scene, 6);
  scene.wait_counts("expired", "6/6");
  const Diary diary(scene);
  const auto &kept = served[0], &robbed = served[1], &deselected = served[2], &detached = served[3], &gone = served[4],
             &edited = served[5];
  support::Audit audit(scene.cluster().audit_log());
  std::string added;
  {
    const Frozen frozen(scene.op());
    // First cut its streams: what is written from here on waits in no buffer of the operator's.
    Outage(scene, Component::kApiServer, Outage::Kind::kStopped).end();
    eventually("the API server answers", kSoon, [&] { return admin.get("/readyz").ok(); });
    REQUIRE(admin.remove(support::secret_path(robbed, "harbor-pull")).ok());
    REQUIRE(admin.merge_patch(support::namespace_path(deselected), {{"metadata", {{"labels", {{"scene", nullptr}}}}}})
                .ok());
    REQUIRE(
        admin.merge_patch(support::service_account_path(detached, "default"), {{"imagePullSecrets", nullptr}}).ok());
    REQUIRE(admin.remove(support::namespace_path(gone)).ok());
    REQUIRE(admin.merge_patch(support::secret_path(edited, "harbor-pull"), {{"data", {{".dockerconfigjson", "e30="}}}})
                .ok());
    scene.make_credential("expired", "-new");
    added = scene.make_namespace("added", scene.selected());
    scene.cluster().expire_watches();
  }
  for (const auto& ns : {kept, robbed, detached, edited, added}) scene.wait_secret(ns, scene.password("-new"));
  // kube-controller-manager lost its watches too, twice, and backs off up to a minute; how long it takes is not ours to
  // answer for.
  eventually("kube-controller-manager has made the ServiceAccount", Millis{120'000},
             [&] { return admin.get(support::service_account_path(added, "default")).ok(); });
  for (const auto& ns : {kept, robbed, detached, edited, added}) scene.wait_attached(ns);
  scene.wait_no_secret(deselected);
  scene.wait_detached(deselected);
  scene.wait_counts("expired", "5/5");
  for (const auto* resource : {"namespaces", "serviceaccounts", "secrets", "harborregistries"}) {
    eventually("its old version was of no use any more, so everything is asked for of " + std::string(resource), kSoon,
               [&] { return lists_by_resource(audit.since_mark()).contains(resource); });
  }
  for (const auto& ns : diary.deleted()) CHECK((ns == robbed || ns == gone || ns == deselected));
}

TEST_CASE("a token that turned invalid is a matter of seconds once a good one is in its file", "[integration]") {
  Scene scene(Scene::Begin::kWithOperator, alone());
  begin_job(scene, "token");
  const Diary diary(scene);
  auto namespaces = serve(scene, 2);
  replace_operator_account(scene);
  scene.op().write_token("garbage");
  // The API server remembers a good token for 10 s: keep the operator busy until it is refused.
  for (int tries = 0; tries < 30 && !was_refused_as(scene, 401); ++tries) {
    namespaces.push_back(scene.make_namespace("refused", scene.selected()));
    within(Millis{1'000}, [&] { return was_refused_as(scene, 401); });
  }
  REQUIRE(was_refused_as(scene, 401));
  CHECK(scene.op().get("/livez").ok());
  const auto begin = Clock::now();
  scene.op().renew_token();
  for (const auto& ns : namespaces) {
    scene.wait_secret(ns, scene.password());
    scene.wait_attached(ns);
  }
  CHECK(since(begin) < kFew);
  namespaces.push_back(serve_one_soon(scene));
  scene.wait_ready("token");
  diary.check_made_once(namespaces);
  CHECK(scene.op().running());
}

TEST_CASE("a CRD that is deleted waits for the clean-up, and the operator works on when it is back", "[integration]") {
  Scene scene(Scene::Begin::kWithOperator, alone());
  begin_job(scene, "crd");
  const std::string crd = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/harborregistries.harborpull.io";
  const auto namespaces = serve(scene, 3);
  scene.wait_ready("crd");
  {
    const Frozen frozen(scene.op());
    REQUIRE(scene.admin().remove(crd).ok());
    eventually("the HarborRegistry is on its way out", kSoon,
               [&] { return scene.registry("crd").at("metadata").contains("deletionTimestamp"); });
    never("the HarborRegistry goes before the operator has cleaned up", Millis{500},
          [&] { return scene.admin().get(support::registry_path("crd")).status == 404; });
    CHECK_FALSE(support::auths(scene.admin(), namespaces[0]).is_null());
  }
  for (const auto& ns : namespaces) {
    scene.wait_detached(ns);
    scene.wait_no_secret(ns);
  }
  eventually("the CRD is gone", Millis{60'000}, [&] { return scene.admin().get(crd).status == 404; });
  never("the operator ends", Millis{1'000}, [&] { return !scene.op().running(); });
  support::install(scene.cluster());
  begin_job(scene, "crd");
  scene.wait_ready("crd", Millis{60'000});
  for (const auto& ns : namespaces) {
    scene.wait_secret(ns, scene.password());
    scene.wait_attached(ns);
  }
}
