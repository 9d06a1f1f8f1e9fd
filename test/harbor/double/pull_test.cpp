// Images go through the double into a real registry and come out again.
#include <catch2/catch.hpp>

#include "harbor/double/robot_bodies.hpp"

using namespace support;
using namespace double_test;

namespace {

/// As the list of repositories tells it.
int pulls_of(const HarborDouble& harbor, const std::string& project) {
  return harbor.as_admin("GET", "/api/v2.0/projects/" + project + "/repositories").require().at(0).at("pull_count");
}

}  // namespace

TEST_CASE("an image that was pushed can be pulled by a robot of its project, and by nobody else", "[double]") {
  HarborDouble harbor({.with_registry = true});
  harbor.set_login_delay(Millis{0});
  harbor.make_project("team-a");
  harbor.make_project("team-b");
  const auto digest = harbor.push_image("team-a/app:v1");
  const auto own = harbor.make_robot(puller("team-a"));
  const auto foreign = harbor.make_robot(puller("team-b"));

  CHECK(harbor.pull(own["name"], own["secret"], "team-a/app:v1").detail == "pulled");
  CHECK(harbor.pull(own["name"], own["secret"], "team-a/app:v2").status == 404);
  CHECK(harbor.pull(foreign["name"], foreign["secret"], "team-a/app:v1").status == 401);
  CHECK(harbor.pull("", "", "team-a/app:v1").status == 401);
  CHECK(harbor.as_admin("GET", "/v2/team-a/app/manifests/" + digest).status == 200);
  CHECK(harbor.as_admin("GET", "/v2/_catalog").json.at("repositories") == Json{"team-a/app"});
}

TEST_CASE("a public image is pulled without a credential, and with a wrong one", "[double]") {
  HarborDouble harbor({.with_registry = true});
  harbor.set_login_delay(Millis{0});
  harbor.push_image("library/app:v1");
  CHECK(harbor.pull("", "", "library/app:v1").ok);
  CHECK(harbor.pull("robot$nobody", "wrong", "library/app:v1").ok);
}

TEST_CASE("a pull ends with its robot: wrong secret, disabled, expired, deleted", "[double]") {
  HarborDouble harbor({.with_registry = true});
  harbor.set_login_delay(Millis{0});
  harbor.make_project("team-a");
  harbor.push_image("team-a/app:v1");
  const auto robot = harbor.make_robot(puller("team-a"));
  const auto status = [&](const std::string& secret) {
    return harbor.pull(robot["name"], secret, "team-a/app:v1").status;
  };
  CHECK(status(robot["secret"]) == 200);
  CHECK(status("Wrong12345") == 401);
  harbor.change_robot(robot["id"], {{"disabled", true}});
  CHECK(status(robot["secret"]) == 401);
  harbor.change_robot(robot["id"], {{"disabled", false}, {"expires_at", 1}});
  CHECK(status(robot["secret"]) == 401);
  harbor.change_robot(robot["id"], {{"expires_at", -1}});
  CHECK(status(robot["secret"]) == 200);
  harbor.control("DELETE", "/robots/" + robot["id"].dump());
  CHECK(status(robot["secret"]) == 401);
}

TEST_CASE("a GET of a manifest counts as a pull, a HEAD does not", "[double]") {
  HarborDouble harbor({.with_registry = true});
  harbor.push_image("library/app:v1");
  CHECK(pulls_of(harbor, "library") == 0);
  CHECK(harbor.as_admin("HEAD", "/v2/library/app/manifests/v1").status == 200);
  CHECK(pulls_of(harbor, "library") == 0);
  CHECK(harbor.as_admin("GET", "/v2/library/app/manifests/v1").status == 200);
  CHECK(pulls_of(harbor, "library") == 1);
}

TEST_CASE("pulls work over TLS and while Harbor is read-only; pushes and a dead registry do not", "[double]") {
  HarborDouble harbor({.tls = true, .with_registry = true});
  harbor.push_image("library/app:v1");
  harbor.set_read_only(true);
  CHECK(harbor.pull("admin", HarborDouble::admin_password(), "library/app:v1").ok);
  CHECK_THROWS_AS(harbor.push_image("library/app:v2"), Failure);
  harbor.set_read_only(false);
  harbor.control("POST", "/registry", {{"up", false}});
  CHECK(harbor.pull("admin", HarborDouble::admin_password(), "library/app:v1").status == 502);
}

TEST_CASE("read-only Harbor 2.9.0 refuses the POST for a token, which ends containerd's pull", "[double]") {
  HarborDouble harbor({.profile = "2.9", .with_registry = true});
  harbor.push_image("library/app:v1");
  harbor.set_read_only(true);
  CHECK(harbor.pull("admin", HarborDouble::admin_password(), "library/app:v1").status == 401);
}
