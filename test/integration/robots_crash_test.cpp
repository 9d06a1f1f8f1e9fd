// The operator dies at any write while robots are made: the same end, and no Secret is written twice on the way.
#include "integration/robot_stage.hpp"

using namespace integration;

namespace {

/// Tells how one generation comes to be, from the registry's arrival on.
int crash_while_minting(const RobotScript& script) {
  RobotStage stage(script);
  const auto story = [&](CrashPoint& point) {
    stage.set_out(point);
    point.scene().admin().remove(kKeys);  // made again in each telling: that is a write, too
    point.arm();
    point.start();
    stage.wait_served(point, 1);
  };
  const auto check = [&](CrashPoint& point) {
    stage.check_served(point, 1);
    stage.remove(point);
    stage.check_nothing_left(point);
  };
  return each_crash_point(every_way(), story, check);
}

}  // namespace

TEST_CASE("a crash at any write of a robot's making ends with the one robot, given out once", "[integration]") {
  CHECK(crash_while_minting({}) >= 4 * 8);
}

TEST_CASE("a crash at any write while two namespaces get robots of their own makes no third", "[integration]") {
  CHECK(crash_while_minting({.namespaces = 2, .per_namespace = true}) >= 4 * 14);
}
