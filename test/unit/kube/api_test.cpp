#include "kube/api.hpp"

#include <catch2/catch.hpp>
#include <deque>
#include <nlohmann/json.hpp>

#include "kube/request.hpp"

namespace {

using base::ErrorKind;
using kube::Content;
using nlohmann::json;
using std::chrono::milliseconds;

/// Answers every request with the same result.
class OneAnswer final : public http::Transport {
 public:
  explicit OneAnswer(base::Result<http::Response> answer) : answer_(std::move(answer)) {}
  base::Result<http::Response> send(const http::Request&, const http::Limits&) override { return answer_; }
  base::Result<std::unique_ptr<http::Stream>> open(const http::Request&, const http::Limits&) override {
    return base::fail(ErrorKind::kInternal, "not used");
  }

 private:
  base::Result<http::Response> answer_;
};

std::string status_body(int code, const std::string& reason, const std::string& message,
                        const json& details = nullptr) {
  json status = {{"kind", "Status"},    {"apiVersion", "v1"}, {"metadata", json::object()},
                 {"status", "Failure"}, {"message", message}, {"reason", reason},
                 {"code", code}};
  if (!details.is_null()) status["details"] = details;
  return status.dump();
}

http::Response answer(int code, std::string body, http::Headers headers = {}) {
  return {code, std::move(headers), std::move(body)};
}

base::Result<std::string> call(base::Result<http::Response> result, const http::Request& request,
                               Content content = Content::kPlain) {
  OneAnswer transport(std::move(result));
  return kube::make_api(transport)->call(request, content, {});
}

json cause(const std::string& reason, const std::string& field = "") {
  return {{"causes", json::array({{{"reason", reason}, {"message", "free text"}, {"field", field}}})}};
}

}  // namespace

TEST_CASE("a 2xx answer is its body", "[kube]") {
  for (const int code : {200, 201, 202}) {
    const auto body = call(answer(code, "{\"kind\":\"Secret\"}"), kube::get("/p"));
    REQUIRE(body);
    CHECK(*body == "{\"kind\":\"Secret\"}");
  }
}

TEST_CASE("a failure of the transport passes through as it is", "[kube]") {
  const auto body = call(base::fail(ErrorKind::kTls, "unknown authority"), kube::get("/p"));
  REQUIRE_FALSE(body);
  CHECK(body.error().kind == ErrorKind::kTls);
  CHECK(body.error().message == "unknown authority");
}

TEST_CASE("each code and reason of the API server has its kind", "[kube]") {
  struct Row {
    int code;
    std::string reason;
    json details;
    ErrorKind kind;
    std::string said;
  };
  const std::vector<Row> rows = {
      {400, "BadRequest", nullptr, ErrorKind::kRejected, "BadRequest"},
      {400, "Expired", nullptr, ErrorKind::kExpired, "Expired"},
      {401, "Unauthorized", nullptr, ErrorKind::kUnauthorized, "Unauthorized"},
      {403, "Forbidden", nullptr, ErrorKind::kForbidden, "Forbidden"},
      {403, "Forbidden", cause("NamespaceTerminating"), ErrorKind::kForbidden, "NamespaceTerminating"},
      {404, "NotFound", nullptr, ErrorKind::kNotFound, "NotFound"},
      {405, "MethodNotAllowed", nullptr, ErrorKind::kRejected, "MethodNotAllowed"},
      {406, "NotAcceptable", nullptr, ErrorKind::kRejected, "NotAcceptable"},
      {408, "", nullptr, ErrorKind::kTimeout, ""},
      {409, "AlreadyExists", nullptr, ErrorKind::kConflict, "AlreadyExists"},
      {409, "Conflict", nullptr, ErrorKind::kConflict, "Conflict"},
      {409, "Conflict", cause("FieldManagerConflict", ".type"), ErrorKind::kConflict, "FieldManagerConflict"},
      {410, "Expired", nullptr, ErrorKind::kExpired, "Expired"},
      {410, "Gone", nullptr, ErrorKind::kExpired, "Gone"},
      {413, "RequestEntityTooLarge", nullptr, ErrorKind::kRejected, "RequestEntityTooLarge"},
      {415, "UnsupportedMediaType", nullptr, ErrorKind::kRejected, "UnsupportedMediaType"},
      {422, "Invalid", cause("FieldValueInvalid", "type"), ErrorKind::kRejected, "Invalid"},
      {429, "TooManyRequests", nullptr, ErrorKind::kThrottled, "TooManyRequests"},
      {500, "InternalError", nullptr, ErrorKind::kUnavailable, "InternalError"},
      {502, "", nullptr, ErrorKind::kUnavailable, ""},
      {503, "ServiceUnavailable", nullptr, ErrorKind::kUnavailable, "ServiceUnavailable"},
      {504, "Timeout", nullptr, ErrorKind::kUnavailable, "Timeout"},
      {504, "Timeout", cause("ResourceVersionTooLarge"), ErrorKind::kUnavailable, "ResourceVersionTooLarge"},
  };
  for (const auto& row : rows) {
    INFO(row.code << " " << row.reason);
    const auto error =
        kube::to_error(answer(row.code, status_body(row.code, row.reason, "words", row.details)), Content::kPlain);
    CHECK(error.kind == row.kind);
    CHECK(error.reason == row.said);
    CHECK(error.http_status == row.code);
    CHECK(error.message == "words");
    CHECK_FALSE(error.retry_after);
  }
}

TEST_CASE("a 422 is a conflict for a JSON Patch and a rejection for every other request", "[kube]") {
  const auto refused =
      answer(422, status_body(422, "Invalid", "the server rejected our request due to an error in our request"));
  CHECK(call(refused, kube::json_patch("/p", "[]")).error().kind == ErrorKind::kConflict);
  for (const auto& request : {kube::apply("/p", "{}", true), kube::update("/p", "{}"), kube::create("/p", "{}")}) {
    CHECK(call(refused, request).error().kind == ErrorKind::kRejected);
  }
}

TEST_CASE("what the server says about a Secret is repeated for 403 and 409 only", "[kube]") {
  const std::string words = "Secret is invalid: data: Invalid value: \"hunter2\"";
  const auto details = cause("FieldValueInvalid", "data[.dockerconfigjson]");
  for (const int code : {400, 401, 404, 410, 422, 429, 500, 503}) {
    const auto error = kube::to_error(answer(code, status_body(code, "Invalid", words, details)), Content::kSecret);
    CHECK(error.message ==
          "the API server answered " + std::to_string(code) + " Invalid (field data[.dockerconfigjson])");
  }
  for (const int code : {403, 409}) {
    CHECK(kube::to_error(answer(code, status_body(code, "x", "who and what")), Content::kSecret).message ==
          "who and what");
  }
  const auto bare = kube::to_error(answer(500, status_body(500, "", words)), Content::kSecret);
  CHECK(bare.message == "the API server answered 500");
}

TEST_CASE("an answer that is no Status is described by its code and never quoted", "[kube]") {
  const std::vector<std::string> bodies = {"",
                                           "<html>hunter2</html>",
                                           "{\"message\":\"hunter2\"}",
                                           "[]",
                                           "null",
                                           "\xff",
                                           "{\"kind\":\"Secret\",\"message\":\"hunter2\"}",
                                           std::string(2U << 20U, ' ')};
  for (const auto& body : bodies) {
    const auto error = kube::to_error(answer(502, body), Content::kPlain);
    CHECK(error.kind == ErrorKind::kUnavailable);
    CHECK(error.message == "HTTP 502 from the API server without a Kubernetes Status");
    CHECK(error.reason.empty());
  }
}

TEST_CASE("a redirect is not followed and says what may be wrong", "[kube]") {
  const auto body = call(answer(302, "", {{"Location", "https://elsewhere/"}}), kube::get("/p"));
  REQUIRE_FALSE(body);
  CHECK(body.error().kind == ErrorKind::kUnavailable);
  CHECK(body.error().message.find("redirects are not followed") != std::string::npos);
}

TEST_CASE("a Status with fields of other types is read as far as it goes", "[kube]") {
  const auto error = kube::to_error(
      answer(
          403,
          R"({"kind":"Status","message":7,"reason":["x"],"details":{"causes":[1,{"reason":2}],"retryAfterSeconds":"9"}})"),
      Content::kPlain);
  CHECK(error.kind == ErrorKind::kForbidden);
  CHECK(error.message == "the API server answered 403");
  CHECK(error.reason.empty());
  CHECK_FALSE(error.retry_after);
  CHECK(
      kube::to_error(answer(403, R"({"kind":"Status","details":[],"reason":"a b"})"), Content::kPlain).reason.empty());
}

TEST_CASE("a long message is cut at 1 KiB between characters, and control characters are gone", "[kube]") {
  const auto cut = kube::to_error(answer(500, status_body(500, "", std::string(1023, 'a') + "üüü")), Content::kPlain);
  CHECK(cut.message == std::string(1023, 'a'));
  const auto whole = kube::to_error(answer(500, status_body(500, "", std::string(1022, 'a') + "ü")), Content::kPlain);
  CHECK(whole.message == std::string(1022, 'a') + "ü");
  const auto clean = kube::to_error(answer(500, status_body(500, "",
                                                            "a\x1b[31m\nb\x7f\xC2\x9B"
                                                            "c\xC2\xA0")),
                                    Content::kPlain);
  CHECK(clean.message == "a [31m b  c\xC2\xA0");
}

TEST_CASE("Retry-After counts in seconds, at most five minutes, and anything else is as if it were absent", "[kube]") {
  struct Row {
    std::string header;
    std::optional<milliseconds> wait;
  };
  const std::vector<Row> rows = {
      {"", std::nullopt},
      {"0", milliseconds(0)},
      {"1", milliseconds(1000)},
      {" 32 ", milliseconds(32'000)},
      {"300", milliseconds(300'000)},
      {"301", milliseconds(300'000)},
      {"99999999999999999999999999", milliseconds(300'000)},
      {"-1", std::nullopt},
      {"1.5", std::nullopt},
      {"soon", std::nullopt},
      {"Wed, 21 Oct 2026 07:28:00 GMT", std::nullopt},
  };
  for (const auto& row : rows) {
    INFO("'" << row.header << "'");
    const auto error = kube::to_error(answer(429, "", {{"retry-after", row.header}}), Content::kPlain);
    CHECK(error.retry_after == row.wait);
    CHECK(error.kind == ErrorKind::kThrottled);
  }
}

TEST_CASE("the wait in the Status stands in for a missing header", "[kube]") {
  const auto body = [](const json& seconds) { return status_body(500, "", "m", {{"retryAfterSeconds", seconds}}); };
  CHECK(kube::to_error(answer(500, body(2)), Content::kPlain).retry_after == milliseconds(2000));
  CHECK(kube::to_error(answer(500, body(100'000)), Content::kPlain).retry_after == milliseconds(300'000));
  CHECK(kube::to_error(answer(500, body(2), {{"Retry-After", "7"}}), Content::kPlain).retry_after ==
        milliseconds(7000));
  CHECK_FALSE(kube::to_error(answer(500, body(0)), Content::kPlain).retry_after);
  CHECK_FALSE(kube::to_error(answer(500, body(-4)), Content::kPlain).retry_after);
}
