#include "http/proxy_choice.hpp"

#include <catch2/catch.hpp>

namespace {

using base::SecretString;

http::ProxyRules rules_of(const std::string& https, const std::string& http = "", const std::string& no = "") {
  auto rules = http::read_proxy_rules({SecretString(https), SecretString(http), no});
  REQUIRE(rules);
  return *rules;
}

/// host:port of the proxy that leads to `url`, or "direct".
std::string way_to(const std::string& url, const http::ProxyRules& rules) {
  const auto server = http::parse_endpoint(url);
  REQUIRE(server);
  const auto proxy = http::choose_proxy(rules, *server);
  return proxy ? proxy->authority() : "direct";
}

bool is_direct(const std::string& url, const std::string& no) {
  INFO(url << " with NO_PROXY=" << no);
  const auto way = way_to(url, rules_of("proxy.test:1", "proxy.test:1", no));
  CHECK((way == "direct" || way == "proxy.test:1"));
  return way == "direct";
}

}  // namespace

TEST_CASE("the scheme of the server chooses the proxy", "[http]") {
  const auto rules = rules_of("http://secure.test:3128", "plain.test");
  CHECK(way_to("https://harbor.test", rules) == "secure.test:3128");
  CHECK(way_to("http://harbor.test", rules) == "plain.test:80");
  CHECK(way_to("https://harbor.test", rules_of("", "plain.test")) == "direct");
  CHECK(way_to("http://harbor.test", rules_of("secure.test")) == "direct");
  CHECK(way_to("https://harbor.test", rules_of("", "")) == "direct");
}

TEST_CASE("localhost and loopback addresses are never called by a proxy", "[http]") {
  const auto rules = rules_of("proxy.test:1", "proxy.test:1");
  for (const auto* url : {"https://localhost", "http://LOCALHOST:8080", "https://127.0.0.1", "http://127.8.9.10:80"}) {
    INFO(url);
    CHECK(way_to(url, rules) == "direct");
  }
  for (const auto* url : {"https://localhost.test", "https://128.0.0.1", "https://126.255.255.255"}) {
    INFO(url);
    CHECK(way_to(url, rules) == "proxy.test:1");
  }
}

TEST_CASE("NO_PROXY names hosts, with and without dots, and ports", "[http]") {
  CHECK(is_direct("https://harbor.test", "*"));
  CHECK(is_direct("https://harbor.test", "other.test, * ,more.test"));
  CHECK(is_direct("https://harbor.test", "harbor.test"));
  CHECK(is_direct("https://Harbor.Test", " hARBOR.tEST "));
  CHECK(is_direct("https://harbor.test", "test"));
  CHECK(is_direct("https://a.harbor.test", "harbor.test"));
  CHECK(is_direct("https://a.harbor.test", ".harbor.test"));
  CHECK(is_direct("https://a.harbor.test", "*.harbor.test"));
  CHECK(is_direct("https://harbor.test:8443", "harbor.test:8443"));
  CHECK(is_direct("https://harbor.test", "harbor.test:443"));
  CHECK(is_direct("http://harbor.test", ".test:80"));
  CHECK_FALSE(is_direct("https://harbor.test", ""));
  CHECK_FALSE(is_direct("https://harbor.test", " , ,"));
  CHECK_FALSE(is_direct("https://harbor.test", ".harbor.test"));
  CHECK_FALSE(is_direct("https://harbor.test", "*.harbor.test"));
  CHECK_FALSE(is_direct("https://notharbor.test", "harbor.test"));
  CHECK_FALSE(is_direct("https://harbor.test", "a.harbor.test"));
  CHECK_FALSE(is_direct("https://harbor.test", "harbor.test:80"));
  CHECK_FALSE(is_direct("https://harbor.test", "h*bor.test,[,:443,[]:443,/8"));
}

TEST_CASE("NO_PROXY names addresses and CIDRs", "[http]") {
  CHECK(is_direct("https://10.1.2.3", "10.1.2.3"));
  CHECK(is_direct("https://10.1.2.3", "10.1.2.3:443"));
  CHECK(is_direct("https://10.1.2.3", "10.0.0.0/8"));
  CHECK(is_direct("https://10.1.2.3", "10.1.2.2/31"));
  CHECK(is_direct("https://10.1.2.3", "10.1.2.3/32"));
  CHECK(is_direct("https://10.1.2.3", "0.0.0.0/0"));
  CHECK(is_direct("https://10.1.2.3", "::ffff:10.1.2.3"));
  CHECK_FALSE(is_direct("https://10.1.2.3", "10.1.2.3:80"));
  CHECK_FALSE(is_direct("https://10.1.2.3", "10.1.2.4/31"));
  CHECK_FALSE(is_direct("https://10.1.2.3", "11.0.0.0/8"));
  CHECK_FALSE(is_direct("https://110.1.2.3", "10.1.2.3"));
  CHECK_FALSE(is_direct("https://harbor.test", "0.0.0.0/0"));  // a name is not looked up to be compared
  CHECK_FALSE(is_direct("https://10.1.2.3", "10.0.0.0/33,10.0.0.0/-1,10.0.0.0/,10.0.0.0/8x,fd00::/8,[fd00::1]:443"));
}

TEST_CASE("user and password of a proxy are decoded and kept apart from its address", "[http]") {
  const auto rules = rules_of("http://us%40er:pa%3Ass%2f@Proxy.test:3128/");
  REQUIRE(rules.https);
  CHECK(rules.https->authority() == "Proxy.test:3128");
  CHECK(rules.https->user.reveal() == "us@er");
  CHECK(rules.https->password.reveal() == "pa:ss/");
  const auto token = rules_of("token@proxy.test").https;
  CHECK(token->user.reveal() == "token");
  CHECK(token->password.empty());
  CHECK(rules_of("a:b@c@proxy.test").https->password.reveal() == "b@c");
}

TEST_CASE("a proxy that cannot be used is told by its variable, not by its value", "[http]") {
  for (const std::string bad :
       {"https://user:hidden@proxy.test", "socks5://user:hidden@proxy.test:1080", "http://user:hidden@",
        "http://user:hidden@proxy.test:99999", "http://user:hidden@[::1]:3128", "http://user:hidden@proxy.test/path",
        "http://us%er:hidden@proxy.test", "http://user:hidden%4@proxy.test", "http://:hidden@proxy.test",
        "hidden proxy"}) {
    INFO(bad);
    const auto https = http::read_proxy_rules({SecretString(bad), {}, {}});
    REQUIRE_FALSE(https);
    CHECK(https.error().kind == base::ErrorKind::kInvalid);
    CHECK(https.error().message.starts_with("HTTPS_PROXY must be "));
    CHECK(https.error().message.find("hidden") == std::string::npos);
    const auto http = http::read_proxy_rules({{}, SecretString(bad), {}});
    REQUIRE_FALSE(http);
    CHECK(http.error().message.starts_with("HTTP_PROXY must be "));
  }
}
