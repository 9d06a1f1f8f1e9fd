#include "base/clock.hpp"

#include <catch2/catch.hpp>

TEST_CASE("the date of an HTTP answer is read, and nothing else", "[base]") {
  const auto time = base::parse_http_date("Mon, 23 Nov 2026 18:42:00 GMT");
  REQUIRE(time);
  CHECK(base::rfc3339(*time) == "2026-11-23T18:42:00Z");
  for (const auto* text : {"", "Mon, 23 Nov 2026 18:42:00", "2026-11-23T18:42:00Z", "Mon, 23 Nov 2026 25:42:00 GMT",
                           "Monday, 23-Nov-26 18:42:00 GMT", "Mon, 32 Nov 2026 18:42:00 GMT"}) {
    INFO(text);
    const auto bad = base::parse_http_date(text);
    REQUIRE_FALSE(bad);
    CHECK(bad.error().kind == base::ErrorKind::kInvalid);
  }
}

TEST_CASE("times beyond the reach of nanoseconds are written and read", "[base]") {
  const base::WallTime far(std::chrono::seconds(253'402'300'799));
  CHECK(base::rfc3339(far) == "9999-12-31T23:59:59Z");
  CHECK(base::parse_rfc3339("9999-12-31T23:59:59Z") == far);
  CHECK(base::rfc3339_micro(base::WallTime(std::chrono::microseconds(1))) == "1970-01-01T00:00:00.000001Z");
}
