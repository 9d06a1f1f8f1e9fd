// What goes wrong on demand: on the wire, and between reading and writing.
#include <catch2/catch.hpp>
#include <chrono>
#include <future>

#include "harbor/double/robot_bodies.hpp"

using namespace support;
using namespace double_test;

namespace {

Json fault_on(const std::string& method, const std::string& path, const std::string& kind, const Json& more = {}) {
  Json fault = {{"fault", kind}, {"match", {{"method", method}, {"path_prefix", path}}}};
  if (!more.is_null()) fault.update(more);
  return fault;
}

HarborDouble& with_project(HarborDouble& harbor) {
  harbor.make_project("team-a");
  return harbor;
}

}  // namespace

TEST_CASE("a connection that is reset before leaves nothing behind, one that is reset after leaves a robot",
          "[double]") {
  HarborDouble harbor;
  with_project(harbor);
  harbor.fault(fault_on("POST", kRobots, "reset_before"));
  CHECK(harbor.as_admin("POST", kRobots, puller("team-a")).status == 0);
  CHECK(harbor.robots().empty());
  harbor.fault(fault_on("POST", kRobots, "reset_after"));
  CHECK(harbor.as_admin("POST", kRobots, puller("team-a")).status == 0);
  REQUIRE(harbor.robots().size() == 1);
  CHECK(harbor.as_admin("POST", kRobots, puller("team-a")).status == 409);
  CHECK(harbor.requests().at(1).at("status") == 0);
}

TEST_CASE("a fault strikes the wanted match as often as it should, and is listed with its hits", "[double]") {
  HarborDouble harbor;
  auto fault = fault_on("GET", kSystemInfo, "status", {{"status", 503}});
  fault["match"]["nth"] = 2;
  fault["match"]["times"] = 2;
  harbor.fault(fault);
  harbor.fault(fault_on("DELETE", "/nothing", "hang"));
  std::vector<int> seen;
  for (int at = 0; at < 4; ++at) seen.push_back(harbor.as_admin("GET", kSystemInfo).status);
  CHECK(seen == std::vector<int>{200, 503, 503, 200});
  const auto list = harbor.control("GET", "/faults");
  CHECK(list.at(0).at("hits") == 2);
  CHECK(list.at(1).at("hits") == 0);
  harbor.forget_faults();
  CHECK(harbor.control("GET", "/faults").empty());
  CHECK_THROWS_WITH(harbor.fault({{"fault", "bogus"}}), Catch::Contains("400"));
}

TEST_CASE("another reply can be put in place of Harbor's", "[double]") {
  HarborDouble harbor;
  harbor.fault({fault_on("GET", "/api", "status", {{"status", 429}, {"body", "slowly"}, {"retry_after", 7}}),
                fault_on("GET", "/api", "html_502")});
  CHECK(harbor.as_admin("GET", kSystemInfo).json == "slowly");
  const auto page = harbor.as_admin("GET", kSystemInfo);
  CHECK(page.status == 502);
  CHECK(page.json.get<std::string>().starts_with("<html>"));
  CHECK(harbor.as_admin("GET", kSystemInfo).status == 200);
}

TEST_CASE("replies can be cut, slow, dripping, or never come", "[double]") {
  HarborDouble harbor;
  harbor.fault(fault_on("GET", "/", "truncate"));
  CHECK(harbor.as_admin("GET", kSystemInfo).status == 0);
  harbor.fault({fault_on("GET", "/", "slow", {{"ms", 200}}), fault_on("GET", "/", "trickle", {{"ms", 1}})});
  for (int at = 0; at < 2; ++at) {
    const auto begin = std::chrono::steady_clock::now();
    CHECK(harbor.as_admin("GET", kSystemInfo).status == 200);
    CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(200));
  }
  harbor.fault(fault_on("GET", "/", "hang"));
  auto never_answered = std::async(std::launch::async, [&] { return harbor.as_admin("GET", kSystemInfo).status; });
  eventually("the request hangs", Millis{5'000}, [&] { return harbor.stats().at("running") == 1; });
  CHECK(never_answered.wait_for(std::chrono::milliseconds(100)) == std::future_status::timeout);
  harbor.offline(true);
  CHECK(never_answered.get() == 0);
  eventually("nothing is under way", Millis{5'000}, [&] { return harbor.stats().at("running") == 0; });
}

TEST_CASE("a PUT that writes what it read before loses the secret of a PATCH in between", "[double]") {
  HarborDouble harbor;
  with_project(harbor);
  const auto robot = harbor.make_robot(puller("team-a"));
  const std::string path = kRobots + ("/" + robot["id"].dump());
  auto body = puller("team-a");
  body["name"] = robot["name"];
  harbor.fault(fault_on("PUT", path, "stale_write", {{"ms", 500}}));
  auto put = std::async(std::launch::async, [&] { return harbor.as_admin("PUT", path, body).status; });
  eventually("the PUT has read", Millis{5'000}, [&] { return harbor.stats().at("running") == 1; });
  CHECK(harbor.as_admin("PATCH", path, {{"secret", "GoodSecret1"}}).status == 200);
  CHECK(harbor.api({robot["name"], "GoodSecret1"}, "GET", kCurrentUser).status == 412);
  CHECK(put.get() == 200);
  CHECK(harbor.api({robot["name"], "GoodSecret1"}, "GET", kCurrentUser).status == 401);
  CHECK(harbor.api(login_of(robot), "GET", kCurrentUser).status == 412);
}

TEST_CASE("while it is offline connections are refused; then it is back on the same port", "[double]") {
  HarborDouble harbor;
  const Client client(harbor.url(), "", "");  // with a connection that stays open
  CHECK(client.get("/api/v2.0/ping").status == 200);
  harbor.offline(true);
  const auto refused = client.get("/api/v2.0/ping");
  CHECK(refused.status == 0);
  CHECK_THAT(refused.error, Catch::Contains("refused"));
  harbor.offline(false);
  CHECK(client.get("/api/v2.0/ping").status == 200);
}

TEST_CASE("a renewed certificate is trusted by who trusts the authority, a new authority is not", "[double]") {
  HarborDouble harbor({.tls = true});
  const auto old_ca = harbor.ca_pem();
  const Client client(harbor.url(), old_ca, "");
  CHECK(client.get("/api/v2.0/ping").status == 200);
  harbor.renew_certificate();
  CHECK(client.get("/api/v2.0/ping").status == 200);
  harbor.replace_authority();
  const auto refused = client.get("/api/v2.0/ping");
  CHECK(refused.status == 0);
  CHECK_THAT(refused.error, Catch::Contains("unknown authority"));
  CHECK(Client(harbor.url(), harbor.ca_pem(), "").get("/api/v2.0/ping").status == 200);
}
