#include "runtime/elector.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <memory>
#include <random>

#include "fake_lease.hpp"
#include "manual_clock.hpp"

using namespace std::chrono_literals;
using runtime::Elector;
using Fault = FakeLease::Fault;

namespace {

struct Candidate {
  Candidate(const std::string& identity, FakeLease& api, ManualClock& at)
      : options{.ns = "ns", .name = "election", .identity = identity}, clock(at), elector(options, api, at) {}

  /// "us", "other" or "error".
  std::string attempt() {
    const auto held = elector.attempt(clock.steady() + 10s, {});
    if (!held) return "error";
    return *held == Elector::Holder::kUs ? "us" : "other";
  }

  runtime::LeaseOptions options;
  ManualClock& clock;
  Elector elector;
};

struct Bench {
  ManualClock clock;
  FakeLease api{[this](base::Millis time) { clock.advance(time); }};
  Candidate a{"a", api, clock};
  Candidate b{"b", api, clock};

  void next_call(const std::string& method, Fault fault) {
    api.fault_of = [this, method, fault](const http::Request& request) {
      if (request.method != method) return Fault::kNone;
      api.fault_of = nullptr;
      return fault;
    };
  }
};

}  // namespace

TEST_CASE("the first candidate makes the lease and holds it with client-go's fields", "[runtime]") {
  Bench bench;
  REQUIRE(bench.a.attempt() == "us");
  CHECK(bench.api.take_methods() == "GET PATCH PUT");
  const auto spec = bench.api.spec();
  CHECK(spec.at("holderIdentity") == "a");
  CHECK(spec.at("leaseDurationSeconds") == 15);
  CHECK(spec.at("leaseTransitions") == 0);
  CHECK(spec.at("acquireTime") == base::rfc3339_micro(bench.clock.now()));
  CHECK(spec.at("renewTime") == base::rfc3339_micro(bench.clock.now()));
}

TEST_CASE("a renewal is one PUT that moves only the renew time", "[runtime]") {
  Bench bench;
  REQUIRE(bench.a.attempt() == "us");
  const auto before = bench.api.spec();
  (void)bench.api.take_methods();
  bench.clock.advance(2s);
  REQUIRE(bench.a.attempt() == "us");
  CHECK(bench.api.take_methods() == "PUT");
  auto after = bench.api.spec();
  CHECK(after.at("renewTime") != before.at("renewTime"));
  after["renewTime"] = before.at("renewTime");
  CHECK(after == before);
}

TEST_CASE("two candidates that both find no lease do not both get it", "[runtime]") {
  Bench bench;
  bench.api.fault_of = [&](const http::Request& request) {
    if (request.method == "PATCH") {  // a has seen the 404; b is faster from here
      bench.api.fault_of = nullptr;
      REQUIRE(bench.b.attempt() == "us");
    }
    return Fault::kNone;
  };
  CHECK(bench.a.attempt() == "other");
  CHECK(bench.api.holder() == "b");
}

TEST_CASE("a candidate that is overtaken between its look and its write waits", "[runtime]") {
  Bench bench;
  bench.api.fault_of = [&](const http::Request& request) {
    if (request.method == "PUT") {
      bench.api.fault_of = nullptr;
      REQUIRE(bench.b.attempt() == "us");
    }
    return Fault::kNone;
  };
  CHECK(bench.a.attempt() == "other");
  CHECK(bench.a.attempt() == "other");
  CHECK(bench.a.elector.holder() == "b");
}

TEST_CASE("a lease is taken when it did not change for its own duration, whatever its times say", "[runtime]") {
  const std::string time = GENERATE("1970-01-01T00:00:00.000000Z", "2999-01-01T00:00:00.000000Z", "rubbish");
  Bench bench;
  bench.api.edit([&](nlohmann::json& lease) {
    lease["spec"] = {
        {"holderIdentity", "gone"}, {"leaseDurationSeconds", 40}, {"renewTime", time}, {"leaseTransitions", 6}};
  });
  CHECK(bench.a.attempt() == "other");
  bench.clock.advance(40s - 1ms);
  CHECK(bench.a.attempt() == "other");
  bench.clock.advance(1ms);
  CHECK(bench.a.attempt() == "us");
  CHECK(bench.api.spec().at("leaseTransitions") == 7);
  CHECK(bench.api.spec().at("leaseDurationSeconds") == 15);
}

TEST_CASE("each renewal of the holder starts the wait anew", "[runtime]") {
  Bench bench;
  REQUIRE(bench.a.attempt() == "us");
  for (int i = 0; i < 10; ++i) {
    bench.clock.advance(8s);
    CHECK(bench.b.attempt() == "other");
    REQUIRE(bench.a.attempt() == "us");
  }
  CHECK(bench.b.attempt() == "other");
  bench.clock.advance(15s);
  CHECK(bench.b.attempt() == "us");
}

TEST_CASE("a released lease is taken at the next look and keeps its count of transitions", "[runtime]") {
  Bench bench;
  REQUIRE(bench.a.attempt() == "us");
  CHECK(bench.b.attempt() == "other");
  REQUIRE(bench.a.elector.release(bench.clock.steady() + 3s));
  CHECK(bench.api.holder().empty());
  CHECK(bench.api.spec().at("leaseDurationSeconds") == 1);
  CHECK(bench.api.spec().at("leaseTransitions") == 0);
  CHECK_FALSE(bench.a.elector.may_hold());
  CHECK(bench.b.attempt() == "us");
  CHECK(bench.api.spec().at("leaseTransitions") == 1);
}

TEST_CASE("an acquisition whose answer is lost is recognised at the next look", "[runtime]") {
  Bench bench;
  bench.next_call("PUT", Fault::kLostReply);
  CHECK(bench.a.attempt() == "error");
  CHECK(bench.a.elector.may_hold());
  CHECK(bench.api.holder() == "a");
  CHECK(bench.a.attempt() == "us");
  CHECK(bench.api.spec().at("leaseTransitions") == 0);
}

TEST_CASE("a renewal whose answer is lost is followed by a look and a renewal", "[runtime]") {
  Bench bench;
  REQUIRE(bench.a.attempt() == "us");
  const auto renewed = bench.a.elector.renewed_at();
  bench.next_call("PUT", Fault::kLostReply);
  CHECK(bench.a.attempt() == "error");
  CHECK(bench.a.elector.renewed_at() == renewed);  // not known, so not counted
  (void)bench.api.take_methods();
  CHECK(bench.a.attempt() == "us");
  CHECK(bench.api.take_methods() == "PUT GET PUT");
}

TEST_CASE("a renewal counts from when it was sent", "[runtime]") {
  Bench bench;
  REQUIRE(bench.a.attempt() == "us");
  const auto sent = bench.clock.steady();
  bench.api.fault_of = [&](const http::Request&) {
    bench.clock.advance(3s);  // the server takes its time
    return Fault::kNone;
  };
  CHECK(bench.a.attempt() == "us");
  CHECK(bench.a.elector.renewed_at() == sent);
}

TEST_CASE("a leader whose lease was annotated or touched by somebody goes on", "[runtime]") {
  Bench bench;
  REQUIRE(bench.a.attempt() == "us");
  bench.api.edit([](nlohmann::json& lease) { lease["metadata"]["annotations"]["note"] = "hands off"; });
  CHECK(bench.a.attempt() == "us");
  bool kept = false;
  bench.api.edit([&](nlohmann::json& lease) { kept = lease["metadata"]["annotations"]["note"] == "hands off"; });
  CHECK(kept);
}

TEST_CASE("a leader that finds another holder, none, or no lease has lost", "[runtime]") {
  Bench bench;
  REQUIRE(bench.a.attempt() == "us");
  SECTION("another") {
    bench.api.edit([](nlohmann::json& lease) { lease["spec"]["holderIdentity"] = "b"; });
  }
  SECTION("none") {
    bench.api.edit([](nlohmann::json& lease) { lease["spec"]["holderIdentity"] = ""; });
  }
  SECTION("deleted") { bench.api.remove(); }
  CHECK(bench.a.attempt() == "other");
  CHECK(bench.api.holder() != "a");
}

TEST_CASE("every call has its own deadline and all end by the given time", "[runtime]") {
  Bench bench;
  REQUIRE(bench.a.attempt() == "us");
  bench.api.deadlines.clear();
  bench.api.fault_of = [](const http::Request&) { return Fault::kHangs; };
  const auto until = bench.clock.steady() + 8s;
  for (int i = 0; i < 3; ++i) CHECK_FALSE(bench.a.elector.attempt(until, {}));
  CHECK(bench.api.deadlines == std::vector<base::Millis>{5s, 3s});
  CHECK(bench.clock.steady() == until);
}

TEST_CASE("what is not a Lease is an error and never a reason to lead", "[runtime]") {
  const std::string rubbish = GENERATE("", "null", "[]", "{}", R"({"metadata":{"resourceVersion":""}})",
                                       R"({"metadata":{"resourceVersion":"1"},"spec":{"holderIdentity":7}})",
                                       R"({"metadata":{"resourceVersion":"1"},"spec":{"leaseDurationSeconds":"x"}})");
  const auto lease = runtime::parse_lease(rubbish);
  REQUIRE_FALSE(lease);
  CHECK(lease.error().kind == base::ErrorKind::kInvalid);
}

namespace {

/// Candidates on one lease in virtual time: random faults and pauses, clocks that disagree, and others that act while a
/// call is under way. Who lost starts again as a new process.
class Chaos {
 public:
  explicit Chaos(unsigned seed) : random_(seed) {
    for (auto& member : members_) {
      member.clock.advance(base::Millis{pick(100'000)});
      restart(member);
    }
    api_.fault_of = [this](const http::Request&) {
      meanwhile();
      const int dice = pick(100);
      if (dice < 6) return Fault::kUnavailable;
      if (dice < 9) return Fault::kHangs;
      return dice < 14 ? Fault::kLostReply : Fault::kNone;
    };
    api_.replied = [this] { meanwhile(); };
  }

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      pass(base::Millis{pick(50) == 0 ? 20'000 : pick(2'500)});
      step(members_[static_cast<std::size_t>(pick(3))]);
    }
  }

  int most_leaders = 0;
  int elections = 0;

 private:
  struct Member {
    ManualClock clock;
    std::unique_ptr<Candidate> candidate;
    bool elected = false;
    bool busy = false;

    [[nodiscard]] bool leads() const {
      return elected && clock.steady() < candidate->elector.renewed_at() + candidate->options.renew_deadline;
    }
  };

  int pick(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }

  void pass(base::Millis time) {
    for (auto& member : members_) member.clock.advance(time);
  }

  void restart(Member& member) {
    member.elected = false;
    member.candidate = std::make_unique<Candidate>("p" + std::to_string(++processes_), api_, member.clock);
  }

  void meanwhile() {
    if (pick(4) != 0) return;
    pass(base::Millis{pick(5) == 0 ? 16'000 : pick(3'000)});
    step(members_[static_cast<std::size_t>(pick(3))]);
  }

  void step(Member& member) {
    if (member.busy) return;
    member.busy = true;
    if (member.elected && (!member.leads() || pick(40) == 0)) {
      const bool graceful = member.leads();
      member.elected = false;
      if (graceful) (void)member.candidate->elector.release(member.clock.steady() + 3s);
      restart(member);
    } else {
      const bool before = member.elected;
      const auto result = member.candidate->attempt();
      if (result == "other") member.elected = false;
      if (result == "us") member.elected = true;
      if (before && !member.elected) restart(member);
      if (!before && member.leads()) ++elections;
    }
    member.busy = false;
    const auto leaders = std::count_if(members_.begin(), members_.end(), [](const Member& m) { return m.leads(); });
    most_leaders = std::max(most_leaders, static_cast<int>(leaders));
  }

  std::mt19937 random_;
  std::array<Member, 3> members_;
  FakeLease api_{[this](base::Millis time) { pass(time); }};
  int processes_ = 0;
};

}  // namespace

TEST_CASE("never do two lead at once, whatever the network and the clocks do, and again and again one does",
          "[runtime]") {
  for (unsigned seed = 0; seed < 20; ++seed) {
    INFO("seed " << seed);
    Chaos chaos(seed);
    chaos.run(1'000);
    REQUIRE(chaos.most_leaders == 1);
    REQUIRE(chaos.elections > 20);
  }
}
