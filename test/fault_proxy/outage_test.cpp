// Outages, and the end of a proxy.
#include <future>

#include "bench.hpp"

using namespace fault_proxy_test;
using transport_test::chunk;
using transport_test::Connection;
using transport_test::kChunkedHead;

namespace {

/// Begins an answer that never ends by itself, and tells when the connection was closed.
transport_test::Server::Script watch(std::promise<void>& closed) {
  return [&closed](Connection& connection) {
    if (!connection.request()) return;
    connection.write(kChunkedHead + chunk("event"));
    if (connection.closed_within(kSoon)) closed.set_value();
  };
}

}  // namespace

TEST_CASE("an outage cuts what is open, refuses what is new, and ends on the same port", "[fault_proxy]") {
  const Upstream upstream;
  const bool tls = GENERATE(false, true);
  auto options = upstream.behind();
  options.tls = tls;
  FaultProxy proxy(options);
  const auto url = proxy.url();
  for (int round = 0; round < 3; ++round) {
    RawClient open(proxy);
    REQUIRE(open.ask("GET", "/before"));
    proxy.drop();
    CHECK(open.ends_soon());
    CHECK(refuses(proxy));
    proxy.drop();
    proxy.resume();
    proxy.resume();
    RawClient after(proxy);
    CHECK(after.ask("GET", "/after"));
  }
  CHECK(proxy.url() == url);
}

TEST_CASE("an outage ends a watch at both of its ends", "[fault_proxy]") {
  std::promise<void> closed;
  const Upstream upstream(watch(closed));
  FaultProxy proxy(upstream.behind());
  RawClient client(proxy);
  client.send("GET /watch HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(client.read_until("event"));
  proxy.drop();
  CHECK(client.ends_soon());
  CHECK(closed.get_future().wait_for(kSoon) == std::future_status::ready);
  support::eventually("the log says so", kSoon, [&] { return proxy.log().at(0).outcome() == "cut"; });
}

TEST_CASE("a hook may begin an outage", "[fault_proxy]") {
  const Upstream upstream;
  FaultProxy proxy(upstream.behind());
  proxy.plan().at_write(1, {.mode = FaultMode::kAfterEffect, .hook = [&] { proxy.drop(); }});
  RawClient client(proxy);
  CHECK_FALSE(client.ask("POST", "/a"));
  REQUIRE(proxy.plan().wait_fired(kSoon));
  CHECK(refuses(proxy));
  CHECK(upstream.seen().size() == 1);
}

TEST_CASE("a proxy goes at once, whatever is open", "[fault_proxy]") {
  std::promise<void> closed;
  const Upstream upstream(watch(closed));
  auto proxy = std::make_unique<FaultProxy>(upstream.behind());
  RawClient watching(*proxy);
  RawClient idle(*proxy);
  RawClient halfway(*proxy);
  watching.send("GET /watch HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(watching.read_until("event"));
  halfway.send("PUT /a HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf");
  const auto begin = std::chrono::steady_clock::now();
  proxy.reset();
  CHECK(std::chrono::steady_clock::now() - begin < kSoon / 2);
  CHECK(watching.ends_soon());
  CHECK(idle.ends_soon());
  CHECK(halfway.ends_soon());
  CHECK(closed.get_future().wait_for(kSoon) == std::future_status::ready);
}

TEST_CASE("many connections at once, one after the other again and again", "[fault_proxy]") {
  const Upstream upstream;
  FaultProxy proxy(upstream.behind());
  for (int round = 0; round < 5; ++round) {
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 40; ++i) clients.push_back(std::make_unique<RawClient>(proxy));
    for (auto& one : clients) CHECK(one->ask("GET", "/a"));
  }
  CHECK(proxy.log().size() == 200);
}
