// The journal, and the rows that only a hand in the database reaches.
#include <catch2/catch.hpp>
#include <future>

#include "harbor/double/robot_bodies.hpp"

using namespace support;
using namespace double_test;

TEST_CASE("the journal tells who asked for what, and what was said", "[double]") {
  HarborDouble harbor;
  harbor.make_project("team-a");
  const auto robot = harbor.make_robot(puller("team-a"));
  static_cast<void>(harbor.api(login_of(robot), "GET", kRobots));
  harbor.set_login_delay(Millis{0});
  static_cast<void>(harbor.api({"admin", "wrong"}, "GET", kCurrentUser));

  const auto requests = harbor.requests();
  REQUIRE(requests.size() == 3);
  CHECK(requests[0]["method"] == "POST");
  CHECK(requests[0]["target"] == kRobots);
  CHECK(requests[0]["caller"] == "admin");
  CHECK(requests[0]["status"] == 201);
  CHECK(requests[1]["caller"] == "robot$team-a+puller");
  CHECK(requests[1]["status"] == 403);
  CHECK(requests[2]["caller"] == "");
  CHECK(requests[2]["claimed"] == "admin");
  CHECK(harbor.stats().at("counts").at("GET /api/v2.0/robots") == 1);
  harbor.forget_requests();
  CHECK(harbor.requests().empty());
}

TEST_CASE("requests at the same time are counted", "[double]") {
  HarborDouble harbor;
  harbor.fault({{"fault", "slow"}, {"match", {{"times", 3}}}, {"ms", 1000}});
  std::vector<std::future<int>> running;
  for (int at = 0; at < 3; ++at) {
    running.push_back(std::async(std::launch::async, [&] { return harbor.as_admin("GET", kSystemInfo).status; }));
  }
  for (auto& status : running) CHECK(status.get() == 200);
  CHECK(harbor.stats().at("max_concurrent") == 3);
  CHECK(harbor.stats().at("running") == 0);
}

TEST_CASE("robots are shown without secrets, and their rows can be changed", "[double]") {
  HarborDouble harbor;
  harbor.make_project("team-a");
  const auto made = harbor.make_robot(puller("team-a"));
  const auto shown = harbor.robots().at(0);
  CHECK(shown.dump().find(made["secret"].get<std::string>()) == std::string::npos);
  CHECK(shown["login"] == "robot$team-a+puller");
  CHECK(shown["stored_name"] == "team-a+puller");
  CHECK(shown["projects"] == Json{"team-a"});
  CHECK(shown["level"] == "project");

  harbor.change_robot(made["id"], {{"permissions", Json::array()}, {"expires_at", 4711}});
  CHECK(harbor.robots().at(0).at("expires_at") == 4711);
  const std::string path = kRobots + ("/" + made["id"].dump());
  CHECK(harbor.as_admin("DELETE", path).status == 404);
  CHECK(harbor.as_admin("GET", path).status == 200);
  CHECK_THROWS_AS(harbor.change_robot(999, {{"disabled", true}}), Failure);
}

TEST_CASE("it ends at once on SIGTERM, also with a request that hangs", "[double]") {
  HarborDouble harbor;
  harbor.fault({{"fault", "hang"}});
  auto hanging = std::async(std::launch::async, [&] { return harbor.as_admin("GET", kSystemInfo).status; });
  eventually("the request hangs", Millis{5'000}, [&] { return harbor.requests().size() == 1; });
  harbor.process().signal(15);
  CHECK(harbor.process().wait(Millis{5'000}) == 0);
  CHECK(hanging.get() == 0);
}

TEST_CASE("a body of the wrong shape is 422, however deep the fault lies", "[double]") {
  HarborDouble harbor;
  harbor.make_project("team-a");
  auto body = puller("team-a");
  body["permissions"][0]["access"] = "everything";
  CHECK(harbor.as_admin("POST", kRobots, body).status == 422);
  body["permissions"] = "all";
  CHECK(harbor.as_admin("POST", kRobots, body).status == 422);
  CHECK(harbor.as_admin("POST", kRobots, Json::array()).status == 422);
  CHECK(harbor.robots().empty());
}
