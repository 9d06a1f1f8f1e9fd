#include "harbor/token.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "base/digest.hpp"
#include "harbor/errors.hpp"

namespace {

using base::ErrorKind;
using Strings = std::vector<std::string>;

std::string base64url(const std::string& bytes) {
  auto text = base::base64_encode(bytes);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text.substr(0, text.find('='));
}

std::string jwt(const std::string& claims) {
  return base64url(R"({"alg":"RS256","kid":"2RWU:WIMZ","typ":"JWT"})") + "." + base64url(claims) + ".c2lnbmF0dXJl";
}

http::Response answer(std::string body) { return {200, {{"Content-Type", "application/json"}}, std::move(body)}; }

base::Result<harbor::Token> token_of(const std::string& claims) {
  return harbor::parse_token(answer(R"({"token":")" + jwt(claims) +
                                    R"(","access_token":"","expires_in":1800,"issued_at":"2026-11-23T09:13:11Z"})"));
}

// Claims recorded from Harbor 2.15.2.
constexpr const char* kNoScope =
    R"({"iss":"harbor-token-issuer","sub":"robot$team-a+puller","aud":"harbor-registry","exp":1795426991,
        "nbf":1795425191,"iat":1795425191,"jti":"DbZbRaWqglSdsCP6","access":null})";
constexpr const char* kWrongSecret =
    R"({"iss":"harbor-token-issuer","aud":"harbor-registry","exp":1795426994,"nbf":1795425194,"iat":1795425194,
        "jti":"7QCqApGA64JFNDtq","access":[{"type":"repository","name":"team-a/app","actions":[]}]})";
constexpr const char* kTwoScopes =
    R"({"iss":"harbor-token-issuer","sub":"admin","aud":"harbor-registry","exp":1795426997,"nbf":1795425197,
        "iat":1795425197,"jti":"sxzdEaSmXYZyLSpN","access":[{"type":"repository","name":"team-a/app",
        "actions":["push","pull","delete"]},{"type":"registry","name":"catalog","actions":["*"]},
        {"type":"repository","name":"library/x","actions":["*","pull"]}]})";

}  // namespace

TEST_CASE("a token asked without a scope names its holder and gives nothing", "[harbor]") {
  const auto token = token_of(kNoScope);
  REQUIRE(token);
  CHECK(token->subject == "robot$team-a+puller");
  CHECK(token->grants.empty());
  CHECK(token->bearer.reveal() == jwt(kNoScope));
}

TEST_CASE("a wrong secret gets a token of nobody", "[harbor]") {
  const auto token = token_of(kWrongSecret);
  REQUIRE(token);
  CHECK(token->subject.empty());
  REQUIRE(token->grants.size() == 1);
  CHECK(token->grants[0].repository == "team-a/app");
  CHECK(token->grants[0].actions.empty());
  CHECK_FALSE(harbor::allows(*token, "team-a/app", "pull"));
}

TEST_CASE("what a token gives is read for repositories only, in one order", "[harbor]") {
  const auto token = token_of(kTwoScopes);
  REQUIRE(token);
  REQUIRE(token->grants.size() == 2);
  CHECK(token->grants[0].actions == Strings{"delete", "pull", "push"});
  CHECK(harbor::allows(*token, "team-a/app", "pull"));
  CHECK_FALSE(harbor::allows(*token, "team-a/other", "pull"));
  CHECK_FALSE(harbor::allows(*token, "catalog", "pull"));
  CHECK(harbor::allows(*token, "library/x", "push"));
}

TEST_CASE("token is preferred to an access_token, which serves in its place", "[harbor]") {
  const auto a = jwt(R"({"sub":"a"})");
  const auto b = jwt(R"({"sub":"b"})");
  const auto subject = [](const std::string& body) {
    const auto token = harbor::parse_token(answer(body));
    return token ? token->subject : "failed: " + token.error().message;
  };
  CHECK(subject(R"({"token":")" + a + R"(","access_token":")" + b + "\"}") == "a");
  CHECK(subject(R"({"token":"","access_token":")" + b + "\"}") == "b");
  CHECK(subject(R"({"access_token":")" + b + "\"}") == "b");
}

TEST_CASE("claims of every length and every byte are decoded", "[harbor]") {
  for (const auto* subject : {"", "a", "ab", "abc", "\xc3\xbf\xc3\xbe>?~"}) {
    const auto token = token_of(std::string(R"({"sub":")") + subject + "\"}");
    REQUIRE(token);
    CHECK(token->subject == subject);
  }
}

TEST_CASE("what is no token is an error that does not show it", "[harbor]") {
  const auto in_answer = [](const std::string& token) { return R"({"token":")" + token + R"("})"; };
  const std::vector<std::string> malformed = {
      "{}",
      "[]",
      "null",
      R"({"token":1})",
      R"({"token":"","access_token":""})",
      in_answer("hunter2"),
      in_answer("hunter2.hunter2"),
      in_answer(jwt("{}") + ".hunter2"),
      in_answer("a..b"),
      in_answer(".a.b"),
      in_answer("a.!.b"),
      in_answer("a.b=.c"),
      in_answer("a.hunter2.c"),
      in_answer(jwt("[]")),
      in_answer(jwt("{\"sub\":\"a\"")),
      in_answer(jwt(R"({"access":{}})")),
      in_answer(jwt(R"({"access":"pull"})")),
      in_answer("a b." + base64url("{}") + ".c"),
  };
  for (const auto& body : malformed) {
    INFO(body);
    const auto token = harbor::parse_token(answer(body));
    REQUIRE_FALSE(token);
    CHECK(token.error().kind == ErrorKind::kInvalid);
    CHECK(token.error().reason == harbor::kMalformed);
    CHECK(token.error().message.find("hunter2") == std::string::npos);
  }
  CHECK(harbor::parse_token(answer("<html>")).error().kind == ErrorKind::kUnavailable);
  CHECK(harbor::parse_token(answer(in_answer(std::string(300'000, 'a')))).error().kind == ErrorKind::kTooLarge);
}

TEST_CASE("strange entries of what a token gives are left out", "[harbor]") {
  const auto token = token_of(R"({"sub":7,"access":[1,null,{},{"type":"repository"},{"type":"repository","name":"a/b"},
      {"type":"repository","name":"a/b","actions":"pull"},{"type":"repository","name":"a/c","actions":[1,"pull"]}]})");
  REQUIRE(token);
  CHECK(token->subject.empty());
  REQUIRE(token->grants.size() == 1);
  CHECK(token->grants[0].actions == Strings{"pull"});
}
