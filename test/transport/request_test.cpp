#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "http/cpprest_transport.hpp"
#include "server.hpp"

namespace {

using namespace std::chrono_literals;
using namespace transport_test;
using base::ErrorKind;
using Clock = std::chrono::steady_clock;

std::unique_ptr<http::Transport> transport_to(const std::string& url) {
  auto made = http::make_cpprest_transport({url, {}});
  REQUIRE(made);
  return std::move(*made);
}

http::Request get(const std::string& target = "/") {
  http::Request request;
  request.target = target;
  return request;
}

http::Request post(bool idempotent) {
  http::Request request;
  request.method = "POST";
  request.target = "/things";
  request.body = "body";
  request.idempotent = idempotent;
  return request;
}

http::Limits within(std::chrono::milliseconds deadline) {
  http::Limits limits;
  limits.deadline = deadline;
  return limits;
}

/// Whether the socket of this process that is connected to `port` sends small packets at once.
bool no_delay_towards(int port) {
  for (int descriptor = 3; descriptor < 256; ++descriptor) {
    sockaddr_in peer{};
    socklen_t size = sizeof(peer);
    if (getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) != 0 || ntohs(peer.sin_port) != port) {
      continue;
    }
    int value = 0;
    socklen_t length = sizeof(value);
    getsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &value, &length);
    return value != 0;
  }
  return false;
}

}  // namespace

TEST_CASE("a request goes on the wire as given and its answer comes back", "[transport]") {
  std::string seen;
  Server server([&](Connection& connection) {
    seen = connection.request().value_or("");
    connection.reply("hello", "X-Answer: yes\r\n", 404);
  });
  http::Request request;
  request.method = "PUT";
  request.target = "/a%2Fb/c%252Fd;x=1/e~f?q=a%20b%26c&list=&fieldSelector=metadata.name%3Dx,y";
  request.headers = {{"X-Mine", "1, 2"}, {"Content-Type", "application/json"}};
  request.body = std::string("{\"\0\"}", 6);
  const auto answer = transport_to(server.url())->send(request, {});
  REQUIRE(answer);
  CHECK(answer->status == 404);
  CHECK(answer->body == "hello");
  CHECK(answer->header("x-answer") == "yes");
  CHECK(seen.rfind("PUT " + request.target + " HTTP/1.1\r\n", 0) == 0);
  CHECK(seen.find("\r\nHost: 127.0.0.1:" + std::to_string(server.port()) + "\r\n") != std::string::npos);
  INFO(seen);
  CHECK(seen.find("\r\nX-Mine:1, 2\r\n") != std::string::npos);
  CHECK(seen.find("\r\nContent-Type:application/json\r\n") != std::string::npos);
  CHECK(seen.ends_with("\r\n\r\n" + request.body));
}

TEST_CASE("a large request body arrives whole", "[transport]") {
  std::string seen;
  Server server([&](Connection& connection) {
    seen = connection.request().value_or("");
    connection.reply("");
  });
  auto request = post(false);
  request.body = std::string(1U << 20U, 'x');
  REQUIRE(transport_to(server.url())->send(request, {}));
  CHECK(seen.ends_with("\r\n\r\n" + request.body));
}

TEST_CASE("many requests one after the other use few connections", "[transport]") {
  Server server(answering("ok"));
  const auto transport = transport_to(server.url());
  for (int i = 0; i < 20; ++i) {
    REQUIRE(transport->send(get(), {}));
    std::this_thread::sleep_for(2ms);  // the library pools a connection a moment after its answer was read
  }
  CHECK(server.connections() < 5);
}

TEST_CASE("many threads share a transport", "[transport]") {
  Server server(answering("ok"));
  const auto transport = transport_to(server.url());
  std::atomic<int> answered{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 25; ++n) {
        answered += transport->send(get(), {}).has_value() ? 1 : 0;
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  CHECK(answered == 200);
}

TEST_CASE("a connection sends small packets at once", "[transport]") {
  Server server(answering("ok"));
  const auto transport = transport_to(server.url());
  REQUIRE(transport->send(get(), {}));
  CHECK(no_delay_towards(server.port()));
}

TEST_CASE("a redirect is returned, and the credential goes to no other host", "[transport]") {
  Server other(answering("stolen"));
  Server server([&](Connection& connection) {
    while (connection.request()) {
      connection.reply("", "Location: " + other.url() + "/\r\n", 302);
    }
  });
  auto request = get();
  request.headers = {{"Authorization", "Basic secret"}};
  const auto answer = transport_to(server.url())->send(request, {});
  REQUIRE(answer);
  CHECK(answer->status == 302);
  CHECK(answer->header("Location") == other.url() + "/");
  CHECK(other.connections() == 0);
}

TEST_CASE("a header with CR LF is refused, and so are other smuggled texts", "[transport]") {
  Server server(answering("ok"));
  const auto transport = transport_to(server.url());
  const auto refused = [&](const http::Request& request) {
    const auto answer = transport->send(request, {});
    return !answer && answer.error().kind == ErrorKind::kInvalid &&
           answer.error().message.find("secret") == std::string::npos;
  };
  const auto with_header = [](const std::string& name, const std::string& value) {
    auto request = get();
    request.headers = {{name, value}};
    return request;
  };
  CHECK(refused(with_header("X", "secret\r\nY: 1")));
  CHECK(refused(with_header("X", "secret\n")));
  CHECK(refused(with_header("X", std::string("secret\0", 7))));
  CHECK(refused(with_header("X\r\nY", "secret")));
  CHECK(refused(with_header("", "secret")));
  CHECK(refused(get("/a\r\nX: secret")));
  CHECK(refused(get("/a secret")));
  CHECK(refused(get("//other.test/secret")));
  CHECK(refused(get("secret")));
  CHECK(refused(get("/a#secret")));
  auto method = get();
  method.method = "GET /secret";
  CHECK(refused(method));
  CHECK(transport->open(with_header("X", "a\r\nb"), {}).error().kind == ErrorKind::kInvalid);
  CHECK(server.connections() == 0);
}

TEST_CASE("a Host or Content-Length of the caller is refused", "[transport]") {
  Server server(answering("ok"));
  const auto transport = transport_to(server.url());
  for (const std::string name : {"Host", "host", "Content-Length", "transfer-encoding", "Connection"}) {
    auto request = get();
    request.headers = {{name, "1"}};
    const auto answer = transport->send(request, {});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().kind == ErrorKind::kInvalid);
  }
}

TEST_CASE("a URL that is not scheme://host:port is refused, and an IPv6 literal with advice", "[transport]") {
  for (const std::string url : {"ftp://a", "https://", "https://a/b", "https://user:secret@a", "https://a:0",
                                "https://a:70000", "https://a b", "a", ""}) {
    const auto made = http::make_cpprest_transport({url, {}});
    REQUIRE_FALSE(made);
    CHECK(made.error().kind == ErrorKind::kInvalid);
    CHECK(made.error().message.find("secret") == std::string::npos);
  }
  const auto made = http::make_cpprest_transport({"https://[::1]:6443", {}});
  REQUIRE_FALSE(made);
  CHECK(made.error().message.find("DNS name") != std::string::npos);
}

TEST_CASE("a slow answer ends at the total deadline", "[transport]") {
  Server server([](Connection& connection) {
    (void)connection.request();
    connection.write(kChunkedHead);
    for (int i = 0; i < 100 && connection.write(chunk("x")); ++i) {  // never quiet, never done
      std::this_thread::sleep_for(50ms);
    }
  });
  const auto begin = Clock::now();
  const auto answer = transport_to(server.url())->send(get(), within(300ms));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::kTimeout);
  CHECK(answer.error().message.find("127.0.0.1:" + std::to_string(server.port())) == 0);
  CHECK(Clock::now() - begin < 600ms);
}

TEST_CASE("a connection given up at the deadline is closed", "[transport]") {
  std::atomic<bool> closed{false};
  Server server([&](Connection& connection) {
    (void)connection.request();
    closed = connection.closed_within(2s);
  });
  const auto transport = transport_to(server.url());
  REQUIRE(transport->send(get(), within(500ms)).error().kind == ErrorKind::kTimeout);
  for (int i = 0; i < 100 && !closed; ++i) {
    std::this_thread::sleep_for(10ms);
  }
  CHECK(closed);
}

TEST_CASE("a request is cancelled by its stop token", "[transport]") {
  Server server([](Connection& connection) {
    (void)connection.request();
    (void)connection.closed_within(3s);
  });
  std::stop_source stop;
  http::Limits limits;
  limits.stop = stop.get_token();
  const std::jthread stopper([&] {
    std::this_thread::sleep_for(100ms);
    stop.request_stop();
  });
  const auto begin = Clock::now();
  const auto answer = transport_to(server.url())->send(get(), limits);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::kCancelled);
  CHECK(Clock::now() - begin < 1s);
}

TEST_CASE("a request of a caller that is stopped already is not sent", "[transport]") {
  Server server(answering("ok"));
  std::stop_source stop;
  stop.request_stop();
  http::Limits limits;
  limits.stop = stop.get_token();
  const auto answer = transport_to(server.url())->send(get(), limits);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::kCancelled);
  CHECK(server.connections() == 0);
}

TEST_CASE("an endless body is cut at the cap", "[transport]") {
  Server server([](Connection& connection) {
    (void)connection.request();
    connection.write(kChunkedHead);
    while (connection.write(chunk(std::string(1000, 'x')))) {
    }
  });
  auto limits = within(5s);
  limits.max_body = 10'000;
  const auto answer = transport_to(server.url())->send(get(), limits);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::kTooLarge);
}

TEST_CASE("a body of exactly the cap is accepted, one byte more is not", "[transport]") {
  Server server(answering(std::string(5000, 'x')));
  const auto transport = transport_to(server.url());
  http::Limits limits;
  limits.max_body = 5000;
  CHECK(transport->send(get(), limits).value().body.size() == 5000);
  limits.max_body = 4999;
  CHECK(transport->send(get(), limits).error().kind == ErrorKind::kTooLarge);
}

TEST_CASE("a chunk of negative size is refused", "[transport]") {
  Server server([](Connection& connection) {
    (void)connection.request();
    connection.write(kChunkedHead + "-1\r\nxxxxxx\r\n");
    (void)connection.closed_within(2s);
  });
  const auto answer = transport_to(server.url())->send(get(), within(1s));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::kTooLarge);
}

TEST_CASE("an answer with huge headers is refused", "[transport]") {
  Server server([](Connection& connection) {
    (void)connection.request();
    connection.reply("", "X: " + std::string(100'000, 'x') + "\r\n");
  });
  const auto answer = transport_to(server.url())->send(get(), within(2s));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::kTooLarge);
}

TEST_CASE("an answer that is cut short is an error", "[transport]") {
  const std::string head = GENERATE(as<std::string>{}, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
                                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
                                    "HTTP/1.1 200 OK\r\nX: 1\r\n", "gibberish\r\n\r\n", "");
  Server server([&](Connection& connection) {
    (void)connection.request();
    connection.write(head);
  });
  const auto answer = transport_to(server.url())->send(get(), within(2s));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::kUnavailable);
  CHECK(answer.error().message.find("127.0.0.1:") == 0);
}

TEST_CASE("a refused connection and an unknown name are told apart", "[transport]") {
  std::string url;
  {
    Server server(answering(""));
    url = server.url();
  }
  const auto refused = transport_to(url)->send(get("/?token=secret"), within(2s));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::kUnavailable);
  INFO(refused.error().message);
  CHECK(refused.error().message.find("refused") != std::string::npos);
  CHECK(refused.error().message.find("secret") == std::string::npos);
  const auto unknown = transport_to("http://nowhere.test:1")->send(get(), within(2s));
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().message.find("cannot be resolved") != std::string::npos);
}

TEST_CASE("a resolver that nobody answers does not outlast the deadline", "[transport]") {
  const auto begin = Clock::now();
  const auto answer = transport_to("http://slow.test:1")->send(get(), within(200ms));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::kTimeout);
  CHECK(Clock::now() - begin < 600ms);
}

TEST_CASE("a pooled connection that the server closed costs an idempotent request one retry", "[transport]") {
  const bool with_body = GENERATE(false, true);
  const bool rudely = GENERATE(false, true);
  std::atomic<int> requests{0};
  Server server([&](Connection& connection) {
    if (connection.request()) {
      ++requests;
      connection.reply("ok");
      if (connection.number() == 0 && rudely) {
        std::this_thread::sleep_for(20ms);
        connection.reset();
      }
    }
    if (connection.number() > 0) {
      (void)connection.closed_within(1s);
    }
  });
  const auto transport = transport_to(server.url());
  REQUIRE(transport->send(get(), {}));
  std::this_thread::sleep_for(60ms);
  const auto answer = transport->send(with_body ? post(true) : get(), {});
  REQUIRE(answer);
  CHECK(answer->body == "ok");
  CHECK(server.connections() == 2);
  CHECK(requests == 2);
}

TEST_CASE("a POST is not sent twice when a pooled connection breaks after it was read", "[transport]") {
  const std::string body = GENERATE("body", "");
  std::atomic<int> posts{0};
  Server server([&](Connection& connection) {
    while (const auto request = connection.request()) {
      if (request->starts_with("POST")) {
        ++posts;
        return;  // read it, closed without an answer
      }
      connection.reply("ok");
    }
  });
  const auto transport = transport_to(server.url());
  REQUIRE(transport->send(get(), {}));
  std::this_thread::sleep_for(30ms);
  auto request = post(false);
  request.body = body;
  const auto answer = transport->send(request, within(2s));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::kUnavailable);
  std::this_thread::sleep_for(50ms);
  CHECK(posts == 1);
  CHECK(transport->send(get(), {}));  // the broken connection is not met again
}

TEST_CASE("a request cancelled before it began leaves no dead connection to the next one", "[transport]") {
  Server server(answering("ok"));
  const auto transport = transport_to(server.url());
  for (int i = 0; i < 20; ++i) {
    (void)transport->send(get(), within(0ms));  // mostly given up before a thread of the library saw it
    CHECK(transport->send(post(false), {}));
  }
}
