#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "http/cpprest_transport.hpp"
#include "http/tls.hpp"
#include "server.hpp"

namespace {

using namespace std::chrono_literals;
using namespace transport_test;
using base::ErrorKind;

const Authority& authority() {
  static const Authority kAuthority("the test authority");
  return kAuthority;
}

const Authority& stranger() {
  static const Authority kStranger("a stranger");
  return kStranger;
}

http::TlsConfig trusting(const Authority& trusted = authority()) {
  http::TlsConfig tls;
  tls.ca_pem = trusted.pem();
  return tls;
}

http::Request root() {
  http::Request request;
  request.target = "/";
  return request;
}

base::Result<http::Response> fetch(const std::string& url, const http::TlsConfig& tls) {
  http::Limits limits;
  limits.deadline = 5s;
  return http::make_cpprest_transport({url, tls}).and_then([&](const auto& transport) {
    return transport->send(root(), limits);
  });
}

/// The body, or what went wrong.
std::string body_of(const base::Result<http::Response>& answer) {
  return answer ? answer->body : "failed: " + answer.error().message;
}

/// The message of a certificate that is refused, by the transport and by the probe alike.
std::string refusal(const Server& server, const http::TlsConfig& tls, const std::string& host = "good.test") {
  const auto answer = fetch(server.url(host), tls);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::kTls);
  const auto port = std::to_string(server.port());
  CHECK(answer.error().message.find(host + ":" + port + ": ") == 0);
  const auto probed = http::explain_tls_failure(host, port, tls, 2s);
  CHECK(answer.error().message == probed);
  return answer.error().message;
}

bool holds(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
  return true;
}

}  // namespace

TEST_CASE("a certificate of the given authority is accepted for its name and for its address", "[transport]") {
  std::string sni = "unset";
  Server server(
      [&](Connection& connection) {
        sni = connection.sni();
        (void)connection.request();
        connection.reply("ok");
      },
      ServerTls{authority().issue()});
  CHECK(body_of(fetch(server.url("good.test"), trusting())) == "ok");
  CHECK(sni == "good.test");
  CHECK(body_of(fetch(server.url("127.0.0.1"), trusting())) == "ok");
  CHECK(sni.empty());  // an address is not a server name
}

TEST_CASE("many requests over TLS reuse their connection", "[transport]") {
  Server server(answering("ok"), ServerTls{authority().issue()});
  const auto transport = http::make_cpprest_transport({server.url(), trusting()});
  REQUIRE(transport);
  for (int i = 0; i < 10; ++i) {
    REQUIRE((*transport)->send(root(), {}));
    std::this_thread::sleep_for(5ms);
  }
  CHECK(server.connections() < 4);
}

TEST_CASE("events over TLS arrive at once", "[transport]") {
  Server server(
      [](Connection& connection) {
        (void)connection.request();
        connection.write(kChunkedHead + chunk("one"));
        (void)connection.closed_within(2s);
      },
      ServerTls{authority().issue()});
  const auto transport = http::make_cpprest_transport({server.url(), trusting()});
  REQUIRE(transport);
  const auto stream = (*transport)->open(root(), {});
  REQUIRE(stream);
  CHECK((*stream)->read(2s, {}) == "one");
}

TEST_CASE("an unknown authority is named", "[transport]") {
  Server server(answering("ok"), ServerTls{stranger().issue()});
  holds(refusal(server, trusting()), "unknown authority: CN=a stranger");
}

TEST_CASE("the system's authorities do not help when one is given, nor the other way round", "[transport]") {
  Server server(answering("ok"), ServerTls{authority().issue()});
  holds(refusal(server, {}), "unknown authority: CN=the test authority");
}

TEST_CASE("a certificate for other names lists them", "[transport]") {
  Wish wish;
  wish.subject = "good.test";  // a common name is not a name (RFC 6125, and Go)
  wish.names = {"DNS:other.test", "DNS:*.wild.test", "IP:127.0.0.9"};
  Server server(answering("ok"), ServerTls{authority().issue(wish)});
  holds(refusal(server, trusting()), "valid for other.test, *.wild.test, 127.0.0.9, not for good.test");
  holds(refusal(server, trusting(), "127.0.0.1"), "not for 127.0.0.1");
  CHECK(body_of(fetch(server.url("a.wild.test"), trusting())) == "ok");
  wish.names = {};
  Server nameless(answering("ok"), ServerTls{authority().issue(wish)});
  holds(refusal(nameless, trusting()), "valid for no name");
}

TEST_CASE("an expired certificate is named, with the date", "[transport]") {
  Wish wish;
  wish.begins = -7200;
  wish.ends = -3600;
  Server server(answering("ok"), ServerTls{authority().issue(wish)});
  holds(refusal(server, trusting()), "the certificate CN=server expired on 20");
}

TEST_CASE("a certificate of the future is named, with the date", "[transport]") {
  Wish wish;
  wish.begins = 3600;
  wish.ends = 7200;
  Server server(answering("ok"), ServerTls{authority().issue(wish)});
  holds(refusal(server, trusting()), "is not valid before 20");
}

TEST_CASE("the name to verify can be another than the host's", "[transport]") {
  std::string sni;
  std::string host;
  Server server(
      [&](Connection& connection) {
        sni = connection.sni();
        host = connection.request().value_or("");
        connection.reply("ok");
      },
      ServerTls{authority().issue({"server", {"DNS:kubernetes.test"}})});
  auto tls = trusting();
  holds(refusal(server, tls, "127.0.0.1"), "not for 127.0.0.1");
  tls.server_name = "kubernetes.test";
  REQUIRE(fetch(server.url("127.0.0.1"), tls));
  CHECK(sni == "kubernetes.test");
  holds(host, "\r\nHost: 127.0.0.1:");
  tls.server_name = "other.test";
  holds(refusal(server, tls, "127.0.0.1"), "valid for kubernetes.test, not for other.test");
}

TEST_CASE("any certificate is accepted when the user says so, and only then", "[transport]") {
  Wish wish;
  wish.ends = -10;
  wish.names = {"DNS:other.test"};
  Server server(answering("ok"), ServerTls{stranger().issue(wish)});
  http::TlsConfig tls;
  CHECK_FALSE(fetch(server.url(), tls));
  tls.insecure_skip_verify = true;
  CHECK(body_of(fetch(server.url(), tls)) == "ok");
}

TEST_CASE("a client certificate is shown", "[transport]") {
  Server server(answering("ok"), ServerTls{authority().issue(), authority().pem()});
  const auto client = authority().issue({"client", {}});
  auto tls = trusting();
  tls.client_cert_pem = client.certificate;
  tls.client_key_pem = base::SecretString(client.key);
  CHECK(body_of(fetch(server.url(), tls)) == "ok");
}

TEST_CASE("a missing client certificate is asked for by name", "[transport]") {
  const int version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
  Server server(answering("ok"), ServerTls{authority().issue(), authority().pem(), version});
  holds(refusal(server, trusting()), "client certificate");
}

TEST_CASE("TLS 1.1 is refused", "[transport]") {
  Server server(answering("ok"), ServerTls{authority().issue(), {}, TLS1_1_VERSION});
  holds(refusal(server, trusting()), "TLS version");
}

TEST_CASE("a server that speaks plain HTTP on a TLS port is named", "[transport]") {
  Server server([](Connection& connection) {
    connection.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    (void)connection.closed_within(1s);
  });
  const auto port = std::to_string(server.port());
  const auto answer = fetch("https://127.0.0.1:" + port, trusting());
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::kTls);
  holds(answer.error().message, "does not speak TLS");
}

TEST_CASE("a server that hangs up during the handshake is unavailable", "[transport]") {
  Server server([](Connection&) {});
  const auto answer = fetch("https://127.0.0.1:" + std::to_string(server.port()), trusting());
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::kUnavailable);
  holds(answer.error().message, "handshake");
}

TEST_CASE("a handshake that never ends costs the deadline, and the probe its limit", "[transport]") {
  Server server([](Connection& connection) { (void)connection.closed_within(3s); });
  const auto port = std::to_string(server.port());
  const auto transport = http::make_cpprest_transport({"https://127.0.0.1:" + port, trusting()});
  REQUIRE(transport);
  http::Limits limits;
  limits.deadline = 200ms;
  const auto begin = std::chrono::steady_clock::now();
  CHECK((*transport)->send(root(), limits).error().kind == ErrorKind::kTimeout);
  holds(http::explain_tls_failure("127.0.0.1", port, trusting(), 200ms), "in time");
  holds(http::explain_tls_failure("slow.test", port, trusting(), 200ms), "in time");
  CHECK(std::chrono::steady_clock::now() - begin < 1900ms);  // slow.test takes 2 s
}

TEST_CASE("an unusable PEM text is refused before any connection", "[transport]") {
  const auto client = authority().issue({"client", {}});
  const auto other = authority().issue({"other", {}});
  const auto refused = [](const http::TlsConfig& tls, const std::string& part) {
    const auto ok = http::validate(tls);
    REQUIRE_FALSE(ok);
    CHECK(ok.error().kind == ErrorKind::kInvalid);
    holds(ok.error().message, part);
    CHECK_FALSE(http::make_cpprest_transport({"https://127.0.0.1", tls}));
  };
  CHECK(http::validate({}));
  CHECK(http::validate(trusting()));
  http::TlsConfig tls;
  tls.ca_pem = "nonsense";
  refused(tls, "CA text");
  tls.ca_pem = authority().pem() + authority().pem().substr(0, 200) + "\n-----END CERTIFICATE-----\n";
  refused(tls, "CA text");
  tls = trusting();
  tls.client_cert_pem = client.certificate;
  refused(tls, "client key text");
  tls.client_key_pem = base::SecretString(other.key);
  refused(tls, "does not belong");
  tls.client_cert_pem.clear();
  refused(tls, "client certificate text");
}
