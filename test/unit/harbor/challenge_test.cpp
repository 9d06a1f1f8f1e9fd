#include "harbor/challenge.hpp"

#include <catch2/catch.hpp>

namespace {

using harbor::Place;

std::string realm(std::string_view header) {
  const auto found = harbor::parse_challenge(header);
  return found ? found->realm + " | " + found->service : "none";
}

bool holds(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
  return true;
}

}  // namespace

TEST_CASE("the Bearer challenge is found among whatever stands beside it", "[harbor]") {
  struct Row {
    const char* header;
    const char* found;
  };
  const std::vector<Row> rows = {
      {R"(Bearer realm="https://harbor.example.test/service/token",service="harbor-registry")",
       "https://harbor.example.test/service/token | harbor-registry"},
      {R"(Bearer realm="https://h/service/token",service="harbor-registry",scope="repository:team-a/app:pull,push")",
       "https://h/service/token | harbor-registry"},
      {R"(bearer  REALM = "https://h/t" ,  Service=s)", "https://h/t | s"},
      {R"(Basic realm="harbor", Bearer realm="https://h/t",service="s")", "https://h/t | s"},
      {R"(Bearer realm="https://h/t",service="s", Basic realm="harbor")", "https://h/t | s"},
      {R"(Negotiate abc==, Bearer realm="https://h/t")", "https://h/t | "},
      {R"(Negotiate, Bearer realm="https://h/t")", "https://h/t | "},
      {R"(Bearer realm="a, Basic realm=\"x\"",service="s")", "a, Basic realm=\"x\" | s"},
      {R"(,, Bearer realm=https://h/t,,service=s,)", "https://h/t | s"},
      {R"(Bearer service="s", Bearer realm="https://h/t")", "https://h/t | "},
      {R"(Bearer realm="https://h/t)", "https://h/t | "},
      {R"(Basic realm="harbor")", "none"},
      {"", "none"},
      {" ", "none"},
      {"Bearer", "none"},
      {R"(Bearer realm="")", "none"},
      {R"(realm="https://h/t")", "none"},
      {"=====", "none"},
      {"\"\\", "none"},
  };
  for (const auto& row : rows) {
    INFO(row.header);
    CHECK(realm(row.header) == row.found);
  }
  CHECK(realm("Bearer realm=\"" + std::string(10'000, 'a') + "\"") == "none");
}

TEST_CASE("a realm at the registry or the endpoint is good, with the usual port or without", "[harbor]") {
  const std::vector<std::pair<const char*, Place>> rows = {
      {"https://harbor.example.test/service/token", {"https://harbor.example.test", "harbor.example.test"}},
      {"https://HARBOR.example.test:443/service/token", {"https://harbor.example.test", "harbor.example.test"}},
      {"https://harbor.example.test/service/token", {"https://harbor.example.test:443/", "harbor.example.test:443"}},
      {"https://harbor.example.test:8443/service/token", {"https://harbor:8443", "harbor.example.test:8443"}},
      {"https://other.example/service/token", {"https://harbor.example.test", "other.example"}},
      {"http://127.0.0.1:8080/service/token", {"http://127.0.0.1:8080", "127.0.0.1:8080"}},
      {"http://harbor/service/token", {"http://harbor:80", "harbor"}},
      {"https://harbor.example.test/service/token", {"http://harbor-core", "harbor.example.test"}},
      {"https://[::1]:8443/service/token", {"https://harbor", "[::1]:8443"}},
  };
  for (const auto& [url, place] : rows) {
    INFO(url << " " << place.endpoint << " " << place.host);
    CHECK(harbor::realm_problem(url, place).empty());
  }
}

TEST_CASE("a realm that nodes could not use is explained, with the remedy", "[harbor]") {
  const Place place{"https://harbor.example.test", "registry.example.test:8443"};
  const auto problem = [&](std::string_view url) { return harbor::realm_problem(url, place); };
  CHECK(problem("https://core.example.test:8080/service/token") ==
        "the registry sends clients to core.example.test:8080 for a token, which is neither "
        "registry.example.test:8443 nor harbor.example.test; set external_url in Harbor's configuration, and let what "
        "stands before Harbor keep the Host header");
  holds(problem("https://registry.example.test/service/token"), "neither");
  holds(problem("https://harbor.example.test:80/service/token"), "neither");
  holds(problem("http://harbor.example.test/service/token"), "without TLS");
  holds(problem("http://harbor.example.test/service/token"), "to https://registry.example.test:8443");
  for (const auto* url : {"", "/service/token", "ftp://harbor.example.test/", "https://", "https://a b/",
                          "https://harbor.example.test@evil.example/service/token", "https://\x1b[31m/"}) {
    INFO(url);
    holds(problem(url), "not an http(s) URL");
    CHECK(problem(url).find('\x1b') == std::string::npos);
  }
}

TEST_CASE("only the path of a realm is used", "[harbor]") {
  CHECK(harbor::token_path("https://harbor.example.test/service/token") == "/service/token");
  CHECK(harbor::token_path("http://evil.example:1/a/b%20c?service=x#y") == "/a/b%20c");
  for (const auto* url : {"", "/service/token", "https://h", "https://h?x", "https://h//evil.example/x",
                          "https://h/a b", "https://h/a\r\nX: y", "https://u@h/t"}) {
    INFO(url);
    const auto path = harbor::token_path(url);
    REQUIRE_FALSE(path);
    CHECK(path.error().kind == base::ErrorKind::kInvalid);
    CHECK(path.error().message.find('\r') == std::string::npos);
  }
}
