// Each way of breaking an exchange: what the server saw, what the client was told, when the hook ran.
#include <atomic>
#include <future>
#include <thread>

#include "bench.hpp"

using namespace fault_proxy_test;

namespace {

/// The second write is broken; a read and a first write before it pass.
struct Broken {
  explicit Broken(Fault fault) : proxy(upstream.behind()) {
    proxy.plan().at_write(2, std::move(fault));
    RawClient client(proxy);
    CHECK(client.ask("POST", "/first"));
    CHECK(client.ask("GET", "/read"));
    CHECK(proxy.plan().fired().empty());
    answer = client.ask("PATCH", "/second?fieldManager=x", "{}");
    REQUIRE(proxy.plan().wait_fired(kSoon));
  }

  [[nodiscard]] std::size_t reached() const { return upstream.seen().size(); }
  [[nodiscard]] support::LoggedRequest logged() const { return proxy.log().at(2); }
  /// All is as before, and the broken write can be made again.
  void check_over() {
    CHECK(proxy.plan().fired() == std::vector<std::string>{"PATCH /second #1"});
    RawClient client(proxy);
    const auto before = reached();
    CHECK(client.ask("PATCH", "/second"));
    CHECK(reached() == before + 1);
    CHECK(proxy.plan().writes() == std::vector<std::string>{"POST /first #1", "PATCH /second #1", "PATCH /second #2"});
    CHECK(proxy.plan().fired().size() == 1);
  }

  Upstream upstream;
  FaultProxy proxy;
  std::optional<std::string> answer;
};

}  // namespace

TEST_CASE("before the effect: the server never hears of it", "[fault_proxy]") {
  std::atomic<int> hooks = 0;
  Broken broken({.mode = FaultMode::kBeforeEffect, .hook = [&] { ++hooks; }});
  CHECK_FALSE(broken.answer);
  CHECK(broken.reached() == 2);
  CHECK(broken.logged().upstream == 0);
  CHECK(broken.logged().outcome() == "cut");
  broken.check_over();
  CHECK(hooks == 1);
}

TEST_CASE("after the effect: the server has answered when the hook runs, the client hears nothing", "[fault_proxy]") {
  std::atomic<int> hooks = 0;
  std::atomic<std::size_t> reached = 0;
  const Upstream upstream;
  FaultProxy proxy(upstream.behind());
  proxy.plan().at_write(1, {.mode = FaultMode::kAfterEffect, .hook = [&] {
                              ++hooks;
                              reached = upstream.seen().size();
                            }});
  RawClient client(proxy);
  CHECK_FALSE(client.ask("POST", "/a", "body"));
  REQUIRE(proxy.plan().wait_fired(kSoon));
  CHECK(reached == 1);
  CHECK(hooks == 1);
  const auto logged = proxy.log().at(0);
  CHECK(logged.upstream == 200);
  CHECK(logged.status == 0);
  CHECK(logged.outcome() == "cut");
}

TEST_CASE("after the answer: the client has it, then the hook runs", "[fault_proxy]") {
  std::atomic<int> hooks = 0;
  Broken broken({.mode = FaultMode::kAfterAnswer, .hook = [&] { ++hooks; }});
  REQUIRE(broken.answer);
  CHECK(broken.answer->ends_with("done"));
  CHECK(broken.reached() == 3);
  CHECK(broken.logged().outcome() == "200");
  broken.check_over();
  CHECK(hooks == 1);
}

TEST_CASE("a hook after the answer can count on the client having all of it", "[fault_proxy]") {
  std::promise<void> answered;
  std::atomic<bool> in_time = false;
  const Upstream upstream;
  FaultProxy proxy(upstream.behind());
  proxy.plan().at_write(1, {.mode = FaultMode::kAfterAnswer, .hook = [&] {
                              in_time = answered.get_future().wait_for(kSoon / 4) == std::future_status::ready;
                            }});
  RawClient client(proxy);
  CHECK(client.ask("POST", "/a"));
  answered.set_value();
  REQUIRE(proxy.plan().wait_fired(kSoon));
  CHECK(in_time);
}

TEST_CASE("a fault that fires more than once runs its hook once", "[fault_proxy]") {
  std::atomic<int> hooks = 0;
  const Upstream upstream;
  FaultProxy proxy(upstream.behind());
  proxy.plan().at({.method = "POST", .times = 2}, {.mode = FaultMode::kAfterAnswer, .hook = [&] { ++hooks; }});
  RawClient client(proxy);
  for (int i = 0; i < 3; ++i) CHECK(client.ask("POST", "/a"));
  CHECK(proxy.plan().fired().size() == 2);
  CHECK(hooks == 1);
}

TEST_CASE("a lost reply: the server did it, the client sees a reset, no hook runs", "[fault_proxy]") {
  std::atomic<int> hooks = 0;
  Broken broken({.mode = FaultMode::kLoseReply, .hook = [&] { ++hooks; }});
  CHECK_FALSE(broken.answer);
  CHECK(broken.reached() == 3);
  CHECK(broken.logged().upstream == 200);
  CHECK(broken.logged().outcome() == "cut");
  broken.check_over();
  CHECK(hooks == 0);
}

TEST_CASE("a refusal has the status, headers and body that the plan gave it", "[fault_proxy]") {
  Broken broken({.mode = FaultMode::kRefuse, .refusal = {429, {{"Retry-After", "1"}}, "later"}});
  REQUIRE(broken.answer);
  CHECK(broken.answer->starts_with("HTTP/1.1 429 "));
  CHECK(broken.answer->find("Retry-After: 1\r\n") != std::string::npos);
  CHECK(broken.answer->ends_with("\r\n\r\nlater"));
  CHECK(broken.reached() == 2);
  CHECK(broken.logged().outcome() == "429");
  broken.check_over();
}

TEST_CASE("a refused client may go on over the same connection", "[fault_proxy]") {
  const Upstream upstream;
  FaultProxy proxy(upstream.behind());
  proxy.plan().at({.method = "GET", .target = "/secrets", .nth = 2, .times = 2},
                  {.mode = FaultMode::kRefuse, .refusal = {500, {}, ""}});
  RawClient client(proxy);
  std::vector<std::string> lines;
  for (const auto* target : {"/secrets", "/pods", "/secrets?a=b", "/secrets", "/secrets"}) {
    lines.push_back(first_line(client.ask("GET", target).value_or("")).substr(9, 3));
  }
  CHECK(lines == std::vector<std::string>{"200", "200", "500", "500", "200"});
  CHECK(proxy.plan().fired() == std::vector<std::string>{"GET /secrets #2", "GET /secrets #3"});
}

TEST_CASE("a delayed request reaches the server later", "[fault_proxy]") {
  constexpr Millis kDelay{300};
  const auto begin = std::chrono::steady_clock::now();
  Broken broken({.mode = FaultMode::kDelay, .delay = kDelay});
  CHECK(std::chrono::steady_clock::now() - begin >= kDelay);
  CHECK(broken.answer);
  CHECK(broken.reached() == 3);
  broken.check_over();
}

TEST_CASE("while a hook runs no other write takes effect, and none at all when its client is dead", "[fault_proxy]") {
  const Upstream upstream;
  FaultProxy proxy(upstream.behind());
  std::promise<void> inside;
  std::promise<void> go_on;
  proxy.plan().at_write(1, {.mode = FaultMode::kBeforeEffect, .hook = [&] {
                              inside.set_value();
                              go_on.get_future().wait_for(kSoon);
                            }});
  RawClient first(proxy);
  RawClient dying(proxy);
  RawClient living(proxy);
  first.send("POST /first HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(inside.get_future().wait_for(kSoon) == std::future_status::ready);
  dying.send("POST /dying HTTP/1.1\r\nHost: x\r\n\r\n");
  living.send("POST /living HTTP/1.1\r\nHost: x\r\n\r\n");
  support::eventually("the proxy has all three", kSoon, [&] { return proxy.log().size() == 3; });
  RawClient reader(proxy);
  CHECK(reader.ask("GET", "/read"));
  CHECK(upstream.seen().size() == 1);
  dying.close();
  go_on.set_value();
  CHECK(living.read_until("done"));
  CHECK(proxy.plan().writes() == std::vector<std::string>{"POST /first #1", "POST /living #1"});
  support::eventually("the dead client's write is cut", kSoon, [&] {
    const auto log = proxy.log();
    return std::ranges::any_of(log, [](const auto& one) { return one.target == "/dying" && one.cut; });
  });
}
