#include "runtime/lease.hpp"

#include <catch2/catch.hpp>
#include <thread>

#include "fake_lease.hpp"
#include "manual_clock.hpp"

using namespace std::chrono_literals;
using runtime::LeaseEnd;
using Fault = FakeLease::Fault;

namespace {

/// The loop on virtual time: its sleeps move the clock, and the test may act at the n-th.
struct Bench {
  ManualClock clock;
  FakeLease api{[this](base::Millis time) { clock.advance(time); }};
  runtime::Leadership leadership{clock};
  std::stop_source stop;
  std::vector<base::Millis> sleeps;
  std::function<void(std::size_t nth)> on_sleep = [](std::size_t) {};
  bool wait_for_work = false;  // a sleep ends when the work does: virtual time would outrun its thread
  std::vector<std::string> lines;
  base::Log log{base::LogLevel::kInfo, base::LogFormat::kText,
                [this](std::string_view line) { lines.emplace_back(line); }};
  std::function<void(const std::stop_token&)> lead = until_stopped;

  static void until_stopped(const std::stop_token& token) {
    while (!token.stop_requested()) std::this_thread::yield();
  }

  LeaseEnd run() {
    const runtime::LeaseOptions options{.ns = "ns",
                                        .name = "election",
                                        .identity = "me",
                                        .sleep =
                                            [this](base::Millis time, const std::stop_token& token) {
                                              while (wait_for_work && token.stop_possible() && !token.stop_requested())
                                                std::this_thread::yield();
                                              sleeps.push_back(time);
                                              clock.advance(time);
                                              on_sleep(sleeps.size());
                                              return !token.stop_requested();
                                            },
                                        .leadership = &leadership};
    return run_with_lease(
        options, api, clock, [] { return 0.5; }, log, lead, stop.get_token());
  }
  void stop_at(std::size_t nth) {
    on_sleep = [this, nth](std::size_t n) {
      if (n == nth) stop.request_stop();
    };
  }
  void others_lease() {
    api.edit([](nlohmann::json& lease) {
      lease["spec"] = {{"holderIdentity", "other"}, {"leaseDurationSeconds", 15}, {"leaseTransitions", 3}};
    });
  }
  [[nodiscard]] bool logged(const std::string& text) const {
    return std::any_of(lines.begin(), lines.end(),
                       [&](const std::string& line) { return line.find(text) != std::string::npos; });
  }
};

}  // namespace

TEST_CASE("a leader renews every retry period, and on stop releases after its work has returned", "[runtime]") {
  Bench bench;
  std::string holder_at_the_end;
  bench.lead = [&](const std::stop_token& token) {
    Bench::until_stopped(token);
    holder_at_the_end = bench.api.holder();
  };
  bench.stop_at(5);
  CHECK(bench.run() == LeaseEnd::kStopped);
  CHECK(holder_at_the_end == "me");
  CHECK(bench.api.holder().empty());
  CHECK(bench.sleeps.front() == 2s);
  CHECK(bench.logged("became leader"));
  CHECK(bench.logged("released the lease"));
  CHECK_FALSE(bench.leadership.holds());
}

TEST_CASE("a leader that winds up slowly keeps its lease until it is done", "[runtime]") {
  Bench bench;
  std::atomic<bool> may_end = false;
  bench.lead = [&](const std::stop_token&) {
    while (!may_end) std::this_thread::yield();
  };
  std::string holder_later;
  bench.on_sleep = [&](std::size_t n) {
    if (n == 3) bench.stop.request_stop();
    if (n != 40) return;  // far longer than the lease
    holder_later = bench.api.holder();
    may_end = true;
  };
  CHECK(bench.run() == LeaseEnd::kStopped);
  CHECK(holder_later == "me");
  CHECK(bench.api.holder().empty());
}

TEST_CASE("a candidate waits with jitter, says so once, and takes over when the lease expires", "[runtime]") {
  Bench bench;
  bench.others_lease();
  bench.lead = [](const std::stop_token&) {};
  CHECK(bench.run() == LeaseEnd::kStopped);
  REQUIRE(bench.sleeps.size() >= 5);
  for (std::size_t i = 0; i < 5; ++i) CHECK(bench.sleeps[i] == 3'200ms);  // 2 s * (1 + 0.5 * 1.2); 15 s / 3.2 s
  CHECK(std::count_if(bench.lines.begin(), bench.lines.end(), [](const std::string& line) {
          return line.find("waiting for the lease") != std::string::npos &&
                 line.find("holder=other") != std::string::npos;
        }) == 1);
  CHECK(bench.api.spec().at("leaseTransitions") == 4);
}

TEST_CASE("a candidate that is stopped leaves another's lease alone", "[runtime]") {
  Bench bench;
  bench.others_lease();
  bench.stop_at(2);
  CHECK(bench.run() == LeaseEnd::kStopped);
  CHECK(bench.api.take_methods() == "GET GET");
}

TEST_CASE("a candidate that is stopped while it may have got the lease gives it back", "[runtime]") {
  Bench bench;
  bench.api.fault_of = [&](const http::Request& request) {
    if (request.method != "PUT") return Fault::kNone;
    bench.api.fault_of = nullptr;
    bench.stop.request_stop();
    return Fault::kLostReply;
  };
  CHECK(bench.run() == LeaseEnd::kStopped);
  CHECK(bench.api.holder().empty());
  CHECK(bench.api.spec().at("leaseDurationSeconds") == 1);
}

TEST_CASE("a leader that cannot renew stops its work by the deadline and does not release", "[runtime]") {
  const auto fault = GENERATE(Fault::kUnavailable, Fault::kHangs, Fault::kLostReply);
  Bench bench;
  base::SteadyTime lost_at{};
  bench.lead = [&](const std::stop_token& token) {
    Bench::until_stopped(token);
    lost_at = bench.clock.steady();
  };
  base::SteadyTime renewed_at{};
  bench.on_sleep = [&](std::size_t n) {
    if (n != 3) return;
    renewed_at = bench.clock.steady() - 2s;
    bench.api.fault_of = [fault](const http::Request&) { return fault; };
  };
  CHECK(bench.run() == LeaseEnd::kLost);
  CHECK(lost_at == renewed_at + 10s);
  CHECK(bench.api.holder() == "me");
  CHECK(bench.logged("lost the lease"));
}

TEST_CASE("a leader rides out an outage that is shorter than the deadline", "[runtime]") {
  Bench bench;
  bench.on_sleep = [&](std::size_t n) {
    bench.api.fault_of = [n](const http::Request&) { return n == 3 || n == 4 ? Fault::kUnavailable : Fault::kNone; };
    if (n == 8) bench.stop.request_stop();
  };
  CHECK(bench.run() == LeaseEnd::kStopped);
  CHECK(bench.logged("cannot renew the lease"));
  CHECK_FALSE(bench.logged("lost the lease"));
}

TEST_CASE("a process that was paused past its deadline stops leading before it asks the network anything",
          "[runtime]") {
  Bench bench;
  bench.on_sleep = [&](std::size_t n) {
    if (n != 3) return;
    (void)bench.api.take_methods();
    CHECK(bench.leadership.holds());
    bench.clock.advance(20s);
    CHECK_FALSE(bench.leadership.holds());  // at once, though no thread of ours has run
  };
  CHECK(bench.run() == LeaseEnd::kLost);
  CHECK(bench.api.take_methods().empty());
}

TEST_CASE("a process that was paused while it acquired does not lead on a stale answer", "[runtime]") {
  Bench bench;
  bool led = false;
  bench.lead = [&](const std::stop_token&) { led = true; };
  int writes = 0;
  bench.api.fault_of = [&](const http::Request& request) {
    if (request.method == "PUT") ++writes;
    return Fault::kNone;
  };
  bench.api.replied = [&] {
    if (writes != 1) return;
    bench.clock.advance(60s);
    bench.others_lease();
    ++writes;
    bench.stop_at(3);
  };
  CHECK(bench.run() == LeaseEnd::kStopped);
  CHECK_FALSE(led);
  CHECK(bench.api.holder() == "other");
}

TEST_CASE("a leader whose lease another took stops at the next renewal", "[runtime]") {
  Bench bench;
  bench.on_sleep = [&](std::size_t n) {
    if (n == 3) bench.others_lease();
  };
  CHECK(bench.run() == LeaseEnd::kLost);
  CHECK(bench.sleeps.size() == 3);
  CHECK(bench.api.holder() == "other");
}

TEST_CASE("work that returns by itself ends the election and frees the lease", "[runtime]") {
  Bench bench;
  bench.lead = [&](const std::stop_token&) { CHECK(bench.leadership.holds()); };
  CHECK(bench.run() == LeaseEnd::kStopped);
  CHECK(bench.api.holder().empty());
}

TEST_CASE("a release is tried again when somebody else writes or the server fails, but not for ever", "[runtime]") {
  Bench bench;
  bench.wait_for_work = true;
  bench.lead = [](const std::stop_token&) {};
  int failures = 0;
  bench.on_sleep = [&](std::size_t) {
    if (failures++ == 0) bench.api.edit([](nlohmann::json& lease) { lease["metadata"]["annotations"]["x"] = "y"; });
  };
  SECTION("conflict") {
    CHECK(bench.run() == LeaseEnd::kStopped);
    CHECK(bench.api.holder().empty());
  }
  SECTION("an outage") {
    int calls = 0;
    bench.api.fault_of = [&](const http::Request&) { return ++calls <= 3 ? Fault::kNone : Fault::kHangs; };
    const auto start = bench.clock.steady();
    CHECK(bench.run() == LeaseEnd::kStopped);
    CHECK(bench.logged("cannot release the lease"));
    CHECK(bench.clock.steady() - start < 20s);
  }
}
