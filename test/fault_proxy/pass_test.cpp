// What passes when nothing is broken.
#include <future>

#include "bench.hpp"

using namespace fault_proxy_test;
using transport_test::chunk;
using transport_test::Connection;
using transport_test::kChunkedHead;

namespace {

void answer(Connection& connection, const std::string& bytes) {
  if (connection.request()) connection.write(bytes);
}

Tls tls_if(bool wanted) { return wanted ? Tls::kYes : Tls::kNo; }

}  // namespace

TEST_CASE("requests pass one after the other on one connection, plain or encrypted on either side", "[fault_proxy]") {
  const bool tls_behind = GENERATE(false, true);
  const bool tls_before = GENERATE(false, true);
  CAPTURE(tls_behind, tls_before);
  const Upstream upstream(tls_if(tls_behind));
  auto options = upstream.behind();
  options.tls = tls_before;
  FaultProxy proxy(options);
  RawClient client(proxy);
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.ask("PUT", "/thing/" + std::to_string(i) + "?q=1", "body " + std::to_string(i));
    REQUIRE(answer);
    CHECK(first_line(*answer) == "HTTP/1.1 200 Text");
    CHECK(answer->ends_with("\r\n\r\ndone"));
  }
  CHECK(upstream.connections() == 1);
  const auto seen = upstream.seen();
  REQUIRE(seen.size() == 3);
  CHECK(seen[2].starts_with("PUT /thing/2?q=1 HTTP/1.1\r\n"));
  CHECK(seen[2].find("Host: 127.0.0.1:") != std::string::npos);
  CHECK(seen[2].ends_with("\r\n\r\nbody 2"));
  const auto log = proxy.log();
  REQUIRE(log.size() == 3);
  CHECK(log[1].number == 2);
  CHECK(log[1].method == "PUT");
  CHECK(log[1].target == "/thing/1?q=1");
  CHECK(log[1].body == "body 1");
  CHECK(log[1].write == "PUT /thing/1 #1");
  CHECK(log[1].upstream == 200);
  CHECK(log[1].outcome() == "200");
}

TEST_CASE("the bytes of an answer arrive before its end", "[fault_proxy]") {
  std::promise<void> more;
  const bool tls = GENERATE(false, true);
  const Upstream upstream(
      [&](Connection& connection) {
        if (!connection.request()) return;
        connection.write(kChunkedHead + chunk("first"));
        more.get_future().wait_for(kSoon);
        connection.write(chunk("second") + "0\r\n\r\n");
      },
      tls_if(tls));
  auto options = upstream.behind();
  options.tls = tls;
  FaultProxy proxy(options);
  RawClient client(proxy);
  client.send("GET /watch HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(client.read_until("first"));
  CHECK(proxy.log().at(0).outcome() == "200");
  more.set_value();
  REQUIRE(client.read_until("second\r\n0\r\n\r\n"));
}

TEST_CASE("a request in chunks reaches the server as it was and the log without its framing", "[fault_proxy]") {
  const Upstream upstream;
  FaultProxy proxy(upstream.behind());
  RawClient client(proxy);
  const auto body = chunk("first ") + chunk("second") + "0\r\n\r\n";
  client.send("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + body);
  REQUIRE(client.read_until("done"));
  CHECK(upstream.seen().at(0).ends_with("\r\n\r\n" + body));
  CHECK(proxy.log().at(0).body == "first second");
  CHECK(client.ask("GET", "/b"));
}

TEST_CASE("large bodies pass whole in both directions and are remembered in part", "[fault_proxy]") {
  const std::string large(24U << 20U, 'x');
  const Upstream upstream(
      [&](Connection& connection) {
        while (const auto request = connection.request()) {
          connection.reply(request->substr(request->find("\r\n\r\n") + 4));
        }
      },
      Tls::kYes);
  auto options = upstream.behind();
  options.tls = true;
  options.max_logged_body = 1000;
  FaultProxy proxy(options);
  RawClient client(proxy);
  const auto answer = client.ask("POST", "/large", large);
  REQUIRE(answer);
  CHECK(answer->size() > large.size());
  CHECK(answer->ends_with(large));
  CHECK(proxy.log().at(0).body == large.substr(0, 1000));
}

TEST_CASE("answers without a body leave the connection usable", "[fault_proxy]") {
  const Upstream upstream([](Connection& connection) {
    answer(connection, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n");
    answer(connection, "HTTP/1.1 204 No Content\r\n\r\n");
    answer(connection, "HTTP/1.1 304 Not Modified\r\n\r\n");
    answer(connection, "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\nuntil the end");
  });
  FaultProxy proxy(upstream.behind());
  RawClient client(proxy);
  CHECK(client.ask("HEAD", "/a"));
  CHECK(first_line(client.ask("DELETE", "/b").value()) == "HTTP/1.1 204 No Content");
  CHECK(first_line(client.ask("GET", "/c").value()) == "HTTP/1.1 304 Not Modified");
  CHECK(first_line(client.ask("GET", "/d").value()) == "HTTP/1.1 200 OK");
  CHECK(client.read_until("until the end"));
  CHECK(client.ends_soon());
  CHECK(upstream.connections() == 1);
}

TEST_CASE("a client that waits for leave to send its body gets it", "[fault_proxy]") {
  const Upstream upstream;
  FaultProxy proxy(upstream.behind());
  RawClient client(proxy);
  client.send("PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  REQUIRE(client.read_until("100 Continue\r\n\r\n"));
  client.send("body");
  REQUIRE(client.read_until("done"));
  CHECK(upstream.seen().at(0).find("Expect") == std::string::npos);
}

TEST_CASE("either side's end of a connection is the other's", "[fault_proxy]") {
  std::promise<bool> watch_ended;
  std::promise<void> close_idle;
  const Upstream upstream([&](Connection& connection) {
    const auto request = connection.request();
    if (!request) return;
    if (request->starts_with("GET /watch")) {
      connection.write(kChunkedHead + chunk("event"));
      watch_ended.set_value(connection.closed_within(kSoon));
      return;
    }
    connection.reply("done");
    close_idle.get_future().wait_for(kSoon);
  });
  FaultProxy proxy(upstream.behind());
  RawClient watcher(proxy);
  watcher.send("GET /watch HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(watcher.read_until("event"));
  watcher.close();
  CHECK(watch_ended.get_future().get());

  RawClient idle(proxy);
  REQUIRE(idle.ask("GET", "/a"));
  close_idle.set_value();
  CHECK(idle.ends_soon());
}

TEST_CASE("a server that breaks off an answer, is not there or is not trusted is a cut connection", "[fault_proxy]") {
  const Upstream rude(
      [](Connection& connection) { answer(connection, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"); });
  const Upstream encrypted(Tls::kYes);
  auto options = rude.behind();
  SECTION("it breaks off") {}
  SECTION("it is not there") {
    FaultProxy away(rude.behind());
    options.upstream = away.url();
    away.drop();
  }
  SECTION("its certificate is of another authority") {
    options = encrypted.behind();
    options.upstream_ca = support::Authority("a stranger").pem();
  }
  FaultProxy proxy(options);
  RawClient client(proxy);
  CHECK_FALSE(client.ask("POST", "/a"));
  CHECK(proxy.log().at(0).outcome() == "cut");
  CHECK(encrypted.seen().empty());
}
