// What differs between versions of which there is no recording.
#include <catch2/catch.hpp>

#include "harbor/double/profile.hpp"
#include "harbor/double/robot_bodies.hpp"

using namespace support;
using namespace double_test;

namespace {

/// What an operator of that version gets for a project robot that may pull.
Answer child_of_operator(const std::string& version, const std::string& name_space = "*") {
  HarborDouble harbor({.profile = version});
  harbor.make_project("team-a");
  const auto made = harbor.as_admin("POST", kRobots, operator_robot(name_space));
  if (!made.ok()) return made;
  return harbor.api(login_of(made.json), "POST", kRobots, puller("team-a"));
}

Json error_of(const Answer& answer) { return answer.json.at("errors").at(0); }

/// The realm of a challenge, asked for under another name.
std::string realm(const std::string& version) {
  HarborDouble harbor({.profile = version, .args = {"--external-url", "https://harbor.example.test"}});
  const auto response = Client(harbor.url(), "", "").transport().send({"GET", "/v2/"}, {});
  REQUIRE(response);
  const std::string challenge(response->header("WWW-Authenticate"));
  return challenge.substr(0, challenge.find("/service")) == "Bearer realm=\"https://" + harbor.host() ? "host"
                                                                                                      : challenge;
}

}  // namespace

TEST_CASE("a system robot may create project robots from 2.14.1 on", "[double]") {
  CHECK(child_of_operator("2.15").status == 201);
  CHECK(child_of_operator("2.14.1").status == 201);
  for (const char* version : {"2.12", "2.13", "2.14.0"}) {
    const auto refused = child_of_operator(version);
    CHECK(refused.status == 403);
    CHECK(error_of(refused) == Json{{"code", "DENIED"}, {"message", "denied"}});
  }
}

TEST_CASE("2.10 and 2.11 do not let a robot have rights on robots", "[double]") {
  for (const char* version : {"2.10", "2.11"}) {
    const auto refused = child_of_operator(version);
    CHECK(refused.status == 400);
    CHECK(error_of(refused)["message"] == "bad request permission: robot:create");
  }
}

TEST_CASE("2.9 and before check nothing: a robot on robots may do everything to them", "[double]") {
  HarborDouble harbor({.profile = "2.9"});
  harbor.make_project("team-a");
  const auto made = harbor.make_robot(robot("project", "op", {scope("project", "team-a", {{"robot", "*"}})}));
  const auto child = harbor.api(login_of(made), "POST", kRobots, puller("team-a"));
  REQUIRE(child.status == 201);
  const auto path = kRobots + ("/" + child.json["id"].dump());
  CHECK(harbor.api(login_of(made), "PATCH", path, Json::object()).status == 200);
}

TEST_CASE("a robot creates robots of its own level on 2.12, where 2.12.0 wants the exact namespace", "[double]") {
  const auto status = [](const std::string& version, const std::string& name_space) {
    HarborDouble harbor({.profile = version});
    harbor.make_project("team-a");
    const Json system = scope("system", "/", {{"robot", "create"}});
    const auto made =
        harbor.make_robot(robot("system", "op", {system, scope("project", name_space, {{"repository", "pull"}})}));
    const auto child = robot("system", "child", {scope("project", "team-a", {{"repository", "pull"}})});
    return harbor.api(login_of(made), "POST", kRobots, child).status;
  };
  CHECK(status("2.12", "*") == 201);
  CHECK(status("2.12", "team-a") == 201);
  CHECK(status("2.12.0", "*") == 403);
  CHECK(status("2.12.0", "team-a") == 201);
}

TEST_CASE("the realm is the external URL up to 2.13 and the host of the request from 2.14 on", "[double]") {
  CHECK(realm("2.13") == "Bearer realm=\"https://harbor.example.test/service/token\",service=\"harbor-registry\"");
  CHECK(realm("2.14.0") == "host");
}

TEST_CASE("the other switches turn where they should", "[double]") {
  using harbor_double::profile_of;
  CHECK(profile_of("2.10")->duration_zero_is_default);
  CHECK_FALSE(profile_of("2.11")->duration_zero_is_default);
  CHECK(profile_of("2.12")->names_creator);
  CHECK_FALSE(profile_of("2.11")->names_creator);
  CHECK(profile_of("2.12")->level_system_lists_all);
  CHECK_FALSE(profile_of("2.13")->level_system_lists_all);
  CHECK(profile_of("2.13.5")->token_dies_with_project);
  CHECK_FALSE(profile_of("2.14.2")->token_dies_with_project);
  CHECK(profile_of("2.8.4")->read_only_refuses_token_post);
  CHECK_FALSE(profile_of("2.8.5")->read_only_refuses_token_post);
  CHECK_FALSE(profile_of("2.16")->empty_prefix_allowed);
  CHECK_FALSE(profile_of("3.0"));
  CHECK_FALSE(profile_of("2.99"));
  CHECK_FALSE(profile_of("new"));
}
