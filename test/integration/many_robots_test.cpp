// Five hundred robots: how many calls Harbor gets at once and altogether, what the status shows meanwhile, and that a
// restart costs nothing.
#include <iostream>

#include "integration/diary.hpp"
#include "integration/robot_scene.hpp"

using namespace integration;

namespace {

constexpr int kMany = 500;
constexpr int kAtOnce = 4;  // calls to Harbor
constexpr Millis kPatience{240'000};

/// What the status said, one after another, until all is done.
struct Progress {
  std::vector<std::int64_t> synced = {};
  std::vector<std::int64_t> robots = {};
  Millis took{0};

  [[nodiscard]] static bool grows(const std::vector<std::int64_t>& counts) {
    return std::is_sorted(counts.begin(), counts.end());
  }
};

void add_news(std::vector<std::int64_t>& counts, std::int64_t count) {
  if (counts.empty() || counts.back() != count) counts.push_back(count);
}

Progress watch_progress(const Scene& scene, const std::string& name) {
  Progress progress;
  const auto begin = Clock::now();
  eventually("all namespaces are served", kPatience, [&]() -> Seen {
    const auto registry = scene.registry(name);
    const auto status = registry.value("status", Json::object());
    if (status.empty()) return {false, "no status"};
    add_news(progress.synced, status.at("synced"));
    add_news(progress.robots, status.value("credential", Json::object()).value("robots", 0));
    const auto ready = support::condition(registry, "Ready");
    return {ready.is_object() && ready.at("status") == "True" && status.at("synced") == kMany, status.dump()};
  });
  progress.took = since(begin);
  return progress;
}

/// Changes that Harbor was asked for.
std::vector<Json> harbor_writes(const HarborDouble& harbor) {
  auto requests = harbor.requests();
  std::erase_if(requests,
                [](const Json& request) { return request.at("method") == "GET" || request.at("method") == "HEAD"; });
  return requests;
}

void report(const std::string& what, Millis took, const HarborDouble& harbor, support::Operator& op) {
  const auto stats = harbor.stats();
  std::cout << "  " << what << ": " << took.count() << " ms, " << stats.at("requests") << " requests to Harbor, "
            << stats.at("max_concurrent") << " at once, " << op.process().rss_kib() << " KiB resident (peak "
            << op.process().peak_rss_kib() << ")\n";
}

/// Ends and starts the operator; nobody is asked to change anything.
void restart_without_a_write(Scene& scene, const HarborDouble& harbor) {
  scene.stop_operator();
  harbor.forget_requests();
  support::Audit audit(scene.cluster().audit_log());
  (void)audit.settled();
  audit.mark();
  const auto begin = Clock::now();
  auto& op = scene.start_operator();
  eventually("every robot was tried again", kPatience, [&]() -> Seen {
    const auto tried = op.metric(R"(harborpull_harbor_requests_total{code="200",operation="token"})").value_or(0);
    return {tried >= 2 * kMany, std::to_string(tried)};
  });
  report("restart", since(begin), harbor, op);
  CHECK(harbor.stats().at("max_concurrent") <= kAtOnce);
  never("anything is written", Millis{2'500}, [&]() -> Seen {  // beyond the second after which a status is written
    const auto written = support::without_leases(support::writes(audit.since_mark()));
    return {!written.empty(), support::text(written)};
  });
  CHECK(harbor_writes(harbor).empty());
}

}  // namespace

TEST_CASE("five hundred namespaces get a robot each, a few calls at a time, and a restart writes nothing",
          "[integration]") {
  const HarborDouble harbor;
  Scene scene;
  std::vector<std::string> teams(kMany);
  for (auto& ns : teams) {
    ns = scene.make_namespace("many", scene.selected());
    harbor.make_project(ns);
  }
  auto spec = for_each_namespace(robot_spec(scene, harbor, make_account(scene, "many-admin", HarborDouble::admin())));
  spec["interval"] = "1h";
  harbor.forget_requests();
  scene.make_registry("many", spec);
  const auto progress = watch_progress(scene, "many");
  report("500 robots", progress.took, harbor, scene.op());
  CHECK(harbor.stats().at("max_concurrent") <= kAtOnce);
  CHECK(asked(harbor, "POST /api/v2.0/robots") == kMany);
  CHECK(asked(harbor, "DELETE /api/v2.0/robots/{id}") == 0);
  CHECK(Progress::grows(progress.synced));
  CHECK(Progress::grows(progress.robots));
  CHECK(progress.synced.size() >= 4);
  CHECK(harbor.robots().size() == kMany);
  CHECK(held_logins(scene, harbor, teams) == logins(harbor));

  restart_without_a_write(scene, harbor);

  harbor.forget_requests();
  const auto begin = Clock::now();
  scene.admin().remove(support::registry_path("many")).require();
  eventually("HarborRegistry many is gone", kPatience,
             [&] { return scene.admin().get(support::registry_path("many")).status == 404; });
  report("removal", since(begin), harbor, scene.op());
  CHECK(harbor.stats().at("max_concurrent") <= kAtOnce);
  CHECK(harbor.robots().empty());
  CHECK(states(scene, "many").empty());
}
