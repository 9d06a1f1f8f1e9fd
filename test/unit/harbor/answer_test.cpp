#include "harbor/answer.hpp"

#include <catch2/catch.hpp>

#include "harbor/errors.hpp"

namespace {

using base::ErrorKind;
using harbor::Level;
using harbor::NewRobot;

http::Response answer(int status, std::string body, http::Headers headers = {}) {
  headers.push_back({"Content-Type", "application/json"});
  return {status, std::move(headers), std::move(body)};
}

base::WallTime seconds(std::int64_t count) { return base::WallTime(std::chrono::seconds(count)); }

const NewRobot kPuller{"puller", "d1", Level::kProject, {"team-a"}, 30};

base::Result<harbor::CreatedRobot> created(std::string body, const NewRobot& wanted = kPuller) {
  return harbor::parse_created_robot(answer(201, std::move(body)), wanted);
}

// Recorded from Harbor 2.15.2 and 2.9.0.
constexpr const char* kSystemInfo = R"({"auth_mode":"db_auth","banner_message":"",
  "current_time":"2026-11-23T09:12:24.190Z","external_url":"https://harbor.example.test",
  "harbor_version":"v2.15.2-080b0220","has_ca_root":false,"notification_enable":true,"oidc_provider_name":"",
  "primary_auth_mode":false,"project_creation_restriction":"everyone","read_only":false,
  "registry_storage_provider_name":"filesystem","registry_url":"harbor.example.test","self_registration":false})";
constexpr const char* kAnonymousInfo = R"({"auth_mode":"db_auth","banner_message":"","oidc_provider_name":"",
  "primary_auth_mode":false,"self_registration":false})";
constexpr const char* kAdmin = R"({"admin_role_in_auth":false,"comment":"admin user",
  "creation_time":"2026-11-23T09:12:22.895Z","realname":"system admin","sysadmin_flag":true,
  "update_time":"2026-11-23T09:12:23.449Z","user_id":1,"username":"admin"})";
constexpr const char* kProjects = R"([{"creation_time":"2026-11-23T09:12:31.526Z","current_user_role_ids":null,
  "cve_allowlist":{"creation_time":"0001-01-01T00:00:00.000Z","id":3,"items":[],"project_id":3,
  "update_time":"0001-01-01T00:00:00.000Z"},"metadata":{"public":"false"},"name":"123","owner_id":1,
  "owner_name":"admin","project_id":3,"repo_count":1,"update_time":"2026-11-23T09:12:31.526Z"}])";
constexpr const char* kCreated = R"({"creation_time":"2026-11-23T09:12:34.617Z","expires_at":1798017154,"id":1,
  "name":"robot$team-a+puller","secret":"ZtCLPpoKDbMyqrLH4eUIIIRmgnXjXR4h"})";
constexpr const char* kRobots = R"([
  {"creation_time":"2026-11-23T09:12:34.617Z","creator_ref":1,"creator_type":"local","description":"d1",
   "disable":false,"duration":30,"editable":true,"expires_at":1798017154,"id":1,"level":"project",
   "name":"robot$team-a+puller","permissions":[{"access":[{"action":"pull","resource":"repository"}],
   "kind":"project","namespace":"team-a"}],"update_time":"2026-11-23T09:12:34.617Z"},
  {"creation_time":"2026-11-23T09:12:43.039Z","creator_ref":1,"creator_type":"local","disable":true,"duration":-1,
   "editable":true,"expires_at":-1,"id":23,"level":"system","name":"robot$mixed","permissions":[
   {"access":[{"action":"pull","resource":"repository"},{"action":"read","resource":"project"}],"kind":"project",
   "namespace":"team-b"},{"access":[{"action":"pull","effect":"deny","resource":"repository"}],"kind":"project",
   "namespace":"denied"},{"access":[{"action":"push","resource":"repository"}],"kind":"project","namespace":"pushed"},
   {"access":[{"action":"pull","effect":"allow","resource":"repository"}],"kind":"project","namespace":"team-a"},
   {"access":[{"action":"list","resource":"robot"},{"action":"read","resource":"catalog"}],"kind":"system",
   "namespace":"/"}],"update_time":"2026-11-23T09:12:43.039Z"},
  {"creation_time":"2026-11-23T09:12:50.948Z","disable":false,"duration":-1,"editable":true,"expires_at":-1,"id":25,
   "level":"system","name":"robot$hidden1","permissions":[],"update_time":"2026-11-23T09:12:50.948Z"}])";

}  // namespace

TEST_CASE("system information is read, for those who are known and for strangers", "[harbor]") {
  const auto info = harbor::parse_system_info(answer(200, kSystemInfo));
  REQUIRE(info);
  CHECK(info->version == "v2.15.2-080b0220");
  CHECK(info->auth_mode == "db_auth");
  CHECK_FALSE(info->read_only);
  REQUIRE(info->current_time);
  CHECK(base::rfc3339(*info->current_time) == "2026-11-23T09:12:24Z");
  const auto anonymous = harbor::parse_system_info(answer(200, kAnonymousInfo));
  REQUIRE(anonymous);
  CHECK(anonymous->version.empty());
  CHECK_FALSE(anonymous->current_time);
  CHECK(harbor::parse_system_info(answer(200, R"({"auth_mode":"oidc_auth","read_only":true})"))->read_only);
}

TEST_CASE("a user is read with its role", "[harbor]") {
  const auto admin = harbor::parse_current_user(answer(200, kAdmin));
  REQUIRE(admin);
  CHECK(admin->user == "admin");
  CHECK(admin->system_admin);
  CHECK_FALSE(admin->robot);
  CHECK_FALSE(harbor::parse_current_user(answer(200, R"({"username":"dev","sysadmin_flag":false})"))->system_admin);
  CHECK(harbor::parse_current_user(answer(200, R"({"username":"ldap","admin_role_in_auth":true})"))->system_admin);
}

TEST_CASE("a project is found by exactly its name, digits too", "[harbor]") {
  const auto found = harbor::parse_projects(answer(200, kProjects), "123");
  REQUIRE(found);
  REQUIRE(*found);
  CHECK((*found)->id == 3);
  CHECK((*found)->name == "123");
  for (const auto* name : {"12", "1234", "team-a"}) {
    const auto missing = harbor::parse_projects(answer(200, kProjects), name);
    REQUIRE(missing);
    CHECK_FALSE(*missing);
  }
  CHECK_FALSE(*harbor::parse_projects(answer(200, "[]"), "123"));
  CHECK(harbor::parse_projects(answer(200, R"([{"name":"a"}])"), "a").error().kind == ErrorKind::kInvalid);
}

TEST_CASE("a created robot is read with its secret and its end", "[harbor]") {
  const auto robot = created(kCreated);
  REQUIRE(robot);
  CHECK(robot->id == 1);
  CHECK(robot->login == "robot$team-a+puller");
  CHECK(robot->secret.reveal() == "ZtCLPpoKDbMyqrLH4eUIIIRmgnXjXR4h");
  CHECK(robot->expires_at == seconds(1798017154));
  const NewRobot system{"hp-g1", "", Level::kSystem, {"a", "b"}, -1};
  const auto forever = created(R"({"expires_at":-1,"id":2147483648,"name":"bot-hp-g1","secret":"x1Y"})", system);
  REQUIRE(forever);
  CHECK(forever->id == 2'147'483'648);
  CHECK(forever->login == "bot-hp-g1");
  CHECK_FALSE(forever->expires_at);
}

TEST_CASE("an end beyond all time is the end of time", "[harbor]") {
  const auto robot = created(R"({"expires_at":185542587187199,"id":1,"name":"robot$team-a+puller","secret":"x1Y"})");
  REQUIRE(robot);
  REQUIRE(robot->expires_at);
  CHECK(base::rfc3339(*robot->expires_at) == "9999-12-31T23:59:59Z");
}

TEST_CASE("a created robot without secret, number or its name is an error, never a robot", "[harbor]") {
  const std::vector<const char*> bodies = {
      R"({"id":1,"name":"robot$team-a+puller","secret":""})",
      R"({"id":1,"name":"robot$team-a+puller"})",
      R"({"id":1,"name":"robot$team-a+puller","secret":null})",
      R"({"id":1,"name":"robot$team-a+puller","token":"eyJ"})",
      R"({"id":1,"name":"robot$team-a+puller","secret":"a\nb"})",
      R"({"id":1,"name":"","secret":"x1Y"})",
      R"({"id":1,"secret":"x1Y"})",
      R"({"id":1,"name":"robot$team-a+other","secret":"x1Y"})",
      R"({"id":1,"name":"robot$puller","secret":"x1Y"})",
      R"({"id":1,"name":"ro:bot$team-a+puller","secret":"x1Y"})",
      R"({"id":1,"name":"robot\n$team-a+puller","secret":"x1Y"})",
      R"({"id":0,"name":"robot$team-a+puller","secret":"x1Y"})",
      R"({"id":"1","name":"robot$team-a+puller","secret":"x1Y"})",
      R"({"name":"robot$team-a+puller","secret":"x1Y"})",
      "{}",
      "[]",
      "null",
  };
  for (const auto* body : bodies) {
    INFO(body);
    const auto robot = created(body);
    REQUIRE_FALSE(robot);
    CHECK(robot.error().kind == ErrorKind::kInvalid);
    CHECK(robot.error().reason == harbor::kMalformed);
    CHECK(robot.error().message.find("x1Y") == std::string::npos);
  }
}

TEST_CASE("robots are listed with what they may pull, their names and their end", "[harbor]") {
  const auto page = harbor::parse_robots(answer(200, kRobots, {{"X-Total-Count", "3"}}));
  REQUIRE(page);
  CHECK(page->total == 3);
  CHECK(page->entries == 3);
  REQUIRE(page->robots.size() == 3);
  const auto& puller = page->robots[0];
  CHECK(puller.id == 1);
  CHECK(puller.login == "robot$team-a+puller");
  CHECK(puller.stored_name == "team-a+puller");
  CHECK(puller.level == Level::kProject);
  CHECK_FALSE(puller.disabled);
  CHECK(puller.expires_at == seconds(1798017154));
  CHECK(puller.description == "d1");
  CHECK(puller.pull_projects == std::vector<std::string>{"team-a"});
  const auto& mixed = page->robots[1];
  CHECK(mixed.stored_name == "mixed");
  CHECK(mixed.level == Level::kSystem);
  CHECK(mixed.disabled);
  CHECK_FALSE(mixed.expires_at);
  CHECK(mixed.pull_projects == std::vector<std::string>{"team-a", "team-b"});
  CHECK(page->robots[2].pull_projects.empty());
}

TEST_CASE("the stored name is told whatever the prefix, where that can be done", "[harbor]") {
  const auto stored = [](const std::string& login, const std::string& level, const std::string& ns) {
    const auto page = harbor::parse_robots(answer(200, R"([{"id":1,"level":")" + level + R"(","name":")" + login +
                                                           R"(","permissions":[{"kind":"project","namespace":")" + ns +
                                                           R"(","access":[]}]}])"));
    REQUIRE(page);
    REQUIRE(page->robots.size() == 1);
    return page->robots[0].stored_name;
  };
  CHECK(stored("bot-team-a+x", "project", "team-a") == "team-a+x");
  CHECK(stored("team-a+x", "project", "team-a") == "team-a+x");
  CHECK(stored("a+b+team-a+x", "project", "team-a") == "team-a+x");
  CHECK(stored("robot$x", "system", "team-a") == "x");
  CHECK(stored("bot-x", "system", "team-a").empty());
}

TEST_CASE("the total is believed only as a number", "[harbor]") {
  for (const auto* value : {"", "x", "-1", "1x", "99999999999999999999"}) {
    INFO(value);
    CHECK_FALSE(harbor::parse_robots(answer(200, "[]", {{"X-Total-Count", value}}))->total);
  }
}

TEST_CASE("an entry that is no robot of ours to name is counted and left out", "[harbor]") {
  const auto page = harbor::parse_robots(
      answer(200, R"([1,null,{"id":0,"level":"system","name":"a"},{"id":1,"level":"galaxy","name":"a"},
               {"id":1,"level":"system","name":""},{"id":1,"level":"system","name":"a","permissions":[1,{"access":2}]}])"));
  REQUIRE(page);
  CHECK(page->entries == 6);
  CHECK(page->robots.size() == 1);
}

TEST_CASE("what is not JSON is no Harbor, what is JSON of another shape is malformed", "[harbor]") {
  for (const auto* body : {"", "<html></html>", "{\"auth_mode\":", "[{\"id\":1", "\xff"}) {
    INFO(body);
    CHECK(harbor::parse_system_info(answer(200, body)).error().kind == ErrorKind::kUnavailable);
    CHECK(harbor::parse_current_user(answer(200, body)).error().reason == harbor::kNotHarbor);
    CHECK(harbor::parse_projects(answer(200, body), "a").error().kind == ErrorKind::kUnavailable);
    CHECK(harbor::parse_robots(answer(200, body)).error().kind == ErrorKind::kUnavailable);
    CHECK(created(body).error().kind == ErrorKind::kUnavailable);
  }
  CHECK(harbor::parse_system_info(answer(200, "[]")).error().kind == ErrorKind::kInvalid);
  CHECK(harbor::parse_system_info(answer(200, "{}")).error().kind == ErrorKind::kInvalid);
  CHECK(harbor::parse_current_user(answer(200, "{}")).error().kind == ErrorKind::kInvalid);
  CHECK(harbor::parse_projects(answer(200, "{}"), "a").error().kind == ErrorKind::kInvalid);
  CHECK(harbor::parse_robots(answer(200, "null")).error().kind == ErrorKind::kInvalid);
}

TEST_CASE("a robot that an older Harbor lists besides is not taken for one that was asked for", "[harbor]") {
  harbor::Robot robot;
  robot.login = "robot$team-a+Puller-g1";
  robot.level = Level::kProject;
  CHECK(harbor::matches(robot, {Level::kProject, 2, "", ""}));
  CHECK_FALSE(harbor::matches(robot, {Level::kSystem, 0, "", ""}));
  CHECK(harbor::matches(robot, {Level::kProject, 2, "team-a+puller-g1", ""}));
  CHECK_FALSE(harbor::matches(robot, {Level::kProject, 2, "team-a+puller-g", ""}));
  CHECK(harbor::matches(robot, {Level::kProject, 2, "", "PULL"}));
  CHECK_FALSE(harbor::matches(robot, {Level::kProject, 2, "", "push"}));
}

TEST_CASE("the prefix is what stands before the stored name", "[harbor]") {
  CHECK(harbor::prefix_of("robot$team-a+x", "team-a+x") == "robot$");
  CHECK(harbor::prefix_of("x", "x") == "");
  CHECK_FALSE(harbor::prefix_of("robot$y", "x"));
  CHECK_FALSE(harbor::prefix_of("robot$y", ""));
}
