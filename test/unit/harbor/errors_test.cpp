#include "harbor/errors.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/digest.hpp"

namespace {

using base::ErrorKind;
using nlohmann::json;

constexpr const char* kJson = "application/json; charset=utf-8";
constexpr const char* kReadOnlyText = "The system is in read only mode. Any modification is prohibited.";
constexpr const char* kScopeText =
    "permission scope is invalid. It must be equal to or more restrictive than the creator robot's permissions: "
    "robot$op";

http::Response harbor_says(int status, const std::string& code, const std::string& message) {
  const json body = {{"errors", json::array({{{"code", code}, {"message", message}}})}};
  return {status, {{"Content-Type", kJson}}, body.dump() + "\n"};
}

http::Response page(int status, std::string type, std::string body) {
  return {status, {{"Content-Type", std::move(type)}}, std::move(body)};
}

base::Error error(const http::Response& response) { return harbor::to_error({"try"}, response); }

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("each of Harbor's answers has its kind, its word and its sentence", "[harbor]") {
  struct Row {
    http::Response response;
    ErrorKind kind;
    std::string_view reason;
    const char* says;
  };
  const std::vector<Row> rows = {
      {harbor_says(400, "BAD_REQUEST", "bad request permission: robot:update"), ErrorKind::kRejected, "BAD_REQUEST",
       "try: Harbor answered 400 BAD_REQUEST: bad request permission: robot:update"},
      {harbor_says(401, "UNAUTHORIZED", "unauthorized"), ErrorKind::kUnauthorized, "UNAUTHORIZED",
       "try: Harbor does not accept the username and password (401)"},
      {harbor_says(403, "FORBIDDEN", "robot$op"), ErrorKind::kForbidden, "FORBIDDEN",
       "try: Harbor answered 403 FORBIDDEN: robot$op"},
      {harbor_says(403, "FORBIDDEN", "forbidden"), ErrorKind::kForbidden, "FORBIDDEN",
       "try: Harbor answered 403 FORBIDDEN: forbidden"},
      {harbor_says(403, "DENIED", kReadOnlyText), ErrorKind::kForbidden, harbor::kReadOnly,
       "try: Harbor is in read-only mode until an administrator ends it"},
      {harbor_says(403, "FORBIDDEN", "CSRF token not found in request"), ErrorKind::kForbidden, harbor::kCsrf,
       "cookie"},
      {harbor_says(403, "FORBIDDEN", "CSRF token invalid"), ErrorKind::kForbidden, harbor::kCsrf, "cookie"},
      {harbor_says(403, "DENIED", kScopeText), ErrorKind::kForbidden, harbor::kScopeExceeded, "repository:pull"},
      {harbor_says(403, "DENIED", "denied"), ErrorKind::kForbidden, harbor::kRobotsMayNot, "2.14.1 or newer"},
      {harbor_says(404, "NOT_FOUND", "project nosuch not found"), ErrorKind::kNotFound, "NOT_FOUND",
       "try: Harbor answered 404 NOT_FOUND: project nosuch not found"},
      {harbor_says(405, "METHOD_NOT_ALLOWED", ""), ErrorKind::kRejected, "METHOD_NOT_ALLOWED",
       "try: Harbor answered 405 METHOD_NOT_ALLOWED"},
      {harbor_says(409, "CONFLICT", "robot account 2:team-a+puller already exists"), ErrorKind::kConflict, "CONFLICT",
       "try: Harbor answered 409 CONFLICT: robot account 2:team-a+puller already exists"},
      {harbor_says(412, "PRECONDITION", "precondition failed"), ErrorKind::kRejected, "PRECONDITION", "412"},
      {harbor_says(422, "UNPROCESSABLE_ENTITY", "validation failure list:\nrobot in body is required"),
       ErrorKind::kRejected, "UNPROCESSABLE_ENTITY",
       "try: Harbor answered 422 UNPROCESSABLE_ENTITY: validation failure list: robot in body is required"},
      {harbor_says(429, "TOOMANYREQUEST", "slow down"), ErrorKind::kThrottled, "TOOMANYREQUEST", "429"},
      {harbor_says(500, "UNKNOWN", "internal server error"), ErrorKind::kUnavailable, "UNKNOWN",
       "try: Harbor answered 500 UNKNOWN: internal server error"},
      {page(408, "text/plain", ""), ErrorKind::kTimeout, "", "try: Harbor answered 408"},
      {page(502, "", ""), ErrorKind::kUnavailable, "", "try: Harbor answered 502"},
      {page(204, "", ""), ErrorKind::kUnavailable, harbor::kNotHarbor, "try: Harbor answered 204"},
  };
  for (const auto& row : rows) {
    INFO(row.response.status << " " << row.response.body);
    const auto found = error(row.response);
    CHECK(found.kind == row.kind);
    CHECK(found.reason == row.reason);
    CHECK(found.http_status == row.response.status);
    INFO(found.message);
    CHECK(holds(found.message, row.says));
    CHECK_FALSE(found.retry_after);
  }
}

TEST_CASE("a refusal names the right that it takes, unless it says something else by itself", "[harbor]") {
  const harbor::Attempt attempt{"list robots", nullptr, "robot:list"};
  const auto message = [&](const http::Response& response) { return harbor::to_error(attempt, response).message; };
  REQUIRE(message(harbor_says(403, "FORBIDDEN", "forbidden")) ==
          "list robots: Harbor answered 403 FORBIDDEN: forbidden; the account needs the right robot:list");
  REQUIRE_FALSE(holds(message(harbor_says(403, "DENIED", kReadOnlyText)), "robot:list"));
  REQUIRE_FALSE(holds(message(harbor_says(404, "NOT_FOUND", "gone")), "robot:list"));
}

TEST_CASE("a message that Harbor says twice is said once", "[harbor]") {
  CHECK(harbor::words(harbor_says(401, "UNAUTHORIZED", "unauthorized: unauthorized")).message == "unauthorized");
  CHECK(harbor::words(harbor_says(404, "NOT_FOUND", "a: b")).message == "a: b");
  CHECK(harbor::words(harbor_says(404, "NOT_FOUND", ": ")).message == ": ");
  CHECK(harbor::words(harbor_says(404, "NOT_FOUND", "")).message.empty());
}

TEST_CASE("a proxy's page is named by its type and never quoted", "[harbor]") {
  const std::string html = "<html><head><title>502 Bad Gateway</title></head><body>hunter2</body></html>";
  const std::vector<http::Response> pages = {page(502, "text/html; charset=UTF-8", html),
                                             page(503, "TEXT/HTML", html),
                                             page(404, "", html),
                                             page(502, "text/plain", html),
                                             page(500, "application/json", "{\"hunter2\":1}"),
                                             page(500, "application/json", "[\"hunter2\""),
                                             page(500, kJson, std::string(1U << 20U, '[')),
                                             page(500, "text/plain", "hunter2 \xff"),
                                             page(500, "\x1b[31mhunter2", html)};
  for (const auto& response : pages) {
    const auto found = error(response);
    INFO(found.message);
    CHECK(found.http_status == response.status);
    CHECK(holds(found.message, "try: Harbor answered " + std::to_string(response.status) + " with a page that is not"));
    CHECK_FALSE(holds(found.message, "<"));
    CHECK_FALSE(holds(found.message, "\x1b"));
    CHECK(found.message.size() < 200);
  }
  CHECK(holds(error(pages[0]).message, "(text/html)"));
}

TEST_CASE("the token service's plain text is repeated", "[harbor]") {
  CHECK(error(page(400, "text/plain; charset=utf-8", "Unable to handle service: bogus")).message ==
        "try: Harbor answered 400: Unable to handle service: bogus");
  CHECK(error(page(405, "text/plain; charset=utf-8", "Method Not Allowed\n")).message ==
        "try: Harbor answered 405: Method Not Allowed");
}

TEST_CASE("a redirect names where to, without path, query or user, and is not followed", "[harbor]") {
  struct Row {
    int status;
    const char* location;
    const char* says;
  };
  const std::vector<Row> rows = {
      {301, "https://harbor.example.com/api/v2.0/ping?token=hunter2",
       "a redirect to https://harbor.example.com, which is not followed; use that as spec.endpoint"},
      {308, "https://bob:hunter2@harbor.example.com:8443", "a redirect to https://harbor.example.com:8443,"},
      {302, "/account/sign-in?redirect=hunter2", "a redirect to another path"},
      {303, "", "a redirect to another path"},
      {307, "javascript:hunter2", "a redirect to another path"},
      {302, "https://", "a redirect to another path"},
      {302, "https://\x1b[31mhunter2/", "a redirect to another path"},
  };
  for (const auto& row : rows) {
    INFO(row.location);
    const auto found = error({row.status, {{"Location", row.location}}, "<a href=hunter2>"});
    CHECK(found.kind == ErrorKind::kRejected);
    CHECK(found.reason == harbor::kRedirect);
    INFO(found.message);
    CHECK(holds(found.message, row.says));
    CHECK_FALSE(holds(found.message, "hunter2"));
  }
}

TEST_CASE("what Harbor asks us to wait is passed on", "[harbor]") {
  auto response = harbor_says(429, "TOOMANYREQUEST", "slow down");
  response.headers.push_back({"Retry-After", "7"});
  CHECK(error(response).retry_after == std::chrono::seconds(7));
  response.headers.back().value = "99999";
  CHECK(error(response).retry_after == std::chrono::minutes(5));
}

TEST_CASE("words of others are one printable line of bounded length", "[harbor]") {
  const auto found = error(harbor_says(400, "BAD_REQUEST", "a\r\n\x1b[31mb" + std::string(5000, 'x')));
  CHECK(holds(found.message, "a   [31mb"));
  CHECK(found.message.size() < 400);
  CHECK(harbor::words(harbor_says(400, "BAD REQUEST\n", "x")).code.empty());
}

TEST_CASE("an echo of the credential is struck out of every form", "[harbor]") {
  const harbor::Credential account = harbor::Account{"admin", base::SecretString("Hun\"ter/2+2")};
  const auto basic = base::base64_encode("admin:Hun\"ter/2+2");
  const std::string echo =
      "Authorization: Basic " + basic + " password Hun\"ter/2+2 Hun%22ter%2F2%2B2 Hun\\\"ter/2+2 end";
  const auto found = harbor::to_error({"try", &account}, harbor_says(400, "BAD_REQUEST", echo));
  INFO(found.message);
  CHECK_FALSE(holds(found.message, basic));
  CHECK_FALSE(holds(found.message, "Hun"));
  CHECK(holds(found.message, "end"));
  const auto plain = harbor::to_error({"try", &account}, page(400, "text/plain", "bad: Hun\"ter/2+2"));
  CHECK(plain.message == "try: Harbor answered 400: bad: [redacted]");
  const harbor::Credential bearer = harbor::Bearer{base::SecretString("aaa.bbb.ccc")};
  CHECK(harbor::without(bearer, "Bearer aaa.bbb.ccc!") == "Bearer [redacted]!");
}

TEST_CASE("an answer that cannot be used says what it is about", "[harbor]") {
  const auto strange = harbor::not_harbor("reach Harbor", page(200, "text/html", "<html>"));
  CHECK(strange.kind == ErrorKind::kUnavailable);
  CHECK(strange.reason == harbor::kNotHarbor);
  CHECK(strange.message ==
        "reach Harbor: the answer 200 is not what a Harbor says (text/html); is it the address of a Harbor?");
  const auto broken = harbor::malformed("list robots", "it is not a list");
  CHECK(broken.kind == ErrorKind::kInvalid);
  CHECK(broken.reason == harbor::kMalformed);
}
