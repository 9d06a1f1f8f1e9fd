#include "kube/informer.hpp"

#include <catch2/catch.hpp>
#include <deque>
#include <memory>
#include <variant>

#include "api/core.hpp"
#include "kube/ingest.hpp"

namespace {

using namespace std::chrono_literals;
using base::ErrorKind;

class FakeClock final : public base::Clock {
 public:
  [[nodiscard]] base::WallTime now() const override { return {}; }
  [[nodiscard]] base::SteadyTime steady() const override { return time; }
  base::SteadyTime time = base::SteadyTime{} + 1h;
};

/// What a stream does next: bytes, silence, the end ("" bytes) or a failure.
struct Silence {};
using Turn = std::variant<std::string, Silence, base::Error>;

base::Error error(ErrorKind kind) {
  base::Error made;
  made.kind = kind;
  made.message = "scripted";
  return made;
}

struct Watch {
  int status = 200;
  std::deque<Turn> turns = {};
  std::string retry_after = {};
};
/// An answer to a list, to a watch, or none.
using Answer = std::variant<http::Response, Watch, base::Error>;

/// What the transport and its streams share. When the script is over, everybody is asked to stop.
struct Script {
  explicit Script(FakeClock& fake) : clock(fake) {}
  FakeClock& clock;
  std::deque<Answer> answers = {};
  std::stop_source stop = {};
  int open_streams = 0;
};

class FakeStream final : public http::Stream {
 public:
  FakeStream(Watch watch, Script& script) : watch_(std::move(watch)), script_(script) { ++script_.open_streams; }
  FakeStream(const FakeStream&) = delete;
  FakeStream& operator=(const FakeStream&) = delete;
  ~FakeStream() override { --script_.open_streams; }
  [[nodiscard]] int status() const override { return watch_.status; }
  [[nodiscard]] std::string header(std::string_view name) const override {
    return name == "Retry-After" ? watch_.retry_after : "";
  }
  [[nodiscard]] base::Result<std::string> read(std::chrono::milliseconds silence,
                                               const std::stop_token& stop) override {
    if (watch_.turns.empty() && script_.answers.empty()) script_.stop.request_stop();
    if (stop.stop_requested()) return base::fail(ErrorKind::kCancelled, "stopping");
    if (watch_.turns.empty()) return base::fail(ErrorKind::kUnavailable, "no more turns");
    Turn turn = std::move(watch_.turns.front());
    watch_.turns.pop_front();
    if (const auto* text = std::get_if<std::string>(&turn)) return *text;
    if (const auto* failure = std::get_if<base::Error>(&turn)) return base::fail(*failure);
    script_.clock.time += silence;
    return base::fail(ErrorKind::kTimeout, "quiet");
  }

 private:
  Watch watch_;
  Script& script_;
};

/// Answers in the order of the script.
class FakeTransport final : public http::Transport {
 public:
  explicit FakeTransport(FakeClock& clock) : all(clock) {}

  [[nodiscard]] base::Result<http::Response> send(const http::Request& request, const http::Limits&) override {
    auto answer = next(request);
    if (auto* response = std::get_if<http::Response>(&answer)) return std::move(*response);
    return base::fail(std::get<base::Error>(std::move(answer)));
  }
  [[nodiscard]] base::Result<std::unique_ptr<http::Stream>> open(const http::Request& request,
                                                                 const http::Limits&) override {
    CHECK(all.open_streams == 0);
    auto answer = next(request);
    if (auto* failure = std::get_if<base::Error>(&answer)) return base::fail(std::move(*failure));
    return std::make_unique<FakeStream>(std::get<Watch>(std::move(answer)), all);
  }

  Script all;
  std::deque<Answer>& script = all.answers;
  std::stop_source& stop = all.stop;
  std::vector<std::string> targets = {};

 private:
  Answer next(const http::Request& request) {
    targets.push_back(request.target);
    if (script.empty()) {
      stop.request_stop();
      return error(ErrorKind::kCancelled);
    }
    auto answer = std::move(script.front());
    script.pop_front();
    return answer;
  }
};

std::string object(const std::string& name, const std::string& version, const std::string& label = "x") {
  return R"({"metadata":{"name":")" + name + R"(","resourceVersion":")" + version + R"(","labels":{"l":")" + label +
         R"("}}})";
}
std::string event(const std::string& type, const std::string& json) {
  return R"({"type":")" + type + R"(","object":)" + json + "}\n";
}
std::string initial_end(const std::string& version) {
  return event("BOOKMARK", R"({"metadata":{"resourceVersion":")" + version +
                               R"(","annotations":{"k8s.io/initial-events-end":"true"}}})");
}
std::string status(int code, const std::string& reason) {
  return R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"m","reason":")" + reason +
         R"(","code":)" + std::to_string(code) + "}";
}
http::Response response(int code, std::string body) {
  http::Response made;
  made.status = code;
  made.body = std::move(body);
  return made;
}
http::Response page(const std::string& items, const std::string& version, const std::string& token = "") {
  return response(200, R"({"metadata":{"resourceVersion":")" + version + R"(","continue":")" + token +
                           R"("},"items":[)" + items + "]}");
}

/// An informer of namespaces on a script; `run` ends with the script.
struct Rig {
  FakeClock clock;
  FakeTransport transport{clock};
  kube::Store<api::Namespace> store;
  std::vector<std::string> changes;  ///< "+a" new, "-a" gone, "~a" changed
  std::vector<std::string> lines;
  std::vector<std::chrono::milliseconds> sleeps;
  int beats = 0;

  void run() {
    const kube::InformerDeps deps{.transport = transport,
                                  .clock = clock,
                                  .random = [] { return 0.0; },
                                  .log = base::Log(base::LogLevel::kInfo, base::LogFormat::kText,
                                                   [this](std::string_view line) { lines.emplace_back(line); }),
                                  .heartbeat = [this] { ++beats; },
                                  .sleep =
                                      [this](std::chrono::milliseconds time, const std::stop_token& stop) {
                                        sleeps.push_back(time);
                                        clock.time += time;
                                        return !stop.stop_requested();
                                      }};
    kube::run_informer<api::Namespace>(
        deps, kube::namespaces(), kube::parse_namespace, store,
        [this](const kube::Store<api::Namespace>::Change& change) {
          const char sign = !change.before ? '+' : change.after ? '~' : '-';
          changes.push_back(sign + (change.after ? *change.after : *change.before).meta.name);
        },
        transport.stop.get_token());
    CHECK(transport.all.open_streams == 0);
  }
  [[nodiscard]] std::string label(std::string_view name) const {
    const auto found = store.get("", name);
    return found ? found->labels.front().second : "none";
  }
  [[nodiscard]] int logged(std::string_view text) const {
    return static_cast<int>(std::count_if(
        lines.begin(), lines.end(), [&](const std::string& line) { return line.find(text) != std::string::npos; }));
  }
};

}  // namespace

TEST_CASE("the store fills at the bookmark and follows the events after it", "[kube]") {
  Rig rig;
  const std::string initial = event("ADDED", object("a", "5")) + event("ADDED", object("b", "3"));
  rig.transport.script = {Watch{.turns = {initial, initial_end("7"), event("MODIFIED", object("a", "8", "y")),
                                          event("DELETED", object("b", "9")), event("ADDED", object("c", "10")), ""}}};
  rig.run();
  CHECK(rig.store.synced());
  CHECK(rig.changes == std::vector<std::string>{"+a", "+b", "~a", "-b", "+c"});
  CHECK(rig.label("a") == "y");
  REQUIRE(rig.transport.targets.size() == 2);
  CHECK(rig.transport.targets[0].find("sendInitialEvents=true") != std::string::npos);
  CHECK(rig.transport.targets[1].find("resourceVersion=10") != std::string::npos);
  CHECK(rig.transport.targets[1].find("sendInitialEvents") == std::string::npos);
  CHECK(rig.lines.empty());
  CHECK(rig.beats >= 6);
}

TEST_CASE("nothing is shown before the initial events are complete", "[kube]") {
  Rig rig;
  rig.transport.script = {Watch{.turns = {event("ADDED", object("a", "5")), error(ErrorKind::kUnavailable)}}};
  rig.run();
  CHECK_FALSE(rig.store.synced());
  CHECK(rig.store.size() == 0);
  CHECK(rig.changes.empty());
}

TEST_CASE("initial events that were interrupted are not mixed with those of the next watch", "[kube]") {
  Rig rig;
  rig.transport.script = {Watch{.turns = {event("ADDED", object("old", "5")), error(ErrorKind::kUnavailable)}},
                          Watch{.turns = {event("ADDED", object("new", "6")), initial_end("7")}}};
  rig.run();
  CHECK(rig.changes == std::vector<std::string>{"+new"});
}

TEST_CASE("an object that goes among the initial events is not in the store", "[kube]") {
  Rig rig;
  rig.transport.script = {
      Watch{.turns = {event("ADDED", object("a", "5")), event("DELETED", object("a", "6")), initial_end("7")}}};
  rig.run();
  CHECK(rig.store.synced());
  CHECK(rig.store.size() == 0);
}

TEST_CASE("bytes may be cut anywhere", "[kube]") {
  const std::string all = event("ADDED", object("gr\xc3\xbcn", "5", "\xf0\x9f\x9a\xa2")) + initial_end("7") +
                          event("ADDED", object("b", "8"));
  for (std::size_t cut = 1; cut < all.size(); ++cut) {
    Rig rig;
    rig.transport.script = {Watch{.turns = {all.substr(0, cut), all.substr(cut)}}};
    rig.run();
    REQUIRE(rig.changes.size() == 2);
    REQUIRE(rig.label("gr\xc3\xbcn") == "\xf0\x9f\x9a\xa2");
  }
}

TEST_CASE("a server without WatchList is paged, and told of once", "[kube]") {
  Rig rig;
  rig.transport.script = {Watch{.status = 422, .turns = {status(422, "Invalid"), ""}},
                          page(object("a", "5") + "," + object("b", "6"), "9", "token"), page(object("c", "7"), "9"),
                          Watch{.turns = {event("DELETED", object("b", "10")), ""}}};
  rig.run();
  CHECK(rig.changes == std::vector<std::string>{"+a", "+b", "+c", "-b"});
  CHECK(rig.transport.targets[1].find("limit=500") != std::string::npos);
  CHECK(rig.transport.targets[2].find("continue=token") != std::string::npos);
  CHECK(rig.transport.targets[3].find("resourceVersion=9") != std::string::npos);
  CHECK(rig.logged("does not stream lists") == 1);
  CHECK(rig.sleeps.empty());
}

TEST_CASE("a list whose token expires is read again as a whole, and nothing comes twice", "[kube]") {
  Rig rig;
  rig.transport.script = {Watch{.status = 400}, page(object("a", "5"), "9", "token"),
                          response(410, status(410, "Expired")), page(object("a", "5") + "," + object("b", "6"), "12")};
  rig.run();
  CHECK(rig.changes == std::vector<std::string>{"+a", "+b"});
  CHECK(rig.transport.targets[3].find("limit") == std::string::npos);
}

TEST_CASE("a relist tells what vanished unseen", "[kube]") {
  Rig rig;
  rig.transport.script = {Watch{.turns = {event("ADDED", object("a", "5")), event("ADDED", object("b", "6")),
                                          initial_end("7"), event("ERROR", status(410, "Expired"))}},
                          Watch{.turns = {event("ADDED", object("b", "20", "y")), initial_end("21")}}};
  rig.run();
  CHECK(rig.changes == std::vector<std::string>{"+a", "+b", "-a", "~b"});
  CHECK(rig.transport.targets[1].find("resourceVersion=7") != std::string::npos);
  CHECK(rig.transport.targets[1].find("sendInitialEvents=true") != std::string::npos);
}

TEST_CASE("410 in its three shapes ends in a full store", "[kube]") {
  const Watch full{.turns = {event("ADDED", object("a", "20")), initial_end("21")}};
  Rig rig;
  rig.transport.script = {Watch{.turns = {initial_end("7"), ""}}};
  SECTION("when the watch is opened") { rig.transport.script.emplace_back(Watch{.status = 410}); }
  SECTION("in the stream") {
    rig.transport.script.emplace_back(Watch{.turns = {event("ERROR", status(410, "Expired"))}});
  }
  SECTION("for the list as well") {
    rig.transport.script.emplace_back(Watch{.status = 410});
    rig.transport.script.emplace_back(Watch{.status = 410});
  }
  rig.transport.script.emplace_back(full);
  rig.run();
  CHECK(rig.changes == std::vector<std::string>{"+a"});
}

TEST_CASE("an ERROR event of 429 is waited for and the watch goes on where it was", "[kube]") {
  Rig rig;
  rig.transport.script = {
      Watch{
          .turns =
              {initial_end("7"), event("ADDED", object("a", "8")),
               event("ERROR",
                     R"({"kind":"Status","reason":"TooManyRequests","code":429,"details":{"retryAfterSeconds":3}})")}},
      Watch{}};
  rig.run();
  REQUIRE_FALSE(rig.sleeps.empty());
  CHECK(rig.sleeps.front() == 3s);
  CHECK(rig.transport.targets[1].find("resourceVersion=8") != std::string::npos);
}

TEST_CASE("a refused watch is read for its reason and its Retry-After", "[kube]") {
  Rig rig;
  rig.transport.script = {Watch{.status = 429, .turns = {status(429, "TooManyRequests")}, .retry_after = "7"}, Watch{}};
  rig.run();
  REQUIRE_FALSE(rig.sleeps.empty());
  CHECK(rig.sleeps.front() == 7s);
}

TEST_CASE("one object that cannot be read is told of and stops nothing else", "[kube]") {
  Rig rig;
  SECTION("in a watch") {
    rig.transport.script = {
        Watch{.turns = {event("ADDED", R"({"metadata":{"name":"bad","labels":7}})"), event("ADDED", object("a", "5")),
                        initial_end("7"), event("ADDED", object("b", "8"))}}};
  }
  SECTION("in a list") {
    rig.transport.script = {
        Watch{.status = 400},
        page(object("a", "5") + R"(,{"metadata":{"name":"bad","labels":7}},5,)" + object("b", "6"), "7")};
  }
  rig.run();
  CHECK(rig.changes == std::vector<std::string>{"+a", "+b"});
  CHECK(rig.logged("bad") == 1);
}

TEST_CASE("an object that turned unreadable keeps its last readable state", "[kube]") {
  Rig rig;
  rig.transport.script = {
      Watch{.turns = {event("ADDED", object("a", "5")), initial_end("7"),
                      event("MODIFIED", R"({"metadata":{"name":"a","resourceVersion":"8","labels":7}})"),
                      event("DELETED", R"({"metadata":{"name":"a","resourceVersion":"9","labels":7}})")}}};
  rig.run();
  CHECK(rig.changes == std::vector<std::string>{"+a", "-a"});
}

TEST_CASE("events that come twice, late or out of nowhere leave the right state", "[kube]") {
  Rig rig;
  rig.transport.script = {
      Watch{.turns = {event("ADDED", object("a", "5")), initial_end("7"), event("ADDED", object("a", "8", "y")),
                      event("MODIFIED", object("a", "6", "old")), event("MODIFIED", object("b", "9")),
                      event("DELETED", object("b", "10")), event("DELETED", object("b", "10")),
                      event("ADDED", object("b", "9")), event("DELETED", object("never", "11"))}}};
  rig.run();
  CHECK(rig.changes == std::vector<std::string>{"+a", "~a", "+b", "-b"});
  CHECK(rig.label("a") == "y");
}

TEST_CASE("a frame that is damaged or endless leads to a new list", "[kube]") {
  Rig rig;
  std::string bad;
  SECTION("damaged") { bad = "{\"type\":\"ADDED\",\"object\":{]}\n"; }
  SECTION("a byte order mark") { bad = "\xEF\xBB\xBF" + event("ADDED", object("x", "9")); }
  SECTION("endless") { bad = std::string(4U << 20U, 'x'); }
  rig.transport.script = {Watch{.turns = {initial_end("7"), bad}},
                          Watch{.turns = {event("ADDED", object("a", "20")), initial_end("21")}}};
  rig.run();
  CHECK(rig.changes == std::vector<std::string>{"+a"});
  CHECK(rig.logged("watch lost") == 1);
  CHECK(rig.logged("watch regained") == 1);
}

TEST_CASE("a kind that is not installed is told of once with the remedy, and looked for often", "[kube]") {
  Rig rig;
  for (int i = 0; i < 30; ++i) rig.transport.script.emplace_back(Watch{.status = 404});
  const kube::InformerDeps deps{.transport = rig.transport,
                                .clock = rig.clock,
                                .random = [] { return 0.999; },
                                .log = base::Log(base::LogLevel::kInfo, base::LogFormat::kText,
                                                 [&](std::string_view line) { rig.lines.emplace_back(line); }),
                                .sleep =
                                    [&](std::chrono::milliseconds time, const std::stop_token& stop) {
                                      rig.sleeps.push_back(time);
                                      return !stop.stop_requested();
                                    }};
  kube::Store<api::HarborRegistry> store;
  kube::run_informer<api::HarborRegistry>(
      deps, kube::harbor_registries(), kube::parse_registry, store, [](const auto&) {}, rig.transport.stop.get_token());
  CHECK(rig.logged("kubectl apply -k crds/") == 1);
  CHECK(rig.lines.size() == 1);
  for (const auto& time : rig.sleeps) CHECK(time <= 5s);
}

TEST_CASE("a long outage is told of once, and its end once", "[kube]") {
  Rig rig;
  rig.transport.script = {Watch{.turns = {initial_end("7"), ""}}};
  for (int i = 0; i < 50; ++i) rig.transport.script.emplace_back(error(ErrorKind::kUnavailable));
  rig.transport.script.emplace_back(Watch{.turns = {Silence{}, Silence{}, event("ADDED", object("a", "9"))}});
  rig.run();
  CHECK(rig.logged("watch lost") == 1);
  CHECK(rig.logged("watch regained") == 1);
  CHECK(rig.changes == std::vector<std::string>{"+a"});
  CHECK(rig.logged("/api/v1/namespaces") == 2);
}

TEST_CASE("a silent watch and a long wait show life", "[kube]") {
  Rig rig;
  std::deque<Turn> turns{initial_end("7")};
  for (int i = 0; i < 25; ++i) turns.emplace_back(Silence{});
  rig.transport.script = {Watch{.turns = std::move(turns)}};
  const auto from = rig.clock.time;
  rig.run();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(rig.clock.time - from).count();
  CHECK(seconds > 300);
  CHECK(rig.beats >= seconds / 15);
}

TEST_CASE("a stop ends a wait and a read without another request", "[kube]") {
  Rig rig;
  SECTION("before the first request") {
    rig.transport.stop.request_stop();
    rig.run();
    CHECK(rig.transport.targets.empty());
  }
  SECTION("in a read") {
    rig.transport.script = {Watch{.turns = {initial_end("7"), Silence{}, Silence{}}}};
    rig.transport.script.emplace_back(Watch{});
    kube::Store<api::Namespace> store;
    int beats = 0;
    const kube::InformerDeps deps{.transport = rig.transport,
                                  .clock = rig.clock,
                                  .random = [] { return 0.0; },
                                  .log = base::Log(base::LogLevel::kInfo, base::LogFormat::kText,
                                                   [&](std::string_view line) { rig.lines.emplace_back(line); }),
                                  .heartbeat =
                                      [&] {
                                        if (++beats == 3) rig.transport.stop.request_stop();
                                      }};
    kube::run_informer<api::Namespace>(
        deps, kube::namespaces(), kube::parse_namespace, store, [](const auto&) {}, rig.transport.stop.get_token());
    CHECK(rig.transport.targets.size() == 1);
    CHECK(rig.lines.empty());
  }
}
