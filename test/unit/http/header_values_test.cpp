#include "http/header_values.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

TEST_CASE("everything but unreserved characters is percent-encoded", "[http]") {
  CHECK(http::percent_encode("aZ09-._~") == "aZ09-._~");
  CHECK(http::percent_encode("team-a+x,y=z \xc3\xbc") == "team-a%2Bx%2Cy%3Dz%20%C3%BC");
}

TEST_CASE("a Retry-After is seconds, bounded, or nothing", "[http]") {
  CHECK(http::parse_retry_after("7") == 7s);
  CHECK(http::parse_retry_after(" 7\t") == 7s);
  CHECK(http::parse_retry_after("0") == 0s);
  CHECK(http::parse_retry_after("99999999999999999999") == 5min);
  for (const auto* text : {"", " ", "-1", "1.5", "Mon, 23 Nov 2026 18:42:00 GMT"}) {
    INFO(text);
    CHECK_FALSE(http::parse_retry_after(text));
  }
}
