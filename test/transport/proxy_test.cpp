#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>

#include "http/cpprest_transport.hpp"
#include "server.hpp"
#include "support/connect_proxy.hpp"
#include "support/eventually.hpp"

namespace {

using namespace std::chrono_literals;
using namespace transport_test;
using base::ErrorKind;
using support::ConnectProxy;
using support::Seen;

/// The name of every server here. Nobody but the proxy knows it.
constexpr const char* kName = "nowhere.test";
constexpr const char* kUser = "proxy-user";
constexpr const char* kPassword = "proxy-password";

const Authority& authority() {
  static const Authority kAuthority("the test authority");
  return kAuthority;
}

ServerTls tls_for(const std::string& name = kName, const Authority& issuer = authority()) {
  Wish wish;
  wish.names = {"DNS:" + name};
  return ServerTls{issuer.issue(wish)};
}

http::Proxy at(int port) { return {"127.0.0.1", std::to_string(port)}; }

http::CpprestOptions through(const http::Proxy& proxy, const std::string& url) {
  http::CpprestOptions options;
  options.base_url = url;
  options.tls.ca_pem = authority().pem();
  options.proxy = proxy;
  return options;
}

std::unique_ptr<http::Transport> made(const http::CpprestOptions& options) {
  auto transport = http::make_cpprest_transport(options);
  REQUIRE(transport);
  return std::move(*transport);
}

base::Result<http::Response> fetch(const std::unique_ptr<http::Transport>& transport,
                                   std::chrono::milliseconds deadline = 5s) {
  http::Limits limits;
  limits.deadline = deadline;
  return transport->send({"GET", "/path?query=1"}, limits);
}

/// The message of a request that fails with `kind`. It names server and proxy, and no credentials.
std::string failure(const http::CpprestOptions& options, ErrorKind kind, std::chrono::milliseconds deadline = 5s) {
  const auto answer = fetch(made(options), deadline);
  REQUIRE_FALSE(answer);
  INFO(answer.error().message);
  CHECK(answer.error().kind == kind);
  CHECK(answer.error().message.find(std::string(kName) + ":") == 0);
  CHECK(answer.error().message.find(" through the proxy 127.0.0.1:" + options.proxy->port + ": ") != std::string::npos);
  CHECK(answer.error().message.find(kUser) == std::string::npos);
  CHECK(answer.error().message.find(kPassword) == std::string::npos);
  return answer.error().message;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string refusal(int status) { return "HTTP/1.1 " + std::to_string(status) + " Text\r\nContent-Length: 0\r\n\r\n"; }

}  // namespace

TEST_CASE("a server with TLS is reached by a tunnel, by a name that only the proxy knows", "[transport]") {
  std::string sni;
  std::string request;
  Server server(
      [&](Connection& connection) {
        sni = connection.sni();
        request = connection.request().value_or("");
        connection.reply("ok");
      },
      tls_for());
  const ConnectProxy proxy;
  const auto answer = fetch(made(through(at(proxy.port()), server.url(kName))));
  REQUIRE(answer);
  CHECK(answer->body == "ok");
  CHECK(sni == kName);
  const auto authority_part = std::string(kName) + ":" + std::to_string(server.port());
  CHECK(request.starts_with("GET /path?query=1 HTTP/1.1\r\n"));
  CHECK(has(request, "\r\nHost: " + authority_part + "\r\n"));
  REQUIRE(proxy.heads().size() == 1);
  CHECK(proxy.heads()[0].starts_with("CONNECT " + authority_part + " HTTP/1.1\r\n"));
  CHECK_FALSE(has(proxy.heads()[0], "Authorization"));
}

TEST_CASE("the default port is named to the proxy", "[transport]") {
  const ConnectProxy proxy([](const std::string&) { return refusal(403); });
  CHECK_FALSE(fetch(made(through(at(proxy.port()), std::string("https://") + kName))));
  REQUIRE(proxy.heads().size() == 1);
  CHECK(proxy.heads()[0].starts_with("CONNECT nowhere.test:443 HTTP/1.1\r\n"));
}

TEST_CASE("a certificate is verified in a tunnel as without one", "[transport]") {
  static const Authority kStranger("a stranger");
  const ConnectProxy proxy;
  const auto talk = [&](const ServerTls& tls, bool insecure = false) {
    std::string seen;
    Server server(
        [&](Connection& connection) {
          seen = connection.request().value_or("");
          connection.reply("ok");
        },
        tls);
    auto options = through(at(proxy.port()), server.url(kName));
    options.tls.insecure_skip_verify = insecure;
    if (insecure) return fetch(made(options))->body;
    auto message = failure(options, ErrorKind::kTls);
    CHECK(seen.empty());
    return message;
  };
  CHECK(has(talk(tls_for("other.test")), "valid for other.test, not for nowhere.test"));
  CHECK(has(talk(tls_for(kName, kStranger)), "unknown authority: CN=a stranger"));
  CHECK(talk(tls_for("other.test", kStranger), true) == "ok");
}

TEST_CASE("a server that is an address is verified as that in a tunnel", "[transport]") {
  std::string sni = "unset";
  Server server(
      [&](Connection& connection) {
        sni = connection.sni();
        (void)connection.request();
        connection.reply("ok");
      },
      ServerTls{authority().issue()});
  const ConnectProxy proxy;
  CHECK(fetch(made(through(at(proxy.port()), server.url("127.0.0.1")))));
  CHECK(sni.empty());
  Server other(answering("ok"), tls_for());
  const auto refused = fetch(made(through(at(proxy.port()), other.url("127.0.0.1"))));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::kTls);
}

TEST_CASE("requests share a tunnel, and one that was cut is made again", "[transport]") {
  Server server(answering("ok"), tls_for());
  ConnectProxy proxy;
  const auto transport = made(through(at(proxy.port()), server.url(kName)));
  for (int i = 0; i < 10; ++i) REQUIRE(fetch(transport));
  const auto before = proxy.heads().size();
  CHECK(before < 4);  // a connection may come back to the pool only after the next request began
  proxy.cut();
  const auto answer = fetch(transport);
  REQUIRE(answer);
  CHECK(answer->body == "ok");
  CHECK(proxy.heads().size() > before);
}

TEST_CASE("a request that must not be repeated is not, when its tunnel was cut", "[transport]") {
  std::atomic<int> posts = 0;
  Server server(
      [&](Connection& connection) {
        while (const auto request = connection.request()) {
          if (!request->starts_with("POST")) {
            connection.reply("ok");
            continue;
          }
          ++posts;
          return;
        }
      },
      tls_for());
  ConnectProxy proxy;
  const auto transport = made(through(at(proxy.port()), server.url(kName)));
  REQUIRE(fetch(transport));
  http::Request post{"POST", "/"};
  post.body = "{}";
  post.idempotent = false;
  CHECK_FALSE(transport->send(post, {}));
  CHECK(posts == 1);
}

TEST_CASE("a server without TLS is asked for by its whole URL", "[transport]") {
  std::vector<std::string> requests;
  Server proxy([&](Connection& connection) {
    while (const auto request = connection.request()) {
      requests.push_back(*request);
      connection.reply("ok");
    }
  });
  const std::string url = std::string("http://") + kName;
  for (const std::string authority_part : {"", ":8080"}) {
    auto options = through(at(proxy.port()), url + authority_part);
    options.tls = {};
    options.proxy->user = base::SecretString(kUser);
    const auto answer = fetch(made(options));
    REQUIRE(answer);
    CHECK(answer->body == "ok");
    CHECK(requests.back().starts_with("GET " + options.base_url + "/path?query=1 HTTP/1.1\r\n"));
    CHECK(has(requests.back(), "\r\nHost: " + std::string(kName) + authority_part + "\r\n"));
    CHECK(has(requests.back(), "\r\nProxy-Authorization: Basic cHJveHktdXNlcjo=\r\n"));
  }
}

TEST_CASE("user and password go to the proxy, and nowhere else", "[transport]") {
  std::string request;
  Server server(
      [&](Connection& connection) {
        request = connection.request().value_or("");
        connection.reply("ok");
      },
      tls_for());
  const ConnectProxy proxy([](const std::string& head) {
    return has(head, "\r\nProxy-Authorization: Basic cHJveHktdXNlcjpwcm94eS1wYXNzd29yZA==\r\n") ? "" : refusal(407);
  });
  auto options = through(at(proxy.port()), server.url(kName));
  options.proxy->user = base::SecretString(kUser);
  options.proxy->password = base::SecretString("wrong");
  CHECK(has(failure(options, ErrorKind::kUnavailable), "the proxy does not accept the user and password"));
  options.proxy->password = base::SecretString(kPassword);
  REQUIRE(fetch(made(options)));
  CHECK_FALSE(has(request, "Proxy-Authorization"));
}

TEST_CASE("what a proxy refuses is told as the proxy's answer", "[transport]") {
  const int status = GENERATE(403, 502, 407);
  const ConnectProxy proxy([&](const std::string&) { return refusal(status); });
  const auto text = failure(through(at(proxy.port()), "https://nowhere.test:1"), ErrorKind::kUnavailable);
  CHECK(has(text, "the proxy "));
  CHECK(has(text, "(" + std::to_string(status) + ")"));
}

TEST_CASE("a proxy that wants a password is told without TLS, too", "[transport]") {
  Server proxy([](Connection& connection) {
    (void)connection.request();
    connection.reply("who are you?", "", 407);
  });
  auto options = through(at(proxy.port()), "http://nowhere.test:1");
  options.tls = {};
  CHECK(has(failure(options, ErrorKind::kUnavailable), "(407)"));
}

TEST_CASE("what is no proxy, hangs up or is away is told", "[transport]") {
  int port = 0;
  {
    const ConnectProxy gone;
    port = gone.port();
  }
  for (const auto* url : {"https://nowhere.test:1", "http://nowhere.test:1"}) {
    auto options = through(at(port), url);
    CHECK(has(failure(options, ErrorKind::kUnavailable), "the proxy refused the connection or is not reachable"));
  }
  const ConnectProxy babbler([](const std::string&) { return "220 mail.test ESMTP\r\n\r\n"; });
  CHECK(has(failure(through(at(babbler.port()), "https://nowhere.test:1"), ErrorKind::kUnavailable), "no HTTP proxy"));
  Server silent([](Connection& connection) { (void)connection.request(); });
  CHECK(has(failure(through(at(silent.port()), "https://nowhere.test:1"), ErrorKind::kUnavailable),
            "the proxy closed the connection"));
}

TEST_CASE("a proxy that never answers costs the deadline, and its connection is given up", "[transport]") {
  std::atomic<bool> closed = false;
  Server proxy([&](Connection& connection) {
    (void)connection.request();
    closed = connection.closed_within(5s);
  });
  auto options = through(at(proxy.port()), "https://nowhere.test:1");
  options.proxy_silence = 1s;
  const auto begin = std::chrono::steady_clock::now();
  (void)failure(options, ErrorKind::kTimeout, 200ms);
  CHECK(std::chrono::steady_clock::now() - begin < 900ms);
  support::eventually("the connection is closed", std::chrono::seconds{5}, [&]() -> Seen {
    return {closed.load(), ""};
  });
}

TEST_CASE("a server behind a proxy cannot be verified by another name", "[transport]") {
  auto options = through(at(1), "https://nowhere.test");
  options.tls.server_name = "other.test";
  const auto transport = http::make_cpprest_transport(options);
  REQUIRE_FALSE(transport);
  CHECK(transport.error().kind == ErrorKind::kInvalid);
}
