#include "runtime/metrics.hpp"

#include <catch2/catch.hpp>
#include <regex>
#include <thread>

#include "manual_clock.hpp"
#include "runtime/queue.hpp"

using namespace std::chrono_literals;
using runtime::Metrics;

namespace {

bool has(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("reconciliations are counted under controller-runtime's names", "[runtime]") {
  Metrics metrics;
  metrics.set_workers("registry", 2);
  for (const auto how : {Metrics::Ended::kSuccess, Metrics::Ended::kRequeueAfter, Metrics::Ended::kError,
                         Metrics::Ended::kTerminal, Metrics::Ended::kPanic}) {
    metrics.reconcile_started("registry");
    metrics.reconcile_ended("registry", how, 20ms);
  }
  metrics.reconcile_started("registry");
  const auto text = metrics.expose();
  CHECK(has(text, R"(controller_runtime_reconcile_total{controller="registry",result="success"} 1)"));
  CHECK(has(text, R"(controller_runtime_reconcile_total{controller="registry",result="requeue_after"} 1)"));
  CHECK(has(text, R"(controller_runtime_reconcile_total{controller="registry",result="error"} 3)"));
  CHECK(has(text, R"(controller_runtime_reconcile_total{controller="registry",result="requeue"} 0)"));
  CHECK(has(text, R"(controller_runtime_reconcile_errors_total{controller="registry"} 3)"));
  CHECK(has(text, R"(controller_runtime_terminal_reconcile_errors_total{controller="registry"} 1)"));
  CHECK(has(text, R"(controller_runtime_reconcile_panics_total{controller="registry"} 1)"));
  CHECK(has(text, R"(controller_runtime_max_concurrent_reconciles{controller="registry"} 2)"));
  CHECK(has(text, R"(controller_runtime_active_workers{controller="registry"} 1)"));
  CHECK(has(text, R"(controller_runtime_reconcile_time_seconds_count{controller="registry"} 5)"));
  CHECK(has(text, R"(controller_runtime_reconcile_time_seconds_bucket{controller="registry",le="0.01"} 0)"));
  CHECK(has(text, R"(controller_runtime_reconcile_time_seconds_bucket{controller="registry",le="0.025"} 5)"));
}

TEST_CASE("a watched queue is read when scraped, until it is unwatched", "[runtime]") {
  ManualClock clock;
  runtime::Queue queue(clock);
  Metrics metrics;
  metrics.watch_queue("namespace", queue);
  for (const char* key : {"a", "b", "c"}) queue.add(key);
  REQUIRE(queue.take({}));
  REQUIRE(queue.take({}));
  clock.advance(1500ms);
  metrics.key_taken("namespace", 7ms);
  metrics.key_done("namespace", 7ms);
  metrics.key_retried("namespace");
  const auto text = metrics.expose();
  CHECK(has(text, R"(workqueue_depth{name="namespace",controller="namespace"} 1)"));
  CHECK(has(text, R"(workqueue_adds_total{name="namespace",controller="namespace"} 3)"));
  CHECK(has(text, R"(workqueue_unfinished_work_seconds{name="namespace",controller="namespace"} 3)"));
  CHECK(has(text, R"(workqueue_longest_running_processor_seconds{name="namespace",controller="namespace"} 1.5)"));
  CHECK(has(text, R"(workqueue_retries_total{controller="namespace",name="namespace"} 1)"));
  CHECK(has(text, R"(workqueue_queue_duration_seconds_count{controller="namespace",name="namespace"} 1)"));
  CHECK(has(text, R"(workqueue_work_duration_seconds_count{controller="namespace",name="namespace"} 1)"));
  metrics.unwatch_queue("namespace");
  CHECK(metrics.expose().find("workqueue_depth") == std::string::npos);
}

TEST_CASE("requests are counted by code, and those without an answer as <error>", "[runtime]") {
  Metrics metrics;
  metrics.request_done("GET", 200, "10.0.0.1:443", 30ms);
  metrics.request_done("GET", 200, "10.0.0.1:443", 30ms);
  metrics.request_done("PATCH", 0, "10.0.0.1:443", 1s);
  const auto text = metrics.expose();
  CHECK(has(text, R"(rest_client_requests_total{code="200",host="10.0.0.1:443",method="GET"} 2)"));
  CHECK(has(text, R"(rest_client_requests_total{code="<error>",host="10.0.0.1:443",method="PATCH"} 1)"));
  CHECK(has(text, R"(rest_client_request_duration_seconds_count{host="10.0.0.1:443",verb="GET"} 2)"));
}

TEST_CASE("a registry's gauges go with it", "[runtime]") {
  Metrics metrics;
  metrics.set_registry("main", 10, 8, 2, false);
  metrics.set_registry("main", 10, 10, 0, true);
  auto text = metrics.expose();
  CHECK(has(text, R"(harborpull_registry_namespaces{registry="main",state="selected"} 10)"));
  CHECK(has(text, R"(harborpull_registry_namespaces{registry="main",state="synced"} 10)"));
  CHECK(has(text, R"(harborpull_registry_namespaces{registry="main",state="failed"} 0)"));
  CHECK(has(text, R"(harborpull_registry_ready{registry="main"} 1)"));
  metrics.forget_registry("main");
  CHECK(metrics.expose().find("harborpull_registry") == std::string::npos);
}

TEST_CASE("leadership, writes, caches and the build are shown", "[runtime]") {
  Metrics metrics;
  metrics.set_leader("harbor-pull-operator", true);
  metrics.write_done("secret", "apply", "ok");
  metrics.watch_store("secrets", [] { return 42.0; });
  auto text = metrics.expose();
  CHECK(has(text, R"(leader_election_master_status{name="harbor-pull-operator"} 1)"));
  CHECK(has(text, R"(harborpull_writes_total{action="apply",kind="secret",result="ok"} 1)"));
  CHECK(has(text, R"(harborpull_cached_objects{kind="secrets"} 42)"));
  CHECK(text.find("harborpull_build_info{version=\"") != std::string::npos);
  metrics.set_leader("harbor-pull-operator", false);
  CHECK(has(metrics.expose(), R"(leader_election_master_status{name="harbor-pull-operator"} 0)"));
}

TEST_CASE("the process is described by plausible figures", "[runtime]") {
  Metrics metrics;
  const auto text = metrics.expose();
  const auto figure = [&](const std::string& name) {
    std::smatch found;
    REQUIRE(std::regex_search(text, found, std::regex("\n" + name + " ([0-9.e+]+)")));
    return std::stod(found[1]);
  };
  CHECK(figure("process_cpu_seconds_total") < 1000);
  CHECK(figure("process_resident_memory_bytes") > 1 << 20);
  CHECK(figure("process_virtual_memory_bytes") >= figure("process_resident_memory_bytes"));
  CHECK(figure("process_open_fds") >= 2);
  CHECK(figure("process_max_fds") >= figure("process_open_fds"));
  const auto now = std::chrono::duration<double>(base::real_clock().now().time_since_epoch()).count();
  CHECK(std::abs(figure("process_start_time_seconds") - now) < 600);
}

TEST_CASE("every line of the exposition is a comment or a sample, and each family is there once", "[runtime]") {
  ManualClock clock;
  runtime::Queue queue(clock);
  Metrics metrics;
  metrics.set_workers("n", 1);
  metrics.watch_queue("n", queue);
  metrics.set_registry("odd\"name\\", 1, 1, 0, true);
  std::istringstream lines(metrics.expose());
  const std::regex sample(R"(^[a-z_]+(\{([a-z]+="([^"\\]|\\.)*",?)*\})? [0-9.e+-]+$)");
  std::set<std::string> types;
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    if (line.starts_with("# TYPE ")) {
      CHECK(types.insert(line).second);
    } else if (!line.starts_with("# HELP ")) {
      CHECK(std::regex_match(line, sample));
    }
  }
  CHECK(types.size() > 15);
}

TEST_CASE("metrics may be written and scraped by many threads", "[runtime]") {
  Metrics metrics;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 500; ++i) {
          metrics.request_done("GET", 200, "h", 1ms);
          metrics.reconcile_started("n");
          metrics.reconcile_ended("n", Metrics::Ended::kSuccess, 1ms);
          if (i % 100 == 0) (void)metrics.expose();
        }
      });
    }
  }
  CHECK(has(metrics.expose(), R"(rest_client_requests_total{code="200",host="h",method="GET"} 2000)"));
}
