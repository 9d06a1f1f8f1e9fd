// What people and tools see: conditions, counters, columns, Events, metrics, probes and logs; and how seldom they are
// written.
#include <algorithm>
#include <ctime>
#include <iterator>
#include <map>
#include <set>
#include <sstream>

#include "integration/scene.hpp"

using namespace integration;

namespace {

void make_foreign_secret(Scene& scene, const std::string& ns) {
  scene.make("/api/v1/namespaces/" + ns + "/secrets", {{"apiVersion", "v1"},
                                                       {"kind", "Secret"},
                                                       {"metadata", {{"name", "harbor-pull"}}},
                                                       {"type", "Opaque"},
                                                       {"stringData", {{"theirs", "yes"}}}});
}

/// "Ready=True/Synced" and so on, and every condition is a whole metav1.Condition of this generation.
std::string check_conditions(const Json& registry) {
  std::set<std::string> types;
  std::string kstatus;
  for (const auto& condition : registry.at("status").at("conditions")) {
    const auto type = condition.at("type").get<std::string>();
    INFO(condition.dump());
    CHECK(types.insert(type).second);
    CHECK(condition.at("observedGeneration") == registry.at("metadata").at("generation"));
    CHECK_FALSE(condition.at("reason").get<std::string>().empty());
    CHECK_FALSE(condition.at("message").get<std::string>().empty());
    CHECK(condition.at("lastTransitionTime").get<std::string>().ends_with("Z"));
    const auto status = condition.at("status").get<std::string>();
    CHECK(std::set<std::string>{"True", "False", "Unknown"}.contains(status));
    if (type == "Ready" || type == "Reconciling" || type == "Stalled") kstatus += status.substr(0, 1);
  }
  CHECK(types == std::set<std::string>{"Ready", "Reconciling", "Stalled", "RegistryReachable", "CredentialValid",
                                       "SecretsSynced", "ServiceAccountsAttached"});
  CHECK(registry.at("status").at("observedGeneration") == registry.at("metadata").at("generation"));
  return kstatus;
}

/// Writes of that registry's status by the operator.
support::Requests status_writes(const support::Requests& requests, const std::string& registry) {
  support::Requests found;
  std::copy_if(requests.begin(), requests.end(), std::back_inserter(found), [&](const auto& one) {
    return one.resource == "harborregistries" && one.subresource == "status" && one.name == registry && one.is_write();
  });
  return found;
}

std::string kubectl(const Scene& scene, const std::vector<std::string>& arguments) {
  const auto ran = scene.cluster().kubectl(arguments);
  INFO(ran.err);
  REQUIRE(ran.code == 0);
  return ran.out;
}

/// The words of the first line that begins with `first`.
std::vector<std::string> row(const std::string& table, const std::string& first) {
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::vector<std::string> found{std::istream_iterator<std::string>(words), {}};
    if (!found.empty() && found.front() == first) return found;
  }
  return {};
}

}  // namespace

TEST_CASE("a good registry is Ready, a waiting one Reconciling, a bad one Stalled, and never two of them",
          "[integration]") {
  Scene scene;
  const auto ns = scene.make_namespace("states", scene.selected());
  scene.make_registry("states", scene.spec("states"));
  const auto waiting = scene.wait_condition("states", "Ready", "False", "CredentialSecretMissing");
  CHECK(check_conditions(waiting) == "FTF");  // Ready, Reconciling, Stalled
  CHECK(support::condition(waiting, "CredentialValid").at("status") == "False");
  CHECK(support::condition(waiting, "SecretsSynced").at("status") == "Unknown");

  scene.make_credential("states");
  const auto good = scene.wait_ready("states");
  CHECK(check_conditions(good) == "TFF");
  for (const auto* type : {"SecretsSynced", "ServiceAccountsAttached"}) {
    CHECK(support::condition(good, type).at("status") == "True");
  }
  // There is no Harbor in these scenes, which blocks nothing and is said.
  CHECK(support::condition(good, "RegistryReachable").at("reason") == "RegistryUnreachable");
  CHECK(support::condition(good, "CredentialValid").at("status") == "Unknown");
  CHECK(good.at("status").at("selected") == 1);
  CHECK(good.at("status").at("synced") == 1);
  CHECK(good.at("status").at("failed") == 0);
  CHECK(good.at("status").at("namespaces") == "1/1");
  CHECK_FALSE(good.at("status").contains("failures"));

  // A new generation is reported even when nothing else changes, and the transition time stays.
  scene.patch_registry("states", {{"spec", {{"namespaces", {{"exclude", {"nobody"}}}}}}});
  const auto same = scene.wait_ready("states");
  CHECK(check_conditions(same) == "TFF");
  CHECK(support::condition(same, "Ready").at("lastTransitionTime") ==
        support::condition(good, "Ready").at("lastTransitionTime"));

  scene.patch_registry("states", {{"spec", {{"suspend", true}}}});
  CHECK(check_conditions(scene.wait_condition("states", "Ready", "False", "Suspended")) == "FFF");

  auto invalid = scene.spec("states");
  invalid["secretName"] = "not-allowed";
  scene.make_registry("states-bad", invalid);
  CHECK(check_conditions(scene.wait_condition("states-bad", "Ready", "False", "InvalidSpec")) == "FFT");

  // A Secret that will not go yet keeps the registry, which says so: in progress, not stuck.
  scene.patch_registry("states", {{"spec", {{"suspend", false}}}});
  scene.wait_ready("states");
  const auto path = support::secret_path(ns, "harbor-pull");
  scene.admin().merge_patch(path, {{"metadata", {{"finalizers", {"test.example.com/hold"}}}}}).require();
  scene.admin().remove(support::registry_path("states")).require();
  const auto leaving = scene.wait_condition("states", "Ready", "False", "Progressing");
  CHECK(check_conditions(leaving) == "FTF");
  CHECK(support::condition(leaving, "Ready").at("message") == "being deleted; 1 namespace left to clean");
  scene.admin().merge_patch(path, {{"metadata", {{"finalizers", nullptr}}}}).require();
  eventually("it is gone", kSoon, [&] { return scene.admin().get(support::registry_path("states")).status == 404; });
}

TEST_CASE("failures are counted, grouped by reason and capped with sorted examples, and Events tell of them",
          "[integration]") {
  Scene scene;
  scene.make_credential("failing");
  scene.make_credential("failing-older");
  std::vector<std::string> bad;
  for (int i = 0; i < 7; ++i) {
    bad.push_back(scene.make_namespace("bad", scene.selected()));
    make_foreign_secret(scene, bad.back());
  }
  const auto good = scene.make_namespace("good", scene.selected());
  auto older = scene.spec("failing-older");  // its host is taken in one namespace
  const auto taken = scene.make_namespace("taken", scene.selected());
  older["namespaces"] = {{"names", {taken}}};
  scene.make_registry("failing-a", older);
  scene.wait_attached(taken);
  const auto second = std::time(nullptr);  // creation times have seconds; the older one wins
  eventually("the next second", Millis{2'000}, [&] { return std::time(nullptr) > second; });
  scene.make_registry("failing-b", scene.spec("failing"));

  const auto registry = scene.wait_counts("failing-b", "1/9");
  const auto& status = registry.at("status");
  INFO(status.dump(2));
  CHECK(support::condition(registry, "Ready").at("reason") == "PartiallySynced");
  CHECK(support::condition(registry, "Stalled").at("status") == "True");  // no retry cures either
  CHECK(status.at("selected") == 9);
  CHECK(status.at("synced") == 1);
  CHECK(status.at("failed") == 8);
  REQUIRE(status.at("failures").size() == 2);
  for (const auto& group : status.at("failures")) {
    const bool conflict = group.at("reason") == "SecretConflict";
    if (!conflict) CHECK(group.at("reason") == "HostConflict");
    CHECK(group.at("count") == (conflict ? 7 : 1));
    const auto examples = group.at("examples").get<std::vector<std::string>>();
    CHECK(examples.size() == (conflict ? 5 : 1));
    CHECK(std::is_sorted(examples.begin(), examples.end()));
    for (const auto& ns : examples) CHECK((ns == taken || std::count(bad.begin(), bad.end(), ns) == 1));
    CHECK_FALSE(group.at("message").get<std::string>().empty());
  }
  CHECK(status.dump().size() < 16 * 1024);
  scene.wait_attached(good);

  const auto told = scene.wait_event("HarborRegistry", "", "failing-b", "PartiallySynced");
  CHECK(told.at("type") == "Warning");
  CHECK(told.at("reportingController") == "harborpull.io/controller");
  CHECK(told.at("regarding").at("uid") == registry.at("metadata").at("uid"));
  const auto where = scene.wait_event("ServiceAccount", bad[3], "default", "SecretConflict");
  CHECK(where.at("type") == "Warning");
  CHECK(where.at("note").get<std::string>().find("harbor-pull") != std::string::npos);
  scene.wait_event("ServiceAccount", taken, "default", "HostConflict");

  for (const auto& ns : bad) scene.admin().remove(support::secret_path(ns, "harbor-pull")).require();
  scene.admin().remove(support::registry_path("failing-a")).require();
  scene.wait_counts("failing-b", "9/9");
  scene.wait_ready("failing-b");
  CHECK(scene.wait_event("HarborRegistry", "", "failing-b", "Synced").at("type") == "Normal");
}

TEST_CASE("a burst of 50 namespaces costs at most one status write a second", "[integration]") {
  Scene scene;
  scene.make_registry("burst", scene.spec(scene.make_credential("burst")));
  scene.wait_counts("burst", "0/0");
  support::Audit audit(scene.cluster().audit_log());
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::string> namespaces;
  for (int i = 0; i < 50; ++i) namespaces.push_back(scene.make_namespace("burst", scene.selected()));
  scene.wait_counts("burst", "50/50");
  scene.wait_ready("burst");
  const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  for (const auto& ns : namespaces) scene.wait_attached(ns);
  const auto writes = status_writes(audit.settled(), "burst");
  INFO(support::text(writes) << "in " << seconds << " s");
  CHECK_FALSE(writes.empty());
  CHECK(static_cast<double>(writes.size()) <= seconds + 1.0);
  // And a namespace costs one apply; ServiceAccounts one patch, none of it read back.
  const auto requests = audit.since_mark();
  for (const auto& ns : {namespaces.front(), namespaces.back()}) {
    std::map<std::string, int> seen;
    for (const auto& one : requests) {
      if (one.ns == ns) ++seen[one.verb + " " + one.resource + " " + std::to_string(one.code / 100)];
    }
    INFO(Json(seen).dump());
    CHECK(seen["patch secrets 2"] == 1);
    CHECK(seen["patch serviceaccounts 2"] == 1);
  }
}

TEST_CASE("kubectl shows the columns, the message with -o wide, and explains the fields", "[integration]") {
  Scene scene;
  scene.make_namespace("columns", scene.selected());
  scene.make_registry("columns", scene.spec(scene.make_credential("columns")));
  scene.wait_counts("columns", "1/1");
  scene.wait_ready("columns");
  const auto narrow = kubectl(scene, {"get", "hreg"});
  INFO(narrow);
  CHECK(row(narrow, "NAME") ==
        std::vector<std::string>{"NAME", "HOST", "READY", "REASON", "NAMESPACES", "EXPIRES", "AGE"});
  const auto cells = row(narrow, "columns");
  REQUIRE(cells.size() == 6);
  CHECK(std::vector(cells.begin(), cells.end() - 1) ==
        std::vector<std::string>{"columns", kHost, "True", "Synced", "1/1"});
  const auto wide = kubectl(scene, {"get", "harborregistries", "-o", "wide"});
  INFO(wide);
  CHECK(row(wide, "NAME").back() == "MESSAGE");
  CHECK(wide.find("1 of 1 namespace synced") != std::string::npos);
  CHECK(kubectl(scene, {"get", "harbor"}).find("columns") != std::string::npos);  // the category
  CHECK(kubectl(scene, {"get", "hreg", "--field-selector", std::string("spec.host=") + kHost}).find("columns") !=
        std::string::npos);
  const auto explained = kubectl(scene, {"explain", "hreg.spec.host"});
  INFO(explained);
  CHECK(explained.find("exactly as image references write it") != std::string::npos);
  const auto waited = scene.cluster().kubectl({"wait", "--for=condition=Ready", "hreg/columns", "--timeout=5s"});
  CHECK(waited.code == 0);
  const auto described = kubectl(scene, {"describe", "hreg", "columns"});
  INFO(described);
  CHECK(described.find("harborpull.io/controller") != std::string::npos);  // its Events are found
}

TEST_CASE("after a restart with nothing changed nothing is written but the lease", "[integration]") {
  Scene scene;
  scene.make_credential("restart");
  for (int i = 0; i < 3; ++i) scene.make_namespace("restart", scene.selected());
  const auto bad = scene.make_namespace("bad", scene.selected());
  make_foreign_secret(scene, bad);
  scene.make_registry("restart", scene.spec("restart"));
  scene.wait_counts("restart", "3/4");
  scene.wait_event("ServiceAccount", bad, "default", "SecretConflict");
  const auto before = scene.registry("restart");
  scene.stop_operator();
  support::Audit audit(scene.cluster().audit_log());
  scene.start_operator();
  eventually("the new operator has counted", kSoon, [&]() -> Seen {
    const auto text = scene.op().metrics();
    const auto synced = scene.op().metric(R"(harborpull_registry_namespaces{registry="restart",state="synced"})");
    return {synced == 3.0, text};
  });
  never("the status is written", Millis{1'400}, [&] { return scene.registry("restart") != before; });
  auto written = support::without_leases(support::writes(audit.settled()));
  // A failure that goes on may be told once more by the new process: Events are for people who look now.
  std::erase_if(written, [](const auto& one) { return one.resource == "events"; });
  INFO(support::text(written));
  CHECK(written.empty());
}

TEST_CASE("probes answer, metrics have controller-runtime's names, and logs are JSON with key and reconcileID",
          "[integration]") {
  Scene scene(Scene::Begin::kWithoutOperator);
  scene.start_operator({.args = {"--log-level", "debug"}});
  const auto ns = scene.make_namespace("metrics", scene.selected());
  scene.make_registry("metrics", scene.spec(scene.make_credential("metrics")));
  scene.wait_attached(ns);
  scene.wait_counts("metrics", "1/1");
  auto& op = scene.op();
  for (const auto* path : {"/livez", "/readyz", "/healthz"}) {
    INFO(path);
    CHECK(op.get(path).status == 200);
  }
  CHECK(op.get("/nothing").status == 404);

  const auto text = op.metrics();
  for (const auto* sample : {
           R"(workqueue_depth{)",
           R"(workqueue_adds_total{)",
           R"(workqueue_retries_total{)",
           R"(workqueue_queue_duration_seconds_bucket{)",
           R"(workqueue_work_duration_seconds_count{)",
           R"(workqueue_unfinished_work_seconds{)",
           R"(workqueue_longest_running_processor_seconds{)",
           R"(controller_runtime_reconcile_total{controller="namespace",result="success"})",
           R"(controller_runtime_reconcile_errors_total{controller="namespace"})",
           R"(controller_runtime_reconcile_time_seconds_bucket{controller="namespace")",
           R"(controller_runtime_max_concurrent_reconciles{controller="namespace"})",
           R"(controller_runtime_active_workers{controller="harborregistry"})",
           R"(rest_client_requests_total{code="200")",
           R"(leader_election_master_status{name="harbor-pull-operator"} 1)",
           R"(harborpull_registry_namespaces{registry="metrics",state="selected"} 1)",
           R"(harborpull_registry_namespaces{registry="metrics",state="synced"} 1)",
           R"(harborpull_registry_namespaces{registry="metrics",state="failed"} 0)",
           R"(harborpull_registry_ready{registry="metrics"} 1)",
           R"(harborpull_build_info{version="0.)",
           R"(process_resident_memory_bytes)",
       }) {
    INFO("looked for " << sample);
    CHECK(text.find(std::string("\n") + sample) != std::string::npos);
  }
  const auto served = op.metric(R"(controller_runtime_reconcile_total{controller="namespace",result="success"})");
  CHECK(served.value_or(0) > 0);

  scene.admin().remove(support::registry_path("metrics")).require();
  eventually("a registry that is gone has no metrics", kSoon,
             [&] { return op.metrics().find(R"(registry="metrics")") == std::string::npos; });

  int reconciles = 0;
  std::istringstream lines(op.log_text());
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    const auto json = Json::parse(line, nullptr, false);
    REQUIRE(json.is_object());
    CHECK(json.contains("time"));
    CHECK(json.contains("level"));
    CHECK(json.contains("msg"));
    if (!json.contains("controller")) continue;
    ++reconciles;
    CHECK_FALSE(json.at("key").get<std::string>().empty());
    CHECK(json.at("reconcileID").get<std::string>().size() == 8);
  }
  CHECK(reconciles > 0);
}
