#include "harbor/request.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/digest.hpp"
#include "http/request_check.hpp"

namespace {

using base::ErrorKind;
using harbor::Level;
using harbor::NewRobot;
using harbor::RobotQuery;
using nlohmann::json;

NewRobot puller() { return {"puller", "d1", Level::kProject, {"team-a"}, 30}; }

harbor::Account account(std::string username, std::string password) {
  return {std::move(username), base::SecretString(std::move(password))};
}

std::string complaint(const base::Status& status) { return status ? std::string() : status.error().message; }

}  // namespace

TEST_CASE("each request has its method and target, and all of them may go on the wire", "[harbor]") {
  struct Row {
    http::Request request;
    const char* method;
    const char* target;
  };
  const RobotQuery project{Level::kProject, 2, "", ""};
  const RobotQuery exact{Level::kProject, 2, "team-a+puller", ""};
  const RobotQuery part{Level::kSystem, 0, "", "hp-"};
  const std::vector<Row> rows = {
      {harbor::ping(), "GET", "/api/v2.0/ping"},
      {harbor::system_info(), "GET", "/api/v2.0/systeminfo"},
      {harbor::current_user(), "GET", "/api/v2.0/users/current"},
      {harbor::find_project("123"), "GET", "/api/v2.0/projects?q=name%3D123&page=1&page_size=100"},
      {harbor::find_project("team-a"), "GET", "/api/v2.0/projects?q=name%3Dteam-a&page=1&page_size=100"},
      {harbor::head_project("team-a"), "HEAD", "/api/v2.0/projects?project_name=team-a"},
      {harbor::create_robot(puller()), "POST", "/api/v2.0/robots"},
      {harbor::list_robots(project, 1), "GET",
       "/api/v2.0/robots?q=Level%3Dproject%2CProjectID%3D2&page=1&page_size=100&sort=id"},
      // The plus is encoded twice, or Harbor reads a space and finds nothing.
      {harbor::list_robots(exact, 3), "GET",
       "/api/v2.0/robots?q=Level%3Dproject%2CProjectID%3D2%2Cname%3Dteam-a%252Bpuller&page=3&page_size=100&sort=id"},
      {harbor::list_robots(part, 1), "GET",
       "/api/v2.0/robots?q=Level%3Dsystem%2Cname%3D~hp-&page=1&page_size=100&sort=id"},
      {harbor::delete_robot(2'147'483'648), "DELETE", "/api/v2.0/robots/2147483648"},
      {harbor::registry_root(), "GET", "/v2/"},
      {harbor::token({}), "GET", "/service/token?service=harbor-registry"},
      {harbor::token({"/service/token", "harbor-registry", {"repository:team-a/app:pull", "repository:b/c:pull"}}),
       "GET",
       "/service/token?service=harbor-registry&scope=repository%3Ateam-a%2Fapp%3Apull&scope=repository%3Ab%2Fc%3Apull"},
      {harbor::head_manifest({"team-a/app", "v1"}), "HEAD", "/v2/team-a/app/manifests/v1"},
      {harbor::head_manifest({"team-a/x/y", "sha256:1729de"}), "HEAD", "/v2/team-a/x/y/manifests/sha256:1729de"},
  };
  for (const auto& row : rows) {
    INFO(row.target);
    CHECK(row.request.method == row.method);
    CHECK(row.request.target == row.target);
    CHECK(http::check_request(row.request));
    CHECK(row.request.idempotent == (std::string(row.method) != "POST"));
    for (const auto& header : row.request.headers) {
      CHECK(header.name != "Authorization");
      CHECK(header.name != "Cookie");
    }
  }
}

TEST_CASE("a robot is asked for with one permission a project, in one order, without an effect", "[harbor]") {
  const NewRobot robot{"hp-g1", "made by a test", Level::kSystem, {"team-b", "123", "team-a", "team-b"}, -1};
  const auto pull = json::array({{{"resource", "repository"}, {"action", "pull"}}});
  const auto request = harbor::create_robot(robot);
  CHECK(json::parse(request.body) ==
        json({{"name", "hp-g1"},
              {"description", "made by a test"},
              {"level", "system"},
              {"duration", -1},
              {"permissions", json::array({{{"kind", "project"}, {"namespace", "123"}, {"access", pull}},
                                           {{"kind", "project"}, {"namespace", "team-a"}, {"access", pull}},
                                           {{"kind", "project"}, {"namespace", "team-b"}, {"access", pull}}})}}));
  CHECK(std::count(request.headers.begin(), request.headers.end(), http::Header{"Content-Type", "application/json"}) ==
        1);
}

TEST_CASE("the effect is spelt out only when it is asked for", "[harbor]") {
  const auto body = json::parse(harbor::create_robot(puller(), harbor::Effect::kAllow).body);
  CHECK(body["permissions"][0]["access"] ==
        json::array({{{"resource", "repository"}, {"action", "pull"}, {"effect", "allow"}}}));
  CHECK(harbor::create_robot(puller()).body.find("effect") == std::string::npos);
}

TEST_CASE("a robot that Harbor would refuse is refused here, with the reason", "[harbor]") {
  struct Row {
    NewRobot robot;
    const char* says;
  };
  const auto with = [](const std::function<void(NewRobot&)>& change) {
    auto robot = puller();
    change(robot);
    return robot;
  };
  std::vector<Row> rows = {
      {with([](NewRobot& it) { it.projects = {}; }), "needs a project"},
      {with([](NewRobot& it) {
         it.projects = {"team-a", "team-b"};
       }),
       "that project only"},
      {with([](NewRobot& it) { it.projects = {"*"}; }), "name of a project"},
      {with([](NewRobot& it) { it.projects = {""}; }), "name of a project"},
      {with([](NewRobot& it) { it.lifetime_days = 0; }), "one day"},
      {with([](NewRobot& it) { it.lifetime_days = -2; }), "one day"},
      {with([](NewRobot& it) { it.lifetime_days = 2'147'483'647; }), "one day"},
      {with([](NewRobot& it) { it.description = std::string(1025, 'x'); }), "description"},
      {with([](NewRobot& it) { it.description = "two\nlines"; }), "description"},
      {with([](NewRobot& it) { it.name = std::string(249, 'y'); }), "255 characters"},
  };
  for (const auto* name : {"", "Puller", "a--b", "a__b", "a+b", "-a", "a.", "robot$x", "a b", "\xc3\xbc"}) {
    rows.push_back({with([&](NewRobot& it) { it.name = name; }), "name of a robot"});
  }
  for (const auto& row : rows) {
    INFO(row.robot.name << ": " << row.says);
    const auto status = harbor::check(row.robot);
    REQUIRE_FALSE(status);
    CHECK(status.error().kind == ErrorKind::kInvalid);
    CHECK(status.error().message.find(row.says) != std::string::npos);
  }
}

TEST_CASE("a robot that Harbor accepts is accepted here", "[harbor]") {
  CHECK(complaint(harbor::check(puller())).empty());
  CHECK(complaint(harbor::check(NewRobot{"a", "", Level::kProject, {"team-a"}, 1})).empty());
  CHECK(complaint(harbor::check(NewRobot{"a.b-c_d.9", "", Level::kProject, {"123"}, 2'147'483'646})).empty());
  CHECK(complaint(harbor::check(NewRobot{std::string(248, 'y'), "", Level::kProject, {"team-a"}, -1})).empty());
  // 1024 characters of two bytes each.
  std::string description;
  for (int i = 0; i < 1024; ++i) description += "\xc3\xbc";
  CHECK(complaint(harbor::check(NewRobot{"s", description, Level::kSystem, {"a", "b"}, -1})).empty());
}

TEST_CASE("the stored name holds the project at project level only", "[harbor]") {
  CHECK(harbor::stored_name(puller()) == "team-a+puller");
  CHECK(harbor::stored_name({"hp-g1", "", Level::kSystem, {"team-a", "team-b"}, -1}) == "hp-g1");
}

TEST_CASE("robots are listed by what Harbor understands, or not at all", "[harbor]") {
  CHECK(harbor::check(RobotQuery{Level::kProject, 2, "team-a+g1", ""}));
  CHECK(harbor::check(RobotQuery{Level::kSystem, 0, "", "hp-"}));
  const std::vector<RobotQuery> refused = {
      {Level::kProject, 0, "", ""},     {Level::kProject, -1, "", ""},  {Level::kSystem, 2, "", ""},
      {Level::kSystem, 0, "a", "b"},    {Level::kSystem, 0, "a,b", ""}, {Level::kSystem, 0, "~a", ""},
      {Level::kSystem, 0, "{a b}", ""}, {Level::kSystem, 0, "", "a=b"}, {Level::kSystem, 0, "robot$a", ""},
      {Level::kSystem, 0, "", "A"},
  };
  for (const auto& query : refused) {
    INFO(query.project_id << " " << query.stored_name << " " << query.name_part);
    const auto status = harbor::check(query);
    REQUIRE_FALSE(status);
    CHECK(status.error().kind == ErrorKind::kInvalid);
  }
}

TEST_CASE("an image that could be another path is refused", "[harbor]") {
  CHECK(harbor::check(harbor::Image{"team-a/app", "v1.0_x-Y"}));
  CHECK(harbor::check(harbor::Image{"team-a/a/b", "sha256:00ff"}));
  const std::vector<harbor::Image> refused = {{"app", "v1"},         {"/app", "v1"},      {"team-a/", "v1"},
                                              {"team-a/../x", "v1"}, {"team-a//x", "v1"}, {"team-a/a?b", "v1"},
                                              {"team-a/A", "v1"},    {"team-a/app", ""},  {"team-a/app", "a/b"},
                                              {"team-a/app", ".."},  {"", "v1"}};
  for (const auto& image : refused) {
    INFO(image.repository << " " << image.reference);
    CHECK_FALSE(harbor::check(image));
  }
}

TEST_CASE("an account becomes HTTP basic, whatever characters a secret holds", "[harbor]") {
  const auto header = harbor::authorization(account("robot$team-a+puller", "aA1:$+\"\\\xc3\xa9 x"));
  REQUIRE(header);
  CHECK(header->name == "Authorization");
  REQUIRE(header->value.starts_with("Basic "));
  CHECK(base::base64_decode(header->value.substr(6)) == "robot$team-a+puller:aA1:$+\"\\\xc3\xa9 x");
}

TEST_CASE("an account that HTTP basic cannot carry is refused without its password", "[harbor]") {
  struct Row {
    harbor::Account account;
    const char* says;
  };
  const std::vector<Row> rows = {
      {account("a:b", "hunter2"), "a colon"},
      {account("", "hunter2"), "no username"},
      {account("admin", ""), "no password"},
      {account("admin\n", "hunter2"), "control character"},
      {account("admin", "hunter2\n"), "control character"},
      {account("admin", std::string("hun\0ter2", 8)), "control"},
  };
  for (const auto& row : rows) {
    const auto header = harbor::authorization(row.account);
    REQUIRE_FALSE(header);
    CHECK(header.error().kind == ErrorKind::kInvalid);
    CHECK(header.error().message.find(row.says) != std::string::npos);
    CHECK(header.error().message.find("hun") == std::string::npos);
  }
}

TEST_CASE("a token becomes a bearer header, and only a token", "[harbor]") {
  const auto header = harbor::authorization(harbor::Bearer{base::SecretString("aB1.c-D_.e")});
  REQUIRE(header);
  CHECK(*header == http::Header{"Authorization", "Bearer aB1.c-D_.e"});
  for (const auto* bad : {"", "a b", "a\r\nX: y", "\"a\""}) {
    INFO(bad);
    CHECK_FALSE(harbor::authorization(harbor::Bearer{base::SecretString(bad)}));
  }
}
