// The stage of stories in which the operator dies at any write to Harbor or to Kubernetes, or the reply to it is lost:
// a Harbor behind a proxy, and what must be so at the end.
#pragma once

#include "base/digest.hpp"
#include "integration/crash_points.hpp"
#include "integration/harbor_scene.hpp"
#include "plan/robot_state.hpp"

namespace integration {

inline constexpr const char* kRegistry = "crash";
inline const std::string kStates =
    "/api/v1/namespaces/harbor-pull-system/secrets?fieldSelector=type%3Dharborpull.io%2Frobot-state";

/// The operator's key for digests.
inline const std::string kKeys = support::secret_path("harbor-pull-system", "harbor-pull-operator-state");

inline CrashOptions every_way() {
  CrashOptions options;
  options.modes.push_back(support::FaultMode::kLoseReply);
  options.quiet = Millis{300};  // the stories wait for the status by themselves
  return options;
}

struct RobotScript {
  std::size_t namespaces = 1;
  bool per_namespace = false;  ///< a robot and a project for each
};

/// Robots by id and login, of one place.
using Robots = std::set<std::pair<std::int64_t, std::string>>;

/// A Harbor that outlives the tellings, and what the present one made. Registry and robots bear the same names in each:
/// every telling has to clear up.
class RobotStage {
 public:
  explicit RobotStage(const RobotScript& script) : script_(script) {
    harbor_.make_project("team-a");
    harbor_.push_image("team-a/app:v1");
  }

  /// Namespaces and the registry, whose Harbor is behind a proxy of the telling.
  void set_out(CrashPoint& point) {
    auto& scene = point.scene();
    diary_ = std::make_unique<Diary>(scene);
    namespaces_.clear();
    while (namespaces_.size() < script_.namespaces) {
      namespaces_.push_back(scene.make_namespace("robot", scene.selected()));
      if (!script_.per_namespace) continue;
      harbor_.make_project(namespaces_.back());
      harbor_.push_image(namespaces_.back() + "/app:v1");
    }
    call_states(point);
    auto spec = robot_spec(scene, harbor_, make_account(scene, "crash-admin", HarborDouble::admin()));
    spec["endpoint"] = point.stand_before({.upstream = harbor_.url(), .tls = false, .name = "harbor"}).url();
    spec["interval"] = "1h";
    if (script_.per_namespace) {
      spec["credential"]["robot"].merge_patch(
          {{"projects", nullptr}, {"sharing", "PerNamespace"}, {"projectFrom", "NamespaceName"}});
    }
    scene.make_registry(kRegistry, spec);
  }

  /// Those that are at Harbor get names that are the same in all tellings.
  void call_robots(CrashPoint& point) const {
    int number = 0;
    for (const auto& [id, login] : at_harbor()) {
      point.call("/robots/" + std::to_string(id) + " ", "/robots/id-" + std::to_string(++number) + " ");
    }
  }

  /// Every namespace holds a robot of that generation, Harbor has no other, and the status says so.
  void wait_served(CrashPoint& point, int generation) const {
    const auto ending = "-g" + std::to_string(generation);
    for (const auto& ns : namespaces_) {
      eventually(ns + " holds a robot " + ending, kSoon, [&]() -> Seen {
        const auto user = held_login(point.scene(), harbor_, ns).user;
        return {user.ends_with(ending), user};
      });
      point.scene().wait_attached(ns);
    }
    eventually("no other robot is at Harbor", kSoon, [&]() -> Seen {
      return {at_harbor().size() == identities(), std::to_string(at_harbor().size()) + " robots"};
    });
    const auto all = std::to_string(namespaces_.size());
    point.scene().wait_counts(kRegistry, all + "/" + all);
    point.scene().wait_ready(kRegistry);
    if (script_.per_namespace) return;
    eventually("the status names the robot", kSoon, [&] {
      const auto status = point.scene().registry(kRegistry).at("status");
      return status.at("credential").value("robot", "").ends_with(ending);
    });
  }

  /// Harbor, the memory of robots and the namespaces agree, and each namespace was written once for each generation.
  void check_served(CrashPoint& point, int generation) const {
    auto& scene = point.scene();
    wait_served(point, generation);
    CHECK(remembered(scene) == at_harbor());
    CHECK(scene.admin().list(kStates).size() == identities());
    for (const auto& ns : namespaces_) {
      const auto pulled = pull_as(scene, harbor_, ns, (script_.per_namespace ? ns : "team-a") + "/app:v1");
      INFO(ns << ": " << pulled.detail);
      CHECK(pulled.ok);
      check_written(ns, static_cast<std::size_t>(generation));
    }
    diary_->check_made_once(namespaces_);
  }

  void remove(CrashPoint& point) const {
    const auto& admin = point.scene().admin();
    admin.remove(support::registry_path(kRegistry)).require();
    eventually("the HarborRegistry is gone", kSoon,
               [&] { return admin.get(support::registry_path(kRegistry)).status == 404; });
  }

  void check_nothing_left(CrashPoint& point) const {
    auto& scene = point.scene();
    CHECK(at_harbor().empty());
    CHECK(scene.admin().list(kStates).empty());
    for (const auto& ns : namespaces_) {
      CHECK(scene.admin().get(support::secret_path(ns, "harbor-pull")).status == 404);
      scene.wait_detached(ns);
    }
  }

 private:
  [[nodiscard]] std::size_t identities() const { return script_.per_namespace ? namespaces_.size() : 1; }

  /// A namespace's state has a name of its own in each telling.
  void call_states(CrashPoint& point) const {
    if (!script_.per_namespace) return;
    const auto cluster = point.scene().admin().get(support::namespace_path("kube-system")).require();
    const auto uid = cluster.at("metadata").at("uid").get<std::string>();
    for (std::size_t i = 0; i < namespaces_.size(); ++i) {
      point.call(plan::robot_base_name(uid, {kRegistry, namespaces_[i]}), "state-" + std::to_string(i + 1));
    }
  }

  [[nodiscard]] Robots at_harbor() const {
    Robots found;
    for (const auto& robot : harbor_.robots()) {
      found.emplace(robot.at("id").get<std::int64_t>(), robot.at("name").get<std::string>());
    }
    return found;
  }

  /// What the operator's own Secrets tell of robots that are in use.
  [[nodiscard]] static Robots remembered(const Scene& scene) {
    Robots found;
    for (const auto& secret : scene.admin().list(kStates)) {
      const auto text = base::base64_decode(secret.at("data").at("state.json").get<std::string>());
      const auto state = Json::parse(text.value_or(""));
      for (const auto& robot : state.at("robots")) {
        CHECK(robot.at("phase") == "current");
        found.emplace(robot.at("id").get<std::int64_t>(), robot.at("login").get<std::string>());
      }
    }
    return found;
  }

  void check_written(const std::string& ns, std::size_t times) const {
    const auto count = [&] { return diary_->written()[ns].size(); };
    eventually("the diary tells of " + std::to_string(times) + " writes", kSoon, [&] { return count() >= times; });
    CHECK(count() == times);
  }

  const RobotScript script_;
  const HarborDouble harbor_{{.with_registry = true}};
  std::vector<std::string> namespaces_;
  std::unique_ptr<Diary> diary_;
};

}  // namespace integration
