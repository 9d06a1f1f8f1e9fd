// Raw sockets on purpose: a client library would not send what these tests send.
#include "runtime/http_server.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using runtime::HttpServer;

namespace {

/// One TCP connection to 127.0.0.1.
class Client {
 public:
  explicit Client(int port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) throw std::runtime_error("connect");
  }
  ~Client() { close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool send(const std::string& text) {
    return ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }
  /// Reads until `end` is seen, the server closes, or `patience` passes.
  std::string read(std::chrono::milliseconds patience, const std::string& end = "\r\n\r\n") {
    const auto until = std::chrono::steady_clock::now() + patience;
    std::string text;
    while (text.find(end) == std::string::npos) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
      pollfd waiting{fd_, POLLIN, 0};
      if (left <= 0ms || poll(&waiting, 1, static_cast<int>(left.count())) <= 0) break;
      char buffer[4096];
      const auto got = recv(fd_, buffer, sizeof buffer, 0);
      if (got <= 0) {
        closed = true;
        break;
      }
      text.append(buffer, static_cast<std::size_t>(got));
    }
    return text;
  }
  std::string ask(const std::string& request) {
    send(request);
    return read(20s, "\n\n\n");  // to the end: the requests say "close"
  }

  bool closed = false;

 private:
  int fd_;
};

const base::Log kQuiet{base::LogLevel::kError, base::LogFormat::kText, [](std::string_view) {}};

std::unique_ptr<HttpServer> start(const std::string& address = "127.0.0.1:0") {
  runtime::Routes routes{
      {"/livez", [] { return runtime::Page{.body = "ok\n"}; }},
      {"/readyz", [] { return runtime::Page{.status = 503, .body = "[-]caches failed\n"}; }},
      {"/throws", []() -> runtime::Page { throw std::runtime_error("secret words"); }},
      {"/big", [] { return runtime::Page{.body = std::string(32U << 20U, 'x')}; }},
  };
  auto server = HttpServer::start(address, std::move(routes), kQuiet);
  REQUIRE(server);
  return std::move(*server);
}

std::string request(const std::string& line) { return line + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"; }
bool ends_with(const std::string& text, const std::string& end) { return text.ends_with(end); }

}  // namespace

TEST_CASE("a page is served with its status and type", "[server]") {
  const auto server = start();
  const auto answer = Client(server->port()).ask(request("GET /livez"));
  CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(answer.find("Content-Type: text/plain; charset=utf-8\r\n") != std::string::npos);
  CHECK(answer.find("Content-Length: 3\r\n") != std::string::npos);
  CHECK(ends_with(answer, "\r\n\r\nok\n"));
  CHECK(Client(server->port()).ask(request("GET /readyz?verbose")).starts_with("HTTP/1.1 503 "));
}

TEST_CASE("HEAD answers with the length of GET and without its body", "[server]") {
  const auto server = start();
  const auto answer = Client(server->port()).ask(request("HEAD /livez"));
  CHECK(answer.find("Content-Length: 3\r\n") != std::string::npos);
  CHECK(ends_with(answer, "\r\n\r\n"));
}

TEST_CASE("unknown paths are 404, other methods 405, bodies 413, throwing pages 500", "[server]") {
  const auto server = start();
  const auto ask = [&](const std::string& text) { return Client(server->port()).ask(text); };
  for (const char* path : {"/", "/livez/", "/LIVEZ", "/../livez", "http://x/livez"}) {
    CHECK(ask(request(std::string("GET ") + path)).starts_with("HTTP/1.1 404 "));
  }
  for (const char* method : {"POST", "DELETE", "OPTIONS", "BREW"}) {
    const auto answer = ask(request(std::string(method) + " /livez"));
    CHECK(answer.starts_with("HTTP/1.1 405 "));
    CHECK(answer.find("Allow: GET, HEAD\r\n") != std::string::npos);
  }
  CHECK(ask("GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello").starts_with("HTTP/1.1 413 "));
  CHECK(ask("GET /livez HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
            .starts_with("HTTP/1.1 413 "));
  const auto thrown = ask(request("GET /throws"));
  CHECK(thrown.starts_with("HTTP/1.1 500 "));
  CHECK(thrown.find("secret words") == std::string::npos);
}

TEST_CASE("a connection is kept for the next request, and HTTP/1.0 is understood", "[server]") {
  const auto server = start();
  Client client(server->port());
  for (int i = 0; i < 3; ++i) {
    client.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(client.read(20s, "ok\n").starts_with("HTTP/1.1 200 "));
  }
  CHECK(ends_with(Client(server->port()).ask("GET /livez HTTP/1.0\r\n\r\n"), "ok\n"));
}

TEST_CASE("rubbish and oversized headers end the connection, and the server lives on", "[server]") {
  const auto server = start();
  const std::string huge = "GET /livez HTTP/1.1\r\nX: " + std::string(64U << 10U, 'a') + "\r\n\r\n";
  const std::vector<std::string> all{huge,
                                     std::string("\0\xff\r\n\r\n", 6),
                                     "GET\r\n\r\n",
                                     "\r\n\r\n\r\n\r\n",
                                     "GET /livez HTTP/9.9\r\n\r\n",
                                     "GET /livez HTTP/1.1\r\nContent-Length: -1\r\n\r\n"};
  for (const auto& text : all) {
    Client client(server->port());
    const auto answer = client.ask(text);
    INFO(answer);
    CHECK(client.closed);
    CHECK((answer.empty() || answer.starts_with("HTTP/1.1 4")));
  }
  CHECK(Client(server->port()).ask(request("GET /livez")).starts_with("HTTP/1.1 200 "));
}

TEST_CASE("a client that sends its request a byte at a time is dropped after five seconds", "[server]") {
  const auto server = start();
  Client slow(server->port());
  Client idle(server->port());
  const auto begin = std::chrono::steady_clock::now();
  slow.send("GET /livez HTTP/1.1\r\nX: ");
  while (!slow.closed && std::chrono::steady_clock::now() - begin < 20s) {
    slow.send("a");
    slow.read(250ms);
  }
  const auto took = std::chrono::steady_clock::now() - begin;
  CHECK(slow.closed);
  CHECK(took > 4s);
  CHECK(took < 12s);
  idle.read(5s);
  CHECK(idle.closed);
}

TEST_CASE("a client that does not take its answer is dropped", "[server]") {
  const auto server = start();
  Client deaf(server->port());
  deaf.send(request("GET /big"));
  std::this_thread::sleep_for(6500ms);
  std::size_t got = 0;
  while (!deaf.closed && got < (32U << 20U)) {
    const auto part = deaf.read(5s, "never");
    got += part.size();
    if (part.empty()) break;
  }
  CHECK(got < (32U << 20U));
}

TEST_CASE("the 33rd connection waits until one of the 32 goes", "[server]") {
  const auto server = start();
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 32; ++i) {
    clients.push_back(std::make_unique<Client>(server->port()));
    clients.back()->send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n");  // served and kept: it is in
    REQUIRE(clients.back()->read(20s, "ok\n").starts_with("HTTP/1.1 200 "));
  }
  Client late(server->port());
  late.send(request("GET /livez"));
  CHECK(late.read(200ms).empty());
  CHECK_FALSE(late.closed);
  clients.pop_back();
  CHECK(late.read(3s, "ok\n").starts_with("HTTP/1.1 200 "));
}

TEST_CASE("destroying the server ends its connections", "[server]") {
  auto server = start();
  Client client(server->port());
  client.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE_FALSE(client.read(20s, "ok\n").empty());
  server.reset();
  client.read(2s);
  CHECK(client.closed);
}

TEST_CASE("an address that cannot be used is refused with its name and a remedy", "[server]") {
  const auto error_of = [](const std::string& address) {
    auto server = HttpServer::start(address, {}, kQuiet);
    REQUIRE_FALSE(server);
    CHECK(server.error().message.find(address) != std::string::npos);
    CHECK(server.error().message.find("--listen") != std::string::npos);
    return server.error().kind;
  };
  for (const char* bad : {"", "8080", "127.0.0.1:", "127.0.0.1:http", ":70000", ":-1", ":80 ", "192.0.2.1:0"}) {
    INFO(bad);
    CHECK(error_of(bad) == base::ErrorKind::kInvalid);
  }
  const auto taken = start();
  CHECK(error_of("127.0.0.1:" + std::to_string(taken->port())) == base::ErrorKind::kUnavailable);
}

TEST_CASE("an address without a host is every interface, and a name or a bracketed IPv6 address will do", "[server]") {
  for (const char* address : {":0", "localhost:0", "0.0.0.0:0"}) {
    INFO(address);
    const auto server = start(address);
    CHECK(server->port() > 0);
  }
  const auto everywhere = start(":0");
  CHECK(Client(everywhere->port()).ask(request("GET /livez")).starts_with("HTTP/1.1 200 "));
}
