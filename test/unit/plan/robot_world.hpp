// One identity's robots at Harbor, their state Secret and the pull Secrets that hold them, small enough to be thrown.
// Steps are taken as robot_plan.hpp tells, and what must never be is written down the moment it is.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "plan/robot_plan.hpp"
#include "unit/plan/random_world.hpp"

namespace sim {

struct HarborRobot {
  std::int64_t id = 0;
  std::string name = {};
  std::string secret = {};
  std::int64_t created_at = 0;
  std::int64_t expires_at = 0;
};

struct PullSecret {
  bool selected = true;
  std::string endpoint = {};  ///< where the robot lives that it holds
  std::string secret = {};    ///< "": it holds none
};

/// What a lost reply, a crash or a stale view may do; all zero: an ideal world.
struct Weather {
  std::size_t lost = 0;   ///< percent of calls that never take effect, and end the run
  std::size_t crash = 0;  ///< percent of calls that take effect, but end the run
  std::size_t stale = 0;  ///< percent of runs that decide on what was, while `meanwhile` happens
};

[[nodiscard]] const plan::RobotIdentity& robot_identity();
[[nodiscard]] const std::string& robot_base();
[[nodiscard]] std::string secret_of(const plan::RobotGeneration& robot);
[[nodiscard]] bool same_robot(const HarborRobot& there, const plan::RobotGeneration& robot);

class RobotWorld {
 public:
  explicit RobotWorld(std::uint32_t seed);

  // What people want, and how things are; tests change it freely.
  std::optional<plan::RobotWish> wish = {};
  plan::RobotWish former = {};  ///< the one that was withdrawn last
  bool leaving = false;
  std::string endpoint = "https://one.example";
  std::int64_t now = 1795000000;
  std::int64_t harbor_ahead = 0;  ///< seconds by which Harbor's clock is ahead
  std::map<std::string, PullSecret> pulls = {{"a", {}}, {"b", {}}, {"c", {}}};
  std::map<std::string, std::vector<HarborRobot>> harbors = {};  ///< by endpoint
  Weather weather = {};
  std::string break_after = {};  ///< the next call whose name begins so takes effect and ends the run
  std::function<void()> meanwhile = [] {};
  Dice dice;

  /// One run of the credential reconciler: observe, plan, take the steps. Returns whether it had any to take.
  bool run();
  /// All namespaces' pull Secrets follow, as publish().
  bool publish_all();
  /// One namespace's pull Secret follows. Returns whether it changed.
  bool publish(const std::string& ns);
  /// Somebody deletes a robot at Harbor, or lets all of them expire.
  void delete_outside(const std::string& at, std::size_t index);
  void expire_all();
  void want(plan::RobotWish wanted);
  void withdraw(bool registry_leaves);
  void move_clock(std::int64_t seconds);
  /// The annotation that asks for a rotation.
  void ask_rotation();
  /// Runs in good weather, time passing where that is all there is to wait for, until nothing is left to do.
  void settle();

  [[nodiscard]] const std::optional<plan::RobotState>& state() const { return stored_; }
  [[nodiscard]] plan::RobotFacts observe();
  [[nodiscard]] std::size_t usable() const;  ///< robots that can pull, those at a left endpoint excepted
  [[nodiscard]] std::string story() const;   ///< what happened, and what was wrong about it
  void note(const std::string& line) { story_ += "\n" + line; }
  /// Whatever is wrong once nothing is left to do.
  void judge_rest();

  std::vector<std::string> wrongs = {};
  std::size_t most_usable = 0;  ///< at once
  int longest_settling = 0;     ///< runs

 private:
  /// Whether the reply came; see Weather.
  bool call(const std::string& what, const std::function<void()>& effect);
  bool store(const std::optional<plan::RobotState>& state, const std::string& why);
  bool take(const plan::RobotStep& step, const plan::RobotFacts& seen);
  bool intend(const plan::IntendRobot& step, const plan::RobotFacts& seen);
  bool mint(int generation, const plan::RobotFacts& seen);
  bool prove(int generation, const plan::RobotFacts& seen);
  bool remove(int generation, const plan::RobotFacts& seen);
  bool leave(int generation, const plan::RobotFacts& seen);
  bool change(int generation, const std::function<void(plan::RobotGeneration&)>& edit);
  [[nodiscard]] const HarborRobot* find(const std::string& at, const std::string& secret) const;
  [[nodiscard]] bool alive(const HarborRobot& robot) const;
  void check();
  void expect_overlap(const plan::RobotGeneration& robot, const plan::RobotFacts& seen);
  void expect(bool holds, const std::string& otherwise);

  std::optional<plan::RobotState> stored_ = {};        ///< the state Secret
  std::set<std::string> outside_ = {};                 ///< secrets of robots that somebody else deleted
  std::set<std::int64_t> left_ = {};                   ///< ids of robots that were left to their Harbor
  std::set<std::string> seen_held_ = {};               ///< secrets that a finished run saw in pull Secrets
  std::map<std::string, std::int64_t> released_ = {};  ///< when a pull Secret last let go of one of these
  std::string asked_over_ = {};                        ///< secret of the robot that a rotation is to replace
  int refused_ = 0;  ///< the generation whose proof Harbor refused; forgotten in a crash
  int last_intended_ = 0;
  std::int64_t next_id_ = 1;
  std::string story_ = {};
};

}  // namespace sim
