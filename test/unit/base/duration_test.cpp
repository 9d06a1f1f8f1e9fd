#include "base/duration.hpp"

#include <catch2/catch.hpp>

using base::parse_duration;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_CASE("a duration is read as Go reads it", "[base]") {
  const std::vector<std::pair<std::string, base::Millis>> good = {
      {"10m", minutes(10)},     {"24h", hours(24)},           {"1h30m", minutes(90)},
      {"1.5h", minutes(90)},    {"250ms", milliseconds(250)}, {"1h0m0.5s", hours(1) + milliseconds(500)},
      {"0s", milliseconds(0)},  {"0", milliseconds(0)},       {"1999us", milliseconds(1)},
      {"87600h", hours(87600)},
  };
  for (const auto& [text, value] : good) {
    INFO(text);
    const auto read = parse_duration(text);
    REQUIRE(read);
    CHECK(*read == value);
  }
}

TEST_CASE("what is no duration is refused with an example", "[base]") {
  for (const std::string text : {"", " ", "10", "m", "10 m", "10m ", "1d", "ten", "-1s", "-0.5h", "inf", "+inf", "-inf",
                                 "1h-30m", "9999999999999999999h", "P1D", "3 days"}) {
    INFO(text);
    const auto read = parse_duration(text);
    REQUIRE_FALSE(read);
    CHECK(read.error().kind == base::ErrorKind::kInvalid);
    CHECK(read.error().message.find("1h30m") != std::string::npos);
  }
}

TEST_CASE("the longest duration fits, and what is longer is refused", "[base]") {
  CHECK(parse_duration("9223372036854775806ms") == base::Millis(9223372036854775806));
  CHECK_FALSE(parse_duration("9223372036854775808ms"));
}
