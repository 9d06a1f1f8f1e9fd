// The matcher has to be able to fail: each rule is held from both sides.
#include "harbor/conformance/match_json.hpp"

#include <catch2/catch.hpp>

using conformance::differences;
using conformance::Json;

namespace {

Json parse(const char* text) { return Json::parse(text); }

bool same(const char* recorded, const char* got) { return differences(parse(recorded), parse(got)).empty(); }

}  // namespace

TEST_CASE("equal values hold and any other value, type or null differs", "[conformance]") {
  CHECK(same(R"({"a":1,"b":null,"c":"x"})", R"({"c":"x","b":null,"a":1})"));
  CHECK_FALSE(same(R"({"a":1})", R"({"a":2})"));
  CHECK_FALSE(same(R"({"a":1})", R"({"a":"1"})"));
  CHECK_FALSE(same(R"({"a":null})", R"({"a":[]})"));
  CHECK_FALSE(same(R"({"a":true})", R"({"a":"true"})"));
}

TEST_CASE("a field too few and a field too many both differ", "[conformance]") {
  CHECK_FALSE(same(R"({"a":1,"b":2})", R"({"a":1})"));
  CHECK_FALSE(same(R"({"a":1})", R"({"a":1,"b":2})"));
  CHECK_FALSE(same(R"({"a":null})", R"({})"));
}

TEST_CASE("a difference names its path and both values", "[conformance]") {
  const auto found = differences(parse(R"([{"a":{"b":1}}])"), parse(R"([{"a":{"b":2}}])"));
  REQUIRE(found.size() == 1);
  CHECK(found[0] == "body[0].a.b: recorded 1, got 2");
}

TEST_CASE("an array is ordered, and as long as it was", "[conformance]") {
  CHECK(same("[1,2]", "[1,2]"));
  CHECK_FALSE(same("[1,2]", "[2,1]"));
  CHECK_FALSE(same("[1,2]", "[1]"));
  CHECK_FALSE(same("[1]", "[1,1]"));
}

TEST_CASE("permissions, access and actions come in any order but are the same", "[conformance]") {
  CHECK(same(R"({"actions":["pull","push"]})", R"({"actions":["push","pull"]})"));
  CHECK_FALSE(same(R"({"actions":["pull","push"]})", R"({"actions":["pull","pull"]})"));
  CHECK(same(R"({"permissions":[{"kind":"a"},{"kind":"b"}]})", R"({"permissions":[{"kind":"b"},{"kind":"a"}]})"));
  CHECK_FALSE(same(R"({"permissions":[{"kind":"a"}]})", R"({"permissions":[{"kind":"b"}]})"));
  CHECK(same(R"([{"action":"a"},{"action":"b"}])", R"([{"action":"b"},{"action":"a"}])"));
}

TEST_CASE("a time holds by its shape, and the zero time by its value", "[conformance]") {
  CHECK(same(R"({"update_time":"2026-11-23T07:26:21.014Z"})", R"({"update_time":"2027-01-01T00:00:00.999Z"})"));
  CHECK_FALSE(same(R"({"update_time":"2026-11-23T07:26:21.014Z"})", R"({"update_time":"2027-01-01T00:00:00Z"})"));
  CHECK_FALSE(same(R"({"update_time":"2026-11-23T07:26:21.014Z"})", R"({"update_time":1795418792})"));
  CHECK_FALSE(
      same(R"({"creation_time":"0001-01-01T00:00:00.000Z"})", R"({"creation_time":"2026-11-23T07:26:21.014Z"})"));
  CHECK_FALSE(same(R"({"other":"2026-11-23T07:26:21.014Z"})", R"({"other":"2027-01-01T00:00:00.999Z"})"));
}

TEST_CASE("an object that was changed since it was made has to be changed again", "[conformance]") {
  const auto* made = R"({"creation_time":"2026-11-23T07:26:21.014Z","update_time":"2026-11-23T07:26:21.014Z"})";
  const auto* changed = R"({"creation_time":"2026-11-23T07:26:21.014Z","update_time":"2026-11-23T07:26:29.014Z"})";
  CHECK(same(made, made));
  CHECK(same(changed, changed));
  CHECK_FALSE(same(made, changed));
  CHECK_FALSE(same(changed, made));
}

TEST_CASE("an expiry is measured from the creation", "[conformance]") {
  const auto* day = R"({"creation_time":"2026-11-23T00:00:00.000Z","expires_at":1795478400})";
  const auto* later_day = R"({"creation_time":"2026-11-24T00:00:00.500Z","expires_at":1795564801})";
  const auto* two_days = R"({"creation_time":"2026-11-24T00:00:00.000Z","expires_at":1795651200})";
  const auto* never = R"({"creation_time":"2026-11-24T00:00:00.000Z","expires_at":-1})";
  CHECK(same(day, later_day));
  CHECK_FALSE(same(day, two_days));
  CHECK_FALSE(same(day, never));
  CHECK_FALSE(same(never, day));
}

TEST_CASE("an expiry that was written by hand only has to be in the past", "[conformance]") {
  const auto* by_hand = R"({"creation_time":"2026-11-23T00:00:00.000Z","update_time":"2026-11-23T01:00:00.000Z",
    "duration":30,"expires_at":1795392100})";
  const auto* past = R"({"creation_time":"2026-12-23T00:00:00.000Z","update_time":"2026-12-23T01:00:00.000Z",
    "duration":30,"expires_at":1797984000})";
  const auto* future = R"({"creation_time":"2026-12-23T00:00:00.000Z","update_time":"2026-12-23T01:00:00.000Z",
    "duration":30,"expires_at":1800576000})";
  CHECK(same(by_hand, past));
  CHECK_FALSE(same(by_hand, future));
}

TEST_CASE("a generated secret is 32 letters and digits of each kind", "[conformance]") {
  const auto* recorded = R"({"secret":"<secret>"})";
  CHECK(same(recorded, R"({"secret":"ZtCLPpoKDbMyqrLH4eUIIIRmgnXjXR4h"})"));
  CHECK_FALSE(same(recorded, R"({"secret":""})"));
  CHECK_FALSE(same(recorded, R"({"secret":"ztclppokdbmyqrlh4euiiirmgnxjxr4h"})"));
  CHECK_FALSE(same(recorded, R"({"secret":"ZtCLPpoKDbMyqrLHaeUIIIRmgnXjXRah"})"));
  CHECK_FALSE(same(recorded, R"({"secret":"ZtCLPpoKDbMyqrLH4eUIIIRmgnXjXR4"})"));
}

TEST_CASE("a version holds to its minor number", "[conformance]") {
  const auto* recorded = R"({"harbor_version":"v2.15.2-080b0220"})";
  CHECK(same(recorded, R"({"harbor_version":"v2.15.4-abc.1"})"));
  CHECK_FALSE(same(recorded, R"({"harbor_version":"v2.14.2-080b0220"})"));
}

TEST_CASE("the methods of a 405 come in any order but are the same", "[conformance]") {
  const auto* recorded = R"({"message":"method POST is not allowed, but [GET,PUT] are"})";
  CHECK(same(recorded, R"({"message":"method POST is not allowed, but [PUT,GET] are"})"));
  CHECK_FALSE(same(recorded, R"({"message":"method POST is not allowed, but [GET] are"})"));
  CHECK_FALSE(same(recorded, R"({"message":"method PATCH is not allowed, but [GET,PUT] are"})"));
}
