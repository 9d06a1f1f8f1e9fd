#include "runtime/controller.hpp"

#include <catch2/catch.hpp>
#include <deque>
#include <regex>
#include <stdexcept>
#include <thread>

#include "drain.hpp"
#include "manual_clock.hpp"

using namespace std::chrono_literals;
using base::ErrorKind;
using runtime::Outcome;

namespace {

/// Does what the test scripted, one entry a run, and stops the controller after the last.
class Scripted final : public runtime::Reconciler {
 public:
  using Step = std::function<base::Result<Outcome>()>;

  base::Result<Outcome> reconcile(const std::string& key, const base::Log& log, const std::stop_token&) override {
    keys.push_back(key);
    log.info("run");
    const Step step = steps.front();
    steps.pop_front();
    if (steps.empty()) stop.request_stop();
    return step();
  }

  std::deque<Step> steps;
  std::vector<std::string> keys;
  std::stop_source stop;
};

struct Bench {
  ManualClock clock;
  runtime::Queue queue{clock};
  Scripted reconciler;
  runtime::Metrics metrics;
  std::vector<std::string> lines;
  base::Log log{base::LogLevel::kDebug, base::LogFormat::kText,
                [this](std::string_view line) { lines.emplace_back(line); }};
  runtime::Controller controller{{.name = "namespace"}, queue, reconciler, clock, [] { return 0.5; }, log, metrics};

  void run(std::deque<Scripted::Step> steps) {
    reconciler.steps = std::move(steps);
    reconciler.stop = std::stop_source{};
    controller.run(reconciler.stop.get_token());
  }
  /// Runs "a" once with this result, then says whether it is due again after exactly `wait`.
  bool comes_back_after(const Scripted::Step& step, base::Millis wait) {
    queue.add("a");
    run({step});
    if (queue.stats().delayed != 1) return false;
    clock.advance(wait - 1ms);
    if (!drain(queue).empty()) return false;
    clock.advance(1ms);
    return drain(queue) == std::vector<std::string>{"a"};
  }
  bool exposes(const std::string& line) {
    return ("\n" + metrics.expose()).find("\n" + line + "\n") != std::string::npos;
  }
  std::size_t logged(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(
        lines.begin(), lines.end(), [&](const std::string& line) { return line.find(text) != std::string::npos; }));
  }
};

base::Result<Outcome> succeed() { return Outcome{}; }
base::Result<Outcome> unavailable() { return base::fail(ErrorKind::kUnavailable, "no connection"); }

}  // namespace

TEST_CASE("a run that succeeds is not repeated", "[runtime]") {
  Bench bench;
  bench.queue.add("a");
  bench.run({succeed});
  CHECK(bench.queue.stats().depth + bench.queue.stats().delayed + bench.queue.stats().processing == 0);
  CHECK(bench.exposes(R"(controller_runtime_reconcile_total{controller="namespace",result="success"} 1)"));
}

TEST_CASE("a run may ask to run again after a while", "[runtime]") {
  Bench bench;
  CHECK(bench.comes_back_after([] { return Outcome{.again_after = 1h}; }, 1h));
  CHECK(bench.exposes(R"(controller_runtime_reconcile_total{controller="namespace",result="requeue_after"} 1)"));
}

TEST_CASE("failures in a row of one key double its wait and a success forgets them", "[runtime]") {
  Bench bench;
  CHECK(bench.comes_back_after(unavailable, 5ms));
  CHECK(bench.comes_back_after(unavailable, 10ms));
  CHECK(bench.comes_back_after(unavailable, 20ms));
  bench.queue.add("a");
  bench.run({succeed});
  CHECK(bench.comes_back_after(unavailable, 5ms));
  CHECK(bench.exposes(R"(workqueue_retries_total{controller="namespace",name="namespace"} 4)"));
}

TEST_CASE("a failure that comes before the retry was due does not lengthen the wait", "[runtime]") {
  Bench bench;
  CHECK(bench.comes_back_after(unavailable, 5ms));
  for (int woken = 0; woken < 8; ++woken) {
    bench.queue.add("a");
    bench.run({unavailable});
  }
  bench.clock.advance(9ms);
  CHECK(drain(bench.queue).empty());
  bench.clock.advance(1ms);
  CHECK(drain(bench.queue) == std::vector<std::string>{"a"});
  CHECK(bench.comes_back_after(unavailable, 20ms));
}

TEST_CASE("a trigger by a user forgets the failures", "[runtime]") {
  Bench bench;
  CHECK(bench.comes_back_after(unavailable, 5ms));
  CHECK(bench.comes_back_after(unavailable, 10ms));
  bench.controller.forget("a");
  CHECK(bench.comes_back_after(unavailable, 5ms));
}

TEST_CASE("the server's wish wins when it is longer than the back-off", "[runtime]") {
  Bench bench;
  const auto asks = [](base::Millis wait) -> Scripted::Step {
    return [wait] {
      return base::fail(base::Error{.kind = ErrorKind::kThrottled, .message = "slow", .retry_after = wait});
    };
  };
  CHECK(bench.comes_back_after(asks(32s), 32s));
  CHECK(bench.comes_back_after(asks(1ms), 10ms));
}

TEST_CASE("an error that no retry can mend is counted, logged once and dropped", "[runtime]") {
  Bench bench;
  bench.queue.add("a");
  bench.run({[] { return base::fail(ErrorKind::kInvalid, "no such port"); }});
  CHECK(bench.queue.stats().delayed == 0);
  CHECK(bench.exposes(R"(controller_runtime_terminal_reconcile_errors_total{controller="namespace"} 1)"));
  CHECK(bench.exposes(R"(controller_runtime_reconcile_errors_total{controller="namespace"} 1)"));
  CHECK(bench.logged(" warn ") == 1);
  CHECK(bench.logged("no such port") == 1);
}

TEST_CASE("an exception of a reconciler is a retried failure of ours", "[runtime]") {
  Bench bench;
  CHECK(bench.comes_back_after([]() -> base::Result<Outcome> { throw std::runtime_error("bang"); }, 5ms));
  CHECK(bench.comes_back_after([]() -> base::Result<Outcome> { throw 7; }, 10ms));  // NOLINT
  CHECK(bench.exposes(R"(controller_runtime_reconcile_panics_total{controller="namespace"} 2)"));
  CHECK(bench.exposes(R"(controller_runtime_reconcile_total{controller="namespace",result="error"} 2)"));
  CHECK(bench.exposes(R"(controller_runtime_active_workers{controller="namespace"} 0)"));
  CHECK(bench.logged("bang") == 1);
}

TEST_CASE("a run that is cut short by the stop is no failure", "[runtime]") {
  Bench bench;
  bench.queue.add("a");
  bench.run({[] { return base::fail(ErrorKind::kCancelled, "stopping"); }});
  CHECK(bench.logged(" warn ") == 0);
  CHECK(bench.exposes(R"(controller_runtime_terminal_reconcile_errors_total{controller="namespace"} 0)"));
}

TEST_CASE("every run logs its controller, its key and an id of its own", "[runtime]") {
  Bench bench;
  bench.queue.add("a");
  bench.queue.add("b");
  bench.run({succeed, succeed});
  REQUIRE(bench.lines.size() == 2);
  const std::regex line("controller=namespace key=[ab] reconcileID=([0-9a-f]{8})$");
  std::smatch first;
  std::smatch second;
  REQUIRE(std::regex_search(bench.lines[0], first, line));
  REQUIRE(std::regex_search(bench.lines[1], second, line));
  CHECK(first[1] != second[1]);
}

TEST_CASE("several workers run different keys at the same time", "[runtime]") {
  class Meeting final : public runtime::Reconciler {
   public:
    base::Result<Outcome> reconcile(const std::string&, const base::Log&, const std::stop_token& token) override {
      if (++here == 3) stop.request_stop();  // the others wait for this
      while (!token.stop_requested()) std::this_thread::yield();
      return Outcome{};
    }
    std::atomic<int> here{0};
    std::stop_source stop;
  };
  ManualClock clock;
  runtime::Queue queue{clock};
  Meeting meeting;
  runtime::Metrics metrics;
  const base::Log log{base::LogLevel::kError, base::LogFormat::kText, [](std::string_view) {}};
  runtime::Controller controller{{.name = "n", .workers = 3}, queue, meeting, clock, [] { return 0.0; }, log, metrics};
  for (const char* key : {"a", "b", "c"}) queue.add(key);
  controller.run(meeting.stop.get_token());
  CHECK(meeting.here == 3);
  CHECK(queue.stats().processing == 0);
  CHECK(metrics.expose().find(R"(controller_runtime_max_concurrent_reconciles{controller="n"} 3)") !=
        std::string::npos);
}
