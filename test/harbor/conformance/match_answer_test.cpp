#include "harbor/conformance/match_answer.hpp"

#include <catch2/catch.hpp>

#include "base/digest.hpp"
#include "harbor/conformance/match_token.hpp"

using namespace conformance;

namespace {

const Json kHeader{{"alg", "RS256"}, {"typ", "JWT"}, {"kid", "AI5O:6TJ6"}};

Json claims(std::int64_t at) {
  return {{"iss", "harbor-token-issuer"}, {"sub", "robot$a"}, {"iat", at}, {"nbf", at}, {"exp", at + 1800},
          {"jti", "ymfNCfmf26HRQrLS"},    {"access", nullptr}};
}

std::string token(const Json& said, const Json& header = kHeader) {
  return base::base64_encode(header.dump()) + "." + base::base64_encode(said.dump()) + ".c2ln";
}

Case recorded_401() {
  Case recorded{.name = "x"};
  recorded.answer = {.status = 401, .headers = {{"Www-Authenticate", "Basic realm=\"harbor\""}}, .text = ""};
  recorded.seconds = 1.51;
  return recorded;
}

Answer got_401() {
  return {.status = 401, .headers = {{"WWW-Authenticate", "Basic realm=\"harbor\""}}, .seconds = 1.6};
}

}  // namespace

TEST_CASE("an answer holds when status, body, headers and time do", "[conformance]") {
  CHECK(answer_differences(recorded_401(), got_401(), {}).empty());
}

TEST_CASE("another status, text or header is a difference each", "[conformance]") {
  auto status = got_401();
  status.status = 403;
  CHECK(answer_differences(recorded_401(), status, {}).size() == 1);
  auto text = got_401();
  text.body = "no";
  CHECK(answer_differences(recorded_401(), text, {}).size() == 1);
  auto header = got_401();
  header.headers[0].second = "Basic";
  CHECK(answer_differences(recorded_401(), header, {}).size() == 1);
}

TEST_CASE("a header that is empty is not one that is missing", "[conformance]") {
  auto recorded = recorded_401();
  recorded.answer.headers[0].second = "";
  auto got = got_401();
  got.headers.clear();
  CHECK(answer_differences(recorded, got, {}).size() == 1);
  got.headers.emplace_back("www-authenticate", "");
  CHECK(answer_differences(recorded, got, {}).empty());
}

TEST_CASE("a header too many is a difference, unless every proxy adds it", "[conformance]") {
  auto got = got_401();
  got.headers.emplace_back("Date", "today");
  got.headers.emplace_back("Server", "nginx");
  CHECK(answer_differences(recorded_401(), got, {}).empty());
  got.headers.emplace_back("Location", "/");
  CHECK(answer_differences(recorded_401(), got, {}).size() == 1);
}

TEST_CASE("a cookie holds by name and attributes", "[conformance]") {
  auto recorded = recorded_401();
  auto got = got_401();
  recorded.answer.headers.emplace_back("Set-Cookie", "sid=<hex>; Path=/; HttpOnly");
  CHECK_FALSE(answer_differences(recorded, got, {}).empty());
  got.headers.emplace_back("Set-Cookie", "sid=0123; Path=/; HttpOnly");
  CHECK(answer_differences(recorded, got, {}).empty());
  got.headers.back().second = "sid=0123; Path=/";
  CHECK_FALSE(answer_differences(recorded, got, {}).empty());
}

TEST_CASE("a refused login is held up as long as this Harbor does it, and no other refusal is", "[conformance]") {
  auto quick = got_401();
  quick.seconds = 0.01;
  CHECK(answer_differences(recorded_401(), quick, {}).size() == 1);
  CHECK(answer_differences(recorded_401(), quick, {.delay = 0.01}).empty());
  auto recorded = recorded_401();
  recorded.seconds = 0.01;
  CHECK(answer_differences(recorded, got_401(), {}).size() == 1);
}

TEST_CASE("a body that should be JSON and is not differs", "[conformance]") {
  Case recorded{.name = "x"};
  recorded.answer = {.status = 200, .json = Json::object()};
  CHECK(answer_differences(recorded, {.status = 200, .body = "<html>"}, {}).size() == 1);
  CHECK(answer_differences(recorded, {.status = 200, .body = "{}"}, {}).empty());
}

TEST_CASE("a token holds by what it says, whenever it was issued", "[conformance]") {
  const Json recorded{{"header", kHeader}, {"claims", claims(1'795'418'792)}};
  CHECK(token_differences(recorded, token(claims(1'800'000'000))).empty());

  auto other = claims(1'800'000'000);
  other["exp"] = 1'800'000'060;
  CHECK_FALSE(token_differences(recorded, token(other)).empty());
  other = claims(1'800'000'000);
  other["access"] = Json::array();
  CHECK_FALSE(token_differences(recorded, token(other)).empty());
  other = claims(1'800'000'000);
  other.erase("sub");
  CHECK_FALSE(token_differences(recorded, token(other)).empty());
  other = claims(1'800'000'000);
  other.erase("jti");
  CHECK_FALSE(token_differences(recorded, token(other)).empty());
  CHECK_FALSE(token_differences(recorded, token(claims(1'800'000'000), {{"alg", "none"}})).empty());
  CHECK_FALSE(token_differences(recorded, "a.b.c").empty());
  CHECK_FALSE(token_differences(recorded, "").empty());
}
