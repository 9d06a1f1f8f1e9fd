// The operator dies at any write while robots are rotated and removed: the same end.
#include "integration/robot_stage.hpp"

using namespace integration;

TEST_CASE("a crash at any write of a rotation ends with the new robot alone, given out once", "[integration]") {
  RobotStage stage({.namespaces = 2});
  const auto story = [&](CrashPoint& point) {
    stage.set_out(point);
    point.start();
    stage.wait_served(point, 1);
    point.wait_quiet();
    stage.call_robots(point);
    point.arm();
    ask_rotation(point.scene(), kRegistry, "now");
    stage.wait_served(point, 2);
  };
  const auto check = [&](CrashPoint& point) {
    stage.check_served(point, 2);
    stage.remove(point);
    stage.check_nothing_left(point);
  };
  CHECK(each_crash_point(every_way(), story, check) >= 4 * 9);
}

TEST_CASE("a crash at any write of a registry's removal leaves no robot and no memory of one", "[integration]") {
  RobotStage stage({});
  const auto story = [&](CrashPoint& point) {
    stage.set_out(point);
    point.start();
    stage.wait_served(point, 1);
    point.wait_quiet();
    stage.call_robots(point);
    point.arm();
    stage.remove(point);
  };
  const auto check = [&](CrashPoint& point) { stage.check_nothing_left(point); };
  CHECK(each_crash_point(every_way(), story, check) >= 4 * 7);
}
