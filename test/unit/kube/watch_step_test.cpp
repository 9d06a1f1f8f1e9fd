#include "kube/watch_step.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>

#include "kube/watch_waits.hpp"

namespace {

using namespace std::chrono_literals;
using base::ErrorKind;
using kube::Effect;
using kube::EventType;
using kube::ListOptions;
using kube::Notice;
using kube::Phase;
using kube::WatchOptions;

const base::Random kNoJitter = [] { return 0.0; };

base::Error error(ErrorKind kind, int status = 0, std::string reason = {}) {
  base::Error made;
  made.kind = kind;
  made.message = "m";
  made.http_status = status;
  made.reason = std::move(reason);
  return made;
}

kube::Event event(EventType type, std::string version, bool initial_end = false) {
  kube::Event made;
  made.type = type;
  made.resource_version = std::move(version);
  made.initial_events_end = initial_end;
  return made;
}

/// The machine with a hand on its clock.
struct Machine {
  base::SteadyTime now = base::SteadyTime{} + 1h;
  base::Random random = kNoJitter;
  kube::Step last = kube::start({now, random});

  kube::Step& give(const kube::Input& input, std::chrono::milliseconds after = 0ms) {
    now += after;
    last = kube::step(std::move(last.state), input, {now, random});
    return last;
  }
  Machine& on(const kube::Input& input, std::chrono::milliseconds after = 0ms) {
    give(input, after);
    return *this;
  }
  /// Keeps quiet for as long as the machine reads on, at most for `limit`; how long that was.
  std::chrono::milliseconds quiet(std::chrono::milliseconds limit) {
    const auto from = now;
    while (reads() && now - from < limit) give(kube::Quiet{}, std::get<kube::Read>(last.action).silence);
    return std::chrono::duration_cast<std::chrono::milliseconds>(now - from);
  }
  [[nodiscard]] bool reads() const { return std::holds_alternative<kube::Read>(last.action); }
  [[nodiscard]] const ListOptions* list() const { return std::get_if<ListOptions>(&last.action); }
  [[nodiscard]] const WatchOptions* watch() const { return std::get_if<WatchOptions>(&last.action); }
};

/// A machine that watches from version 10 on, by WatchList.
Machine watching() {
  Machine machine;
  machine.on(kube::Opened{}).on(event(EventType::kAdded, "7")).on(event(EventType::kBookmark, "10", true));
  REQUIRE(machine.last.state.phase == Phase::kWatching);
  return machine;
}

/// A machine whose server knows no WatchList, before its first page.
Machine listing() {
  Machine machine;
  machine.on(error(ErrorKind::kRejected, 422));
  REQUIRE(machine.list());
  return machine;
}

/// As above, watching from version 10 on.
Machine watching_after_pages() {
  Machine machine = listing();
  machine.on(kube::PageRead{"10", ""}).on(kube::Opened{});
  return machine;
}

}  // namespace

// ---- filling

TEST_CASE("an informer begins with a watch that lists", "[kube]") {
  const Machine machine;
  REQUIRE(machine.watch());
  CHECK(machine.watch()->send_initial_events);
  CHECK(machine.watch()->resource_version.empty());
  CHECK(machine.watch()->timeout_seconds >= 300);
  CHECK(machine.watch()->timeout_seconds < 600);
  CHECK(machine.last.wait == 0ms);
}

TEST_CASE("watches do not all end together", "[kube]") {
  std::set<int> timeouts;
  for (int i = 0; i < 100; ++i) {
    const base::Random random = [i] { return i / 100.0; };
    timeouts.insert(std::get<WatchOptions>(kube::start({{}, random}).action).timeout_seconds);
  }
  CHECK(timeouts.size() == 100);
  CHECK(*timeouts.begin() == 300);
  CHECK(*timeouts.rbegin() == 597);
}

TEST_CASE("initial events go aside until the bookmark that ends them", "[kube]") {
  Machine machine;
  machine.on(kube::Opened{});
  CHECK(machine.give(event(EventType::kAdded, "900")).effect == Effect::kAdd);
  CHECK(machine.give(event(EventType::kModified, "901")).effect == Effect::kAdd);
  CHECK(machine.give(event(EventType::kDeleted, "902")).effect == Effect::kDrop);
  CHECK(machine.give(event(EventType::kBookmark, "903")).effect == Effect::kKeep);
  CHECK(machine.give(event(EventType::kUnknown, "904")).effect == Effect::kKeep);
  CHECK(machine.last.state.resource_version.empty());
  CHECK(machine.give(event(EventType::kBookmark, "905", true)).effect == Effect::kCommit);
  CHECK(machine.last.state.resource_version == "905");
  CHECK(machine.reads());
}

TEST_CASE("a connection that breaks among initial events starts over without their versions", "[kube]") {
  Machine machine;
  machine.on(kube::Opened{}).on(event(EventType::kAdded, "900")).on(error(ErrorKind::kUnavailable), 5s);
  REQUIRE(machine.watch());
  CHECK(machine.watch()->send_initial_events);
  CHECK(machine.watch()->resource_version.empty());
}

TEST_CASE("a server that refuses initial events is listed by pages, for good", "[kube]") {
  for (const int status : {400, 405, 415, 422}) {
    Machine machine;
    machine.on(error(ErrorKind::kRejected, status));
    CHECK(machine.last.notice == Notice::kFellBack);
    CHECK(machine.last.wait == 0ms);
    REQUIRE(machine.list());
    CHECK(machine.list()->limit == 500);
    CHECK(machine.list()->resource_version.empty());
    machine.on(kube::PageRead{"10", ""}).on(kube::Opened{}).on(error(ErrorKind::kExpired, 410));
    CHECK(machine.list());
    CHECK(machine.last.notice == Notice::kNone);
  }
}

TEST_CASE("a server that takes initial events for an ordinary watch is listed by pages", "[kube]") {
  SECTION("when it falls silent") {
    Machine machine;
    machine.on(kube::Opened{}).on(event(EventType::kAdded, "5"), 3s);
    CHECK(machine.quiet(1min) == 10s);
    CHECK(machine.last.notice == Notice::kFellBack);
    CHECK(machine.list());
  }
  SECTION("when it ends the watch") {
    Machine machine;
    machine.on(kube::Opened{}).on(kube::Ended{}, 3s);
    CHECK(machine.last.notice == Notice::kFellBack);
    CHECK(machine.list());
  }
}

TEST_CASE("a server that is slow with initial events is given time", "[kube]") {
  Machine machine;
  machine.on(kube::Opened{});
  for (int i = 0; i < 100; ++i) machine.on(event(EventType::kAdded, "5"), 9s);
  CHECK(machine.reads());
}

TEST_CASE("a damaged or endless initial event leads to pages", "[kube]") {
  for (const auto kind : {ErrorKind::kInvalid, ErrorKind::kTooLarge}) {
    Machine machine;
    machine.on(kube::Opened{}).on(error(kind));
    CHECK(machine.list());
    CHECK(machine.last.wait == 800ms);
  }
}

TEST_CASE("pages follow each other to the last, then comes the watch", "[kube]") {
  Machine machine = listing();
  CHECK(machine.give(kube::PageRead{"10", "c1"}).effect == Effect::kKeep);
  REQUIRE(machine.list());
  CHECK(machine.list()->continue_token == "c1");
  CHECK(machine.list()->limit == 500);
  machine.on(kube::PageRead{"10", "c2"});
  CHECK(machine.list()->continue_token == "c2");
  CHECK(machine.give(kube::PageRead{"10", ""}).effect == Effect::kCommit);
  CHECK(machine.last.state.resource_version == "10");
  REQUIRE(machine.watch());
  CHECK(machine.watch()->resource_version == "10");
  CHECK_FALSE(machine.watch()->send_initial_events);
}

TEST_CASE("a continue token that expires in mid-list leads to one whole list", "[kube]") {
  Machine machine = listing();
  machine.on(kube::PageRead{"10", "c1"}).on(error(ErrorKind::kExpired, 410));
  REQUIRE(machine.list());
  CHECK(machine.list()->continue_token.empty());
  CHECK(machine.list()->resource_version.empty());
  CHECK(machine.list()->limit == 0);
  SECTION("and when that is too large, to pages again") {
    machine.on(error(ErrorKind::kTooLarge));
    CHECK(machine.list()->limit == 500);
  }
  SECTION("and then to pages the next time") {
    machine.on(kube::PageRead{"11", ""}).on(kube::Opened{});
    CHECK_FALSE(machine.last.state.whole);
  }
}

TEST_CASE("a busy server is asked for the same page again", "[kube]") {
  Machine machine = listing();
  machine.on(kube::PageRead{"10", "c1"}).on(error(ErrorKind::kThrottled, 429));
  REQUIRE(machine.list());
  CHECK(machine.list()->continue_token == "c1");
  CHECK(machine.last.wait == 800ms);
}

TEST_CASE("pages that go round in a circle are an error", "[kube]") {
  Machine machine = listing();
  machine.on(kube::PageRead{"10", "c1"}).on(kube::PageRead{"10", "c1"});
  REQUIRE(machine.list());
  CHECK(machine.list()->continue_token.empty());
  CHECK(machine.last.wait == 800ms);
}

// ---- watching

TEST_CASE("events go to the store and bring the version forward", "[kube]") {
  Machine machine = watching();
  CHECK(machine.give(event(EventType::kAdded, "11")).effect == Effect::kUpsert);
  CHECK(machine.give(event(EventType::kModified, "12")).effect == Effect::kUpsert);
  CHECK(machine.give(event(EventType::kDeleted, "13")).effect == Effect::kRemove);
  CHECK(machine.last.state.resource_version == "13");
  CHECK(machine.give(event(EventType::kBookmark, "20")).effect == Effect::kKeep);
  CHECK(machine.last.state.resource_version == "20");
}

TEST_CASE("an unknown type of event is ignored, with its version", "[kube]") {
  Machine machine = watching();
  CHECK(machine.give(event(EventType::kUnknown, "99")).effect == Effect::kKeep);
  CHECK(machine.last.state.resource_version == "10");
  CHECK(machine.reads());
}

TEST_CASE("an event without a version keeps the last one", "[kube]") {
  Machine machine = watching();
  machine.on(event(EventType::kBookmark, ""));
  CHECK(machine.last.state.resource_version == "10");
}

TEST_CASE("a watch that ends in the regular way is opened again at once, where it was", "[kube]") {
  Machine machine = watching();
  machine.on(event(EventType::kBookmark, "20"), 1min).on(kube::Ended{}, 5min);
  CHECK(machine.last.wait == 0ms);
  REQUIRE(machine.watch());
  CHECK(machine.watch()->resource_version == "20");
  CHECK_FALSE(machine.watch()->send_initial_events);
}

TEST_CASE("a watch that ends at once without an event is waited for, longer each time", "[kube]") {
  Machine machine = watching();
  machine.on(kube::Ended{}, 5min);
  std::vector<std::chrono::milliseconds> waits;
  for (int i = 0; i < 8; ++i) {
    machine.on(kube::Opened{}, machine.last.wait).on(kube::Ended{}, 10ms);
    waits.push_back(machine.last.wait);
    REQUIRE(machine.watch());
    CHECK(machine.watch()->resource_version == "10");
  }
  CHECK(waits == std::vector<std::chrono::milliseconds>{800ms, 1600ms, 3200ms, 6400ms, 12800ms, 25600ms, 30s, 30s});
}

TEST_CASE("a short watch with an event is no error", "[kube]") {
  Machine machine = watching();
  machine.on(kube::Ended{}, 5min).on(kube::Opened{}).on(event(EventType::kAdded, "11"), 5ms).on(kube::Ended{}, 5ms);
  CHECK(machine.last.wait == 0ms);
}

TEST_CASE("an expired version leads to a list that is not older, and only its refusal to the newest", "[kube]") {
  SECTION("by watch") {
    Machine machine = watching();
    machine.on(error(ErrorKind::kExpired, 410), 5min);
    CHECK(machine.last.wait == 0ms);
    REQUIRE(machine.watch());
    CHECK(machine.watch()->send_initial_events);
    CHECK(machine.watch()->resource_version == "10");
    machine.on(error(ErrorKind::kExpired, 410));
    CHECK(machine.watch()->send_initial_events);
    CHECK(machine.watch()->resource_version.empty());
    CHECK(machine.last.wait > 0ms);
    machine.on(kube::Opened{}, 1s).on(event(EventType::kBookmark, "30", true)).on(error(ErrorKind::kExpired, 410));
    CHECK(machine.watch()->resource_version == "30");
  }
  SECTION("by pages") {
    Machine machine = watching_after_pages();
    machine.on(error(ErrorKind::kExpired, 410), 5min);
    REQUIRE(machine.list());
    CHECK(machine.list()->resource_version == "10");
    CHECK(machine.list()->resource_version_match == "NotOlderThan");
    CHECK(machine.list()->limit == 0);
    machine.on(error(ErrorKind::kExpired, 410));
    CHECK(machine.list()->resource_version.empty());
    CHECK(machine.list()->limit == 500);
  }
}

TEST_CASE("a server that is behind our version is asked for what it has", "[kube]") {
  for (const auto& behind : {error(ErrorKind::kUnavailable, 504, "Timeout"),
                             error(ErrorKind::kUnavailable, 500, "ResourceVersionTooLarge")}) {
    Machine machine = watching_after_pages();
    machine.on(error(ErrorKind::kExpired, 410)).on(behind);
    REQUIRE(machine.list());
    CHECK(machine.list()->resource_version.empty());
  }
}

TEST_CASE("a watch refused as malformed leads to a new list of the newest, still by watch", "[kube]") {
  Machine machine = watching();
  machine.on(kube::Ended{}, 5min).on(error(ErrorKind::kRejected, 400));
  REQUIRE(machine.watch());
  CHECK(machine.watch()->send_initial_events);
  CHECK(machine.watch()->resource_version.empty());
}

TEST_CASE("a damaged or endless event leads to a new list", "[kube]") {
  for (const auto kind : {ErrorKind::kInvalid, ErrorKind::kTooLarge}) {
    Machine machine = watching();
    machine.on(error(kind), 5min);
    REQUIRE(machine.watch());
    CHECK(machine.watch()->send_initial_events);
    CHECK(machine.last.wait == 800ms);
  }
}

TEST_CASE("server trouble is waited out where the watch was", "[kube]") {
  for (const auto& trouble : {error(ErrorKind::kThrottled, 429), error(ErrorKind::kUnavailable, 503),
                              error(ErrorKind::kForbidden, 403), error(ErrorKind::kUnauthorized, 401)}) {
    Machine machine = watching();
    machine.on(trouble, 5min);
    CHECK(machine.last.wait == 800ms);
    REQUIRE(machine.watch());
    CHECK(machine.watch()->resource_version == "10");
    CHECK_FALSE(machine.watch()->send_initial_events);
  }
}

TEST_CASE("a server that keeps failing from one version on is listed anew", "[kube]") {
  Machine machine = watching();
  for (int i = 0; i < 4; ++i) machine.on(error(ErrorKind::kUnavailable, 500));
  CHECK_FALSE(machine.watch()->send_initial_events);
  machine.on(error(ErrorKind::kUnavailable, 500));
  CHECK(machine.watch()->send_initial_events);
}

TEST_CASE("a kind that is uninstalled is listed anew when it comes back", "[kube]") {
  Machine machine = watching();
  machine.on(kube::Ended{}, 5min).on(error(ErrorKind::kNotFound, 404));
  REQUIRE(machine.watch());
  CHECK(machine.watch()->send_initial_events);
}

TEST_CASE("a connection that breaks after a while is opened again at once, and waited for when it breaks again",
          "[kube]") {
  Machine machine = watching();
  machine.on(error(ErrorKind::kUnavailable), 5min);
  CHECK(machine.last.wait == 0ms);
  CHECK(machine.last.notice == Notice::kNone);
  CHECK(machine.watch()->resource_version == "10");
  machine.on(error(ErrorKind::kUnavailable));
  CHECK(machine.last.wait == 1600ms);
}

// ---- silence

TEST_CASE("a silent watch is read in slices, so that its thread shows life", "[kube]") {
  Machine machine = watching();
  CHECK(std::get<kube::Read>(machine.last.action).silence == 1s);
  machine.on(kube::Quiet{}, 1s);
  CHECK(std::get<kube::Read>(machine.last.action).silence == 15s);
}

TEST_CASE("a watch without bookmarks is dead 5 s after the server should have ended it", "[kube]") {
  Machine machine = watching();
  CHECK(machine.quiet(1h) == 305s);
  CHECK(machine.watch()->resource_version == "10");
  CHECK(machine.last.wait == 0ms);
}

TEST_CASE("a watch whose bookmarks stop is dead after 90 s", "[kube]") {
  Machine machine = watching();
  machine.on(event(EventType::kBookmark, "20"), 1min);
  CHECK(machine.quiet(1h) == 90s);
  CHECK(machine.last.notice == Notice::kLost);
  REQUIRE(machine.watch());
  CHECK(machine.watch()->resource_version == "20");
  SECTION("but a server that stopped sending them is not taken for dead again and again") {
    machine.on(kube::Opened{});
    CHECK(machine.quiet(1h) == 305s);
  }
}

TEST_CASE("bytes that are not yet an event are life", "[kube]") {
  Machine machine = watching();
  machine.on(event(EventType::kBookmark, "20"), 1min);
  for (int i = 0; i < 100; ++i) machine.on(kube::Heard{}, 80s);
  CHECK(machine.reads());
}

// ---- back-off

TEST_CASE("delays double to 30 s and stretch up to twice that", "[kube]") {
  const auto trouble = error(ErrorKind::kThrottled, 429);
  CHECK(kube::watch_wait(trouble, 1, kNoJitter) == 800ms);
  CHECK(kube::watch_wait(trouble, 3, kNoJitter) == 3200ms);
  CHECK(kube::watch_wait(trouble, 20, kNoJitter) == 30s);
  CHECK(kube::watch_wait(trouble, 20, [] { return 0.999; }) < 60s);
  CHECK(kube::watch_wait(trouble, 20, [] { return 0.999; }) > 59s);
}

TEST_CASE("a server that restarts, hangs or lacks the kind is looked at every 5 s at the least", "[kube]") {
  for (const auto kind : {ErrorKind::kUnavailable, ErrorKind::kTimeout, ErrorKind::kNotFound}) {
    CHECK(kube::watch_wait(error(kind), 1000, [] { return 0.999; }) <= 5s);
  }
}

TEST_CASE("Retry-After wins when it is longer, within reason", "[kube]") {
  auto trouble = error(ErrorKind::kThrottled, 429);
  for (const auto& [asked, wait] : std::map<std::chrono::milliseconds, std::chrono::milliseconds>{
           {0ms, 800ms}, {1s, 1s}, {32s, 32s}, {24h, 2min}}) {
    trouble.retry_after = asked;
    CHECK(kube::watch_wait(trouble, 1, kNoJitter) == wait);
  }
}

TEST_CASE("two minutes without a failure forget those before", "[kube]") {
  Machine machine = watching();
  for (int i = 0; i < 6; ++i) machine.on(error(ErrorKind::kThrottled, 429));
  CHECK(machine.last.wait == 25600ms);
  machine.on(kube::Opened{}, machine.last.wait).on(error(ErrorKind::kThrottled, 429), 119s);
  CHECK(machine.last.wait == 30s);
  machine.on(kube::Opened{}, machine.last.wait).on(error(ErrorKind::kThrottled, 429), 120s);
  CHECK(machine.last.wait == 800ms);
}

TEST_CASE("a server that answers after it was away is not waited for as if it still were", "[kube]") {
  Machine machine = watching();
  for (int i = 0; i < 8; ++i) machine.on(error(ErrorKind::kUnavailable));
  machine.on(error(ErrorKind::kForbidden, 403));  // its rules are not loaded yet
  CHECK(machine.last.wait == 800ms);
  machine.on(error(ErrorKind::kForbidden, 403));
  CHECK(machine.last.wait == 1600ms);
}

TEST_CASE("a version that expired in an outage is given up at once, and waited for when the next one does", "[kube]") {
  Machine machine = watching();
  for (int i = 0; i < 8; ++i) machine.on(error(ErrorKind::kUnavailable));
  machine.on(error(ErrorKind::kForbidden, 403)).on(error(ErrorKind::kExpired, 410));
  CHECK(machine.last.wait == 0ms);
  REQUIRE(machine.watch());
  CHECK(machine.watch()->send_initial_events);
  machine.on(error(ErrorKind::kExpired, 410));
  CHECK(machine.last.wait > 0ms);
}

// ---- notices

TEST_CASE("a loss is told once for each kind of failure, and so is the return", "[kube]") {
  Machine machine;
  CHECK(machine.give(error(ErrorKind::kUnavailable)).notice == Notice::kLost);
  CHECK(machine.give(error(ErrorKind::kUnavailable)).notice == Notice::kNone);
  CHECK(machine.give(error(ErrorKind::kNotFound, 404)).notice == Notice::kLost);
  CHECK(machine.give(error(ErrorKind::kUnavailable)).notice == Notice::kNone);
  CHECK(machine.give(error(ErrorKind::kNotFound, 404)).notice == Notice::kNone);
  CHECK(machine.give(kube::Opened{}).notice == Notice::kNone);
  CHECK(machine.give(event(EventType::kBookmark, "10", true)).notice == Notice::kRegained);
  CHECK(machine.give(event(EventType::kAdded, "11")).notice == Notice::kNone);
}

TEST_CASE("a quiet watch is regained when it outlives its first second", "[kube]") {
  Machine machine = watching();
  machine.on(kube::Ended{}, 5min).on(error(ErrorKind::kUnavailable));
  CHECK(machine.last.notice == Notice::kLost);
  CHECK(machine.give(kube::Opened{}).notice == Notice::kNone);
  CHECK(machine.give(kube::Quiet{}, 1s).notice == Notice::kRegained);
}

TEST_CASE("a server that ends each watch at once is told of once", "[kube]") {
  Machine machine = watching();
  machine.on(kube::Ended{}, 5min);
  int told = 0;
  for (int i = 0; i < 50; ++i) {
    machine.on(kube::Opened{}, machine.last.wait).on(kube::Ended{}, 10ms);
    told += machine.last.notice == Notice::kNone ? 0 : 1;
  }
  CHECK(told == 1);
}

// ---- everything at once

TEST_CASE("whatever happens in whatever order, requests are bounded and the machine goes on", "[kube]") {
  std::mt19937 engine(1);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same run each time
  const std::vector<kube::Input> failures = {error(ErrorKind::kExpired, 410),   error(ErrorKind::kRejected, 422),
                                             error(ErrorKind::kUnavailable),    error(ErrorKind::kUnavailable, 504),
                                             error(ErrorKind::kThrottled, 429), error(ErrorKind::kInvalid),
                                             error(ErrorKind::kNotFound, 404)};
  const std::vector<kube::Input> pages = {kube::PageRead{"10", ""}, kube::PageRead{"10", "c"},
                                          kube::PageRead{"10", "d"}};
  const std::vector<kube::Input> opens = {kube::Opened{}};
  const std::vector<kube::Input> reads = {kube::Heard{},
                                          kube::Quiet{},
                                          kube::Ended{},
                                          event(EventType::kAdded, "11"),
                                          event(EventType::kDeleted, "12"),
                                          event(EventType::kBookmark, "13"),
                                          event(EventType::kBookmark, "14", true),
                                          event(EventType::kUnknown, "15")};
  const auto any = [&](const std::vector<kube::Input>& of) { return of[engine() % of.size()]; };
  Machine machine;
  for (int i = 0; i < 200'000; ++i) {
    const auto& answers = machine.reads() ? reads : machine.list() ? pages : opens;
    machine.on(any(engine() % 10 == 0 ? failures : answers), std::chrono::milliseconds(engine() % 2000));
    if (const auto* list = machine.list()) {
      REQUIRE((list->resource_version.empty() || list->limit == 0));  // B3
      REQUIRE(machine.last.state.phase == Phase::kListing);
    }
    if (const auto* watch = machine.watch()) {
      REQUIRE(watch->timeout_seconds >= 300);
      REQUIRE(watch->timeout_seconds < 600);
    }
    if (machine.reads()) REQUIRE(std::get<kube::Read>(machine.last.action).silence > 0ms);
    REQUIRE(machine.last.wait <= 60s);
  }
}

TEST_CASE("a server that answers everything with one failure is asked less than twice a second", "[kube]") {
  for (const auto& answer :
       {error(ErrorKind::kExpired, 410), error(ErrorKind::kRejected, 422), error(ErrorKind::kUnavailable),
        error(ErrorKind::kUnavailable, 503), error(ErrorKind::kThrottled, 429), error(ErrorKind::kInvalid),
        error(ErrorKind::kTooLarge), error(ErrorKind::kNotFound, 404), error(ErrorKind::kForbidden, 403),
        error(ErrorKind::kInternal), error(ErrorKind::kTls), error(ErrorKind::kCancelled)}) {
    for (const bool at_open : {true, false}) {
      Machine machine = watching();
      std::chrono::milliseconds waited{0};
      const int requests = 50;
      for (int i = 0; i < requests; ++i) {
        if (!at_open && machine.watch()) machine.on(kube::Opened{});
        machine.on(answer, 1ms);
        waited += machine.last.wait;
        machine.now += machine.last.wait;
      }
      INFO(base::name(answer.kind));
      CHECK(waited > 25s);
    }
  }
}
