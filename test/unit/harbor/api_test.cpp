#include "harbor/api.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <nlohmann/json.hpp>

#include "harbor/errors.hpp"

namespace {

using base::ErrorKind;
using harbor::Access;
using harbor::Level;
using nlohmann::json;
using namespace std::chrono_literals;

/// Moves only when it is told to.
class FixedClock final : public base::Clock {
 public:
  [[nodiscard]] base::WallTime now() const override { return *base::parse_rfc3339("2026-11-23T09:00:10Z") + passed; }
  [[nodiscard]] base::SteadyTime steady() const override { return base::SteadyTime(passed); }
  std::chrono::milliseconds passed{0};
};

/// Gives out what it was filled with and keeps what it was asked.
class Script final : public http::Transport {
 public:
  explicit Script(FixedClock& clock) : clock_(clock) {}
  base::Result<http::Response> send(const http::Request& request, const http::Limits& limits) override {
    requests.push_back(request);
    last_limits = limits;
    clock_.passed += takes;
    REQUIRE_FALSE(answers.empty());
    auto answer = answers.front();
    answers.pop_front();
    return answer;
  }
  base::Result<std::unique_ptr<http::Stream>> open(const http::Request&, const http::Limits&) override {
    return base::fail(ErrorKind::kInternal, "not used");
  }

  std::deque<base::Result<http::Response>> answers;
  std::vector<http::Request> requests;
  http::Limits last_limits;
  std::chrono::milliseconds takes{0};

 private:
  FixedClock& clock_;
};

struct Seen {
  std::string operation;
  int status;
  std::chrono::milliseconds took;
  bool operator==(const Seen&) const = default;
};

struct Scene {
  FixedClock clock;
  Script transport{clock};
  std::vector<Seen> seen;
  std::unique_ptr<harbor::Api> api = harbor::make_api(
      transport, clock, [this](std::string_view operation, int status, std::chrono::milliseconds took) {
        seen.push_back({std::string(operation), status, took});
      });
  std::stop_token stop;

  Scene& answer(int status, std::string body = "", http::Headers headers = {}) {
    transport.answers.emplace_back(http::Response{status, std::move(headers), std::move(body)});
    return *this;
  }
};

harbor::Account admin() { return {"admin", base::SecretString("Harbor12345")}; }

std::string says(const std::string& code, const std::string& message) {
  return json({{"errors", json::array({{{"code", code}, {"message", message}}})}}).dump() + "\n";
}

std::string header(const http::Request& request, std::string_view name) {
  for (const auto& each : request.headers) {
    if (each.name == name) return each.value;
  }
  return {};
}

json robot(int id, const std::string& level = "project") {
  const std::string name = level == "project" ? "robot$team-a+r" : "robot$r";
  return {{"id", id}, {"level", level}, {"name", name + std::to_string(id)}, {"disable", false}, {"expires_at", -1}};
}

/// A page of robots with these numbers, first to last.
std::string robots(int first, int last) {
  json page = json::array();
  for (int id = first; id <= last; ++id) page.push_back(robot(id));
  return page.dump();
}

http::Headers total(int count) { return {{"X-Total-Count", std::to_string(count)}}; }

const harbor::RobotQuery kAll{Level::kProject, 2, "", ""};
const harbor::NewRobot kPuller{"puller", "d1", Level::kProject, {"team-a"}, 30};
constexpr const char* kCreated =
    R"({"creation_time":"2026-11-23T09:12:34.617Z","expires_at":1798017154,"id":1,"name":"robot$team-a+puller",)"
    R"("secret":"ZtCLPpoKDbMyqrLH4eUIIIRmgnXjXR4h"})";
constexpr const char* kScopeText =
    "permission scope is invalid. It must be equal to or more restrictive than the creator robot's permissions: "
    "robot$opeff";

}  // namespace

TEST_CASE("a call carries the account, our name, a deadline and a cap, and never a cookie", "[harbor]") {
  Scene scene;
  const http::Headers cookie = {{"Set-Cookie", "sid=0123456789abcdef; Path=/; HttpOnly"}};
  scene.answer(200, "[]", cookie).answer(200, "", cookie);
  REQUIRE(scene.api->find_project(admin(), "team-a", scene.stop));
  REQUIRE(scene.api->project_exists(admin(), "team-a", scene.stop));
  for (const auto& request : scene.transport.requests) {
    CHECK(header(request, "Authorization") == "Basic YWRtaW46SGFyYm9yMTIzNDU=");
    CHECK(header(request, "User-Agent").starts_with("harbor-pull/"));
    CHECK(header(request, "Cookie").empty());
  }
  CHECK(scene.transport.last_limits.deadline == 10s);
  CHECK(scene.transport.last_limits.max_body == 8U << 20U);
}

TEST_CASE("a call passes on who may stop it", "[harbor]") {
  Scene scene;
  std::stop_source source;
  scene.answer(200, "Pong");
  REQUIRE(scene.api->ping(source.get_token()));
  CHECK(scene.transport.last_limits.stop == source.get_token());
}

TEST_CASE("the observer is told of answers and of failures", "[harbor]") {
  Scene scene;
  scene.transport.takes = 40ms;
  scene.answer(200, "Pong");
  scene.transport.answers.emplace_back(base::fail(ErrorKind::kTls, "harbor:443: unknown authority"));
  REQUIRE(scene.api->ping(scene.stop));
  const auto failed = scene.api->whoami(admin(), scene.stop);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().kind == ErrorKind::kTls);
  CHECK(failed.error().message == "look who the Harbor account is: harbor:443: unknown authority");
  CHECK(scene.seen == std::vector<Seen>{{"ping", 200, 40ms}, {"whoami", 0, 40ms}});
}

TEST_CASE("without an observer nothing is told", "[harbor]") {
  FixedClock clock;
  Script transport(clock);
  transport.answers.emplace_back(http::Response{200, {}, "Pong"});
  CHECK(harbor::make_api(transport, clock, nullptr)->ping({}));
}

TEST_CASE("only Harbor's own word is a ping", "[harbor]") {
  Scene scene;
  scene.answer(200, "Pong\n")
      .answer(200, "<html>welcome</html>")
      .answer(404, "")
      .answer(301, "", {{"Location", "https://h"}});
  CHECK(scene.api->ping(scene.stop));
  CHECK(scene.api->ping(scene.stop).error().reason == harbor::kNotHarbor);
  CHECK(scene.api->ping(scene.stop).error().kind == ErrorKind::kNotFound);
  CHECK(scene.api->ping(scene.stop).error().reason == harbor::kRedirect);
  CHECK(header(scene.transport.requests[0], "Authorization").empty());
}

TEST_CASE("an account is a user, a robot, or not known", "[harbor]") {
  Scene scene;
  scene.answer(200, R"({"sysadmin_flag":true,"user_id":1,"username":"admin"})")
      .answer(412, says("PRECONDITION", "get current user not available for security context: robot"))
      .answer(412, says("PRECONDITION", "something else"))
      .answer(401, says("UNAUTHORIZED", "unauthorized"));
  CHECK(scene.api->whoami(admin(), scene.stop)->user == "admin");
  CHECK(scene.api->whoami(admin(), scene.stop)->robot);
  CHECK(scene.api->whoami(admin(), scene.stop).error().kind == ErrorKind::kRejected);
  CHECK(scene.api->whoami(admin(), scene.stop).error().kind == ErrorKind::kUnauthorized);
}

TEST_CASE("an account that cannot be sent is refused before anything is", "[harbor]") {
  Scene scene;
  const harbor::Account bad{"a:b", base::SecretString("hunter2")};
  CHECK(scene.api->whoami(bad, scene.stop).error().kind == ErrorKind::kInvalid);
  CHECK(scene.api->find_project(admin(), "Team,a", scene.stop).error().kind == ErrorKind::kInvalid);
  CHECK(scene.api->project_exists(admin(), "", scene.stop).error().kind == ErrorKind::kInvalid);
  CHECK(scene.api->create_robot(admin(), {"a--b", "", Level::kProject, {"team-a"}, 1}, scene.stop).error().kind ==
        ErrorKind::kInvalid);
  CHECK(scene.api->list_robots(admin(), {Level::kProject, 0, "", ""}, scene.stop).error().kind == ErrorKind::kInvalid);
  CHECK(scene.api->delete_robot(admin(), 0, scene.stop).error().kind == ErrorKind::kInvalid);
  CHECK(scene.api->head_manifest(admin(), {"app", "v1"}, scene.stop).error().kind == ErrorKind::kInvalid);
  CHECK(scene.transport.requests.empty());
  CHECK(scene.seen.empty());
}

TEST_CASE("a project exists, does not, or cannot be asked for", "[harbor]") {
  Scene scene;
  scene.answer(200).answer(404).answer(401).answer(502);
  CHECK(*scene.api->project_exists(admin(), "team-a", scene.stop));
  CHECK_FALSE(*scene.api->project_exists(admin(), "team-a", scene.stop));
  CHECK(scene.api->project_exists(admin(), "team-a", scene.stop).error().kind == ErrorKind::kUnauthorized);
  CHECK(scene.api->project_exists(admin(), "team-a", scene.stop).error().kind == ErrorKind::kUnavailable);
}

TEST_CASE("a robot is made with one request", "[harbor]") {
  Scene scene;
  scene.answer(201, kCreated, {{"Location", "/api/v2.0/robots/1"}});
  const auto made = scene.api->create_robot(admin(), kPuller, scene.stop);
  REQUIRE(made);
  CHECK(made->login == "robot$team-a+puller");
  CHECK(scene.transport.requests.size() == 1);
}

TEST_CASE("a robot that is there already is a conflict", "[harbor]") {
  Scene scene;
  scene.answer(409, says("CONFLICT", "robot account 2:team-a+puller already exists"));
  CHECK(scene.api->create_robot(admin(), kPuller, scene.stop).error().kind == ErrorKind::kConflict);
}

TEST_CASE("a creator whose own rights are spelt with an effect is asked in its words", "[harbor]") {
  Scene scene;
  scene.answer(403, says("DENIED", kScopeText)).answer(201, kCreated);
  REQUIRE(scene.api->create_robot(admin(), kPuller, scene.stop));
  REQUIRE(scene.transport.requests.size() == 2);
  CHECK(scene.transport.requests[0].body.find("effect") == std::string::npos);
  CHECK(scene.transport.requests[1].body.find(R"("effect":"allow")") != std::string::npos);
}

TEST_CASE("a creator that lacks the right is told so after two tries, and other refusals after one", "[harbor]") {
  Scene scene;
  scene.answer(403, says("DENIED", kScopeText)).answer(403, says("DENIED", kScopeText));
  CHECK(scene.api->create_robot(admin(), kPuller, scene.stop).error().reason == harbor::kScopeExceeded);
  CHECK(scene.transport.requests.size() == 2);
  scene.answer(403, says("DENIED", "denied"));
  CHECK(scene.api->create_robot(admin(), kPuller, scene.stop).error().reason == harbor::kRobotsMayNot);
  CHECK(scene.transport.requests.size() == 3);
}

TEST_CASE("what came of the second try counts when it is news", "[harbor]") {
  Scene scene;
  scene.answer(403, says("DENIED", kScopeText)).answer(409, says("CONFLICT", "exists"));
  CHECK(scene.api->create_robot(admin(), kPuller, scene.stop).error().kind == ErrorKind::kConflict);
}

TEST_CASE("a short page is the whole list", "[harbor]") {
  Scene scene;
  scene.answer(200, robots(1, 3), total(3));
  const auto listed = scene.api->list_robots(admin(), kAll, scene.stop);
  REQUIRE(listed);
  CHECK(listed->size() == 3);
  CHECK(scene.transport.requests.size() == 1);
}

TEST_CASE("all pages are read, and no more", "[harbor]") {
  for (const bool with_total : {true, false}) {
    INFO("with total: " << with_total);
    Scene scene;
    const auto headers = with_total ? total(200) : http::Headers{};
    scene.answer(200, robots(1, 100), headers).answer(200, robots(101, 200), headers);
    if (!with_total) scene.answer(200, "[]");
    const auto listed = scene.api->list_robots(admin(), kAll, scene.stop);
    REQUIRE(listed);
    CHECK(listed->size() == 200);
    CHECK(listed->front().id == 1);
    CHECK(listed->back().id == 200);
    CHECK(scene.transport.requests[1].target.find("&page=2&") != std::string::npos);
    CHECK(scene.transport.answers.empty());
  }
}

TEST_CASE("a list that shrinks while it is read is read again", "[harbor]") {
  Scene scene;
  // Robot 50 went between the pages: 101 moved to the first page and was never seen.
  scene.answer(200, robots(1, 100), total(150)).answer(200, robots(102, 150), total(150));
  scene.answer(200, robots(1, 100), total(149)).answer(200, robots(101, 149), total(149));
  const auto listed = scene.api->list_robots(admin(), kAll, scene.stop);
  REQUIRE(listed);
  CHECK(listed->size() == 149);
}

TEST_CASE("a count that never fits is not waited for when two readings agree", "[harbor]") {
  Scene scene;
  for (int i = 0; i < 2; ++i) scene.answer(200, robots(1, 100), total(200)).answer(200, robots(101, 120), total(200));
  const auto listed = scene.api->list_robots(admin(), kAll, scene.stop);
  REQUIRE(listed);
  CHECK(listed->size() == 120);
}

TEST_CASE("a server that repeats its first page for ever is left", "[harbor]") {
  Scene scene;
  for (int i = 0; i < 6; ++i) scene.answer(200, robots(1 + i / 2, 100 + i / 2), total(1000));
  const auto listed = scene.api->list_robots(admin(), kAll, scene.stop);
  REQUIRE_FALSE(listed);
  CHECK(listed.error().kind == ErrorKind::kUnavailable);
  CHECK(scene.transport.requests.size() == 6);
}

TEST_CASE("a failed page fails the list", "[harbor]") {
  Scene scene;
  scene.answer(200, robots(1, 100), total(150)).answer(500, says("UNKNOWN", "internal server error"));
  CHECK(scene.api->list_robots(admin(), kAll, scene.stop).error().kind == ErrorKind::kUnavailable);
}

TEST_CASE("robots of another level are not listed, although Harbor 2.12 and older send them", "[harbor]") {
  Scene scene;
  scene.answer(200, json::array({robot(1, "system"), robot(2, "project"), robot(3, "system")}).dump(), total(3));
  const auto listed = scene.api->list_robots(admin(), {Level::kSystem, 0, "", ""}, scene.stop);
  REQUIRE(listed);
  REQUIRE(listed->size() == 2);
  CHECK((*listed)[1].id == 3);
}

TEST_CASE("a robot is gone when Harbor says so in the words that mean it", "[harbor]") {
  struct Row {
    int status;
    std::string body;
    std::optional<ErrorKind> error;
  };
  const std::vector<Row> rows = {
      {200, "", std::nullopt},
      {404, says("NOT_FOUND", "robot 26 not found"), std::nullopt},
      {404, says("NOT_FOUND", "robot account 26 not found"), std::nullopt},
      {404, says("NOT_FOUND", "robot 26 not found: robot 26 not found"), std::nullopt},
      {404, says("NOT_FOUND", "role permission robotaccount:26 not found"), ErrorKind::kNotFound},
      {404, says("NOT_FOUND", "robot 2 not found"), ErrorKind::kNotFound},
      {404, says("NOT_FOUND", "path /api/v2.0/robots/26 was not found"), ErrorKind::kNotFound},
      {404, "<html>nothing here</html>", ErrorKind::kNotFound},
      {404, "", ErrorKind::kNotFound},
      {403, says("FORBIDDEN", "robot$op"), ErrorKind::kForbidden},
      {401, says("UNAUTHORIZED", "unauthorized"), ErrorKind::kUnauthorized},
      {502, "", ErrorKind::kUnavailable},
  };
  for (const auto& row : rows) {
    INFO(row.status << " " << row.body);
    Scene scene;
    scene.answer(row.status, row.body);
    const auto done = scene.api->delete_robot(admin(), 26, scene.stop);
    CHECK(done.has_value() == !row.error);
    if (!done && row.error) CHECK(done.error().kind == *row.error);
  }
}

TEST_CASE("the registry's challenge is read without a credential, and anything else is an error", "[harbor]") {
  Scene scene;
  const http::Headers bearer = {
      {"Www-Authenticate", R"(Bearer realm="https://harbor.example.test/service/token",service="harbor-registry")"}};
  scene.answer(401, says("UNAUTHORIZED", "unauthorized: unauthorized"), bearer)
      .answer(401, "", {{"Www-Authenticate", R"(Basic realm="harbor")"}})
      .answer(200, "{}")
      .answer(502, "<html>");
  const auto challenge = scene.api->challenge(scene.stop);
  REQUIRE(challenge);
  CHECK(challenge->realm == "https://harbor.example.test/service/token");
  CHECK(challenge->service == "harbor-registry");
  CHECK(header(scene.transport.requests[0], "Authorization").empty());
  CHECK(scene.api->challenge(scene.stop).error().kind == ErrorKind::kRejected);
  CHECK(scene.api->challenge(scene.stop).error().kind == ErrorKind::kRejected);
  CHECK(scene.api->challenge(scene.stop).error().kind == ErrorKind::kUnavailable);
}

TEST_CASE("the token service's refusal has an empty body and is a refusal all the same", "[harbor]") {
  Scene scene;
  scene.answer(401).answer(400, "Unable to handle service: bogus", {{"Content-Type", "text/plain; charset=utf-8"}});
  CHECK(scene.api->token(admin(), {}, scene.stop).error().kind == ErrorKind::kUnauthorized);
  const auto wrong = scene.api->token(admin(), {"/service/token", "bogus", {}}, scene.stop);
  CHECK(wrong.error().kind == ErrorKind::kRejected);
  CHECK(wrong.error().message.ends_with("Unable to handle service: bogus"));
}

TEST_CASE("each answer about a manifest has its meaning", "[harbor]") {
  struct Row {
    int status;
    const char* location;
    std::optional<Access> access;
  };
  const std::vector<Row> rows = {
      {200, "", Access::kReadable},
      {401, "", Access::kRefused},
      {404, "", Access::kAbsent},
      {412, "", Access::kBlocked},
      {301, "/v2/p/library/x", Access::kMoved},
      {301, "https://elsewhere.example/v2/x", std::nullopt},
      {302, "/account/sign-in", std::nullopt},
      {403, "", std::nullopt},
      {502, "", std::nullopt},
      {429, "", std::nullopt},
  };
  for (const auto& row : rows) {
    INFO(row.status << " " << row.location);
    Scene scene;
    scene.answer(row.status, "", {{"Location", row.location}});
    const auto access =
        scene.api->head_manifest(harbor::Bearer{base::SecretString("a.b.c")}, {"team-a/app", "v1"}, scene.stop);
    CHECK(access.has_value() == row.access.has_value());
    if (access && row.access) CHECK(*access == *row.access);
    CHECK(header(scene.transport.requests[0], "Authorization") == "Bearer a.b.c");
    CHECK(scene.transport.requests[0].method == "HEAD");
  }
}

TEST_CASE("an answer that echoes the password does not bring it into the message", "[harbor]") {
  Scene scene;
  scene.answer(400, says("BAD_REQUEST", "you sent Basic YWRtaW46SGFyYm9yMTIzNDU= which is admin:Harbor12345"));
  const auto failed = scene.api->find_project(admin(), "team-a", scene.stop);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().message ==
        "look for project team-a: Harbor answered 400 BAD_REQUEST: you sent Basic [redacted] which is "
        "admin:[redacted]");
}

TEST_CASE("Harbor's clock is told by its answers, half the way back taken off", "[harbor]") {
  struct Row {
    std::chrono::milliseconds takes;
    const char* date;
    std::optional<std::chrono::seconds> offset;
  };
  // Our clock says 09:00:10 when the request goes out.
  const std::vector<Row> rows = {
      {0ms, "Mon, 23 Nov 2026 09:00:10 GMT", 0s},
      {0ms, "Mon, 23 Nov 2026 09:05:10 GMT", 300s},
      {1000ms, "Mon, 23 Nov 2026 09:00:10 GMT", 0s},
      {4000ms, "Mon, 23 Nov 2026 09:00:12 GMT", 0s},
      {0ms, "Mon, 23 Nov 2026 08:00:09 GMT", -3600s},
      {6000ms, "Mon, 23 Nov 2026 09:00:13 GMT", std::nullopt},
      {0ms, "", std::nullopt},
      {0ms, "yesterday", std::nullopt},
  };
  for (const auto& row : rows) {
    INFO(row.date << " " << row.takes.count());
    Scene scene;
    CHECK_FALSE(scene.api->clock_offset());
    scene.transport.takes = row.takes;
    scene.answer(200, "Pong", {{"Date", row.date}});
    REQUIRE(scene.api->ping(scene.stop));
    const auto offset = scene.api->clock_offset();
    REQUIRE(offset.has_value() == row.offset.has_value());
    if (offset) CHECK(*offset == *row.offset);
  }
}

TEST_CASE("an answer without a date leaves the clock as it was told before", "[harbor]") {
  Scene scene;
  scene.answer(200, "Pong", {{"Date", "Mon, 23 Nov 2026 10:00:10 GMT"}}).answer(200, "Pong");
  REQUIRE(scene.api->ping(scene.stop));
  REQUIRE(scene.api->ping(scene.stop));
  REQUIRE(scene.api->clock_offset());
  CHECK(*scene.api->clock_offset() == 3600s);
}
