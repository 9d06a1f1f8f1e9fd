// The lock after a failed login, and what a robot is not touched by.
#include <catch2/catch.hpp>
#include <chrono>
#include <future>

#include "harbor/double/robot_bodies.hpp"

using namespace support;
using namespace double_test;

namespace {

int status_of(const HarborDouble& harbor, const Login& login) { return harbor.api(login, "GET", kCurrentUser).status; }

/// A wrong login on its way: it has been refused and is held back.
std::future<int> refused_login(const HarborDouble& harbor, const std::string& user) {
  harbor.forget_requests();
  auto status = std::async(std::launch::async, [&harbor, user] { return status_of(harbor, {user, "wrong"}); });
  eventually("the wrong login is under way", Millis{5'000}, [&] { return harbor.stats().at("running") == 1; });
  return status;
}

}  // namespace

TEST_CASE("a wrong password takes 1.5 s, and locks that user and no other meanwhile", "[double]") {
  HarborDouble harbor;
  harbor.add_user({"other", "Other12345"}, true);
  harbor.make_project("team-a");
  const auto robot = harbor.make_robot(puller("team-a"));
  const auto begin = std::chrono::steady_clock::now();
  auto wrong = refused_login(harbor, "admin");

  CHECK(status_of(harbor, HarborDouble::admin()) == 401);
  CHECK(status_of(harbor, {"other", "Other12345"}) == 200);
  CHECK(status_of(harbor, login_of(robot)) == 412);
  CHECK(wrong.wait_for(std::chrono::seconds(0)) == std::future_status::timeout);
  CHECK(wrong.get() == 401);
  CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(1500));
  eventually("the lock is over", Millis{5'000}, [&] { return status_of(harbor, HarborDouble::admin()) == 200; });
}

TEST_CASE("a robot logs in with the right secret while a wrong one is being refused", "[double]") {
  HarborDouble harbor;
  harbor.make_project("team-a");
  const auto robot = harbor.make_robot(puller("team-a"));
  auto wrong = refused_login(harbor, robot["name"]);
  CHECK(status_of(harbor, login_of(robot)) == 412);
  CHECK(wrong.get() == 401);
}

TEST_CASE("the delay of a failed login can be made short for a test that does not need it", "[double]") {
  HarborDouble harbor;
  harbor.set_login_delay(Millis{0});
  const auto begin = std::chrono::steady_clock::now();
  CHECK(status_of(harbor, {"admin", "wrong"}) == 401);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(1500));
}

TEST_CASE("users, roles, passwords and the prefix change at once", "[double]") {
  HarborDouble harbor;
  harbor.make_project("team-a");
  harbor.add_user({"lead", "Lead12345"});
  harbor.add_user({"guest", "Guest12345"});
  harbor.add_member("team-a", "lead", "projectAdmin");
  harbor.add_member("team-a", "guest", "guest");
  CHECK(harbor.api({"lead", "Lead12345"}, "POST", kRobots, puller("team-a")).status == 201);
  CHECK(harbor.api({"guest", "Guest12345"}, "POST", kRobots, puller("team-a", "other")).status == 403);

  harbor.set_password({"lead", "Other12345"});
  CHECK(status_of(harbor, {"lead", "Other12345"}) == 200);
  const auto robot = harbor.make_robot(puller("team-a", "third"));
  harbor.set_prefix("bot-");
  CHECK(status_of(harbor, {"bot-team-a+third", robot["secret"]}) == 412);
  CHECK(harbor.robots().back().at("login") == "bot-team-a+third");
}
