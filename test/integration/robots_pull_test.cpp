// A node pulls without pause with whatever its namespace's Secret holds: no rotation lets it fail, and neither does one
// that meets an outage.
#include <algorithm>
#include <iostream>

#include "integration/diary.hpp"
#include "integration/harbor_scene.hpp"

using namespace integration;
using std::chrono_literals::operator""s;

namespace {

constexpr const char* kRegistry = "pulls";
constexpr const char* kImage = "team-a/app:v1";
constexpr Millis kOutage{20'000};
/// The longest back-off after an outage of that length, and a loaded machine.
constexpr Millis kRecovery{60'000};
constexpr auto kDay = 24 * 3600s;

/// Pulls on a thread of its own until it goes. Thread-safe.
class Node {
 public:
  struct Told {
    int pulls = 0;
    int unanswered = 0;               ///< nobody was there
    std::vector<std::string> failed;  ///< whatever else a pull was denied by
    std::string last_user = {};       ///< of the last pull that went well
  };

  Node(const Scene& scene, const HarborDouble& harbor, std::string ns)
      : scene_(scene), harbor_(harbor), ns_(std::move(ns)), client_(harbor.url(), harbor.ca_pem()) {
    thread_ = std::jthread([this](const std::stop_token& stop) { live(stop); });
  }

  [[nodiscard]] Told told() const {
    const base::MutexLock lock(mutex_);
    return told_;
  }
  /// Does that between two pulls, and waits until it is done. It must not throw.
  void between_pulls(std::function<void()> act) {
    {
      const base::MutexLock lock(mutex_);
      aside_ = std::move(act);
    }
    eventually("a pull has ended", kSoon, [&] {
      const base::MutexLock lock(mutex_);
      return aside_ == nullptr;
    });
  }

 private:
  void live(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      do_aside();
      auto seen = held_login(scene_, harbor_, ns_);
      if (!seen.user.empty()) login_ = std::move(seen);  // else the API server is away, and it has what it has
      if (!login_.user.empty()) note(client_.pull(login_, kImage));
    }
  }

  void do_aside() {
    std::function<void()> act;
    {
      const base::MutexLock lock(mutex_);
      act = aside_;
    }
    if (act == nullptr) return;
    act();
    const base::MutexLock lock(mutex_);
    aside_ = nullptr;
  }

  void note(const support::Pulled& pulled) {
    const base::MutexLock lock(mutex_);
    ++told_.pulls;
    if (pulled.ok) {
      told_.last_user = login_.user;
    } else if (pulled.status == 0) {
      ++told_.unanswered;
    } else {
      told_.failed.push_back("as " + login_.user + ": " + pulled.detail);
    }
  }

  const Scene& scene_;
  const HarborDouble& harbor_;
  const std::string ns_;
  const support::ImageClient client_;
  support::Login login_;  // the thread's
  mutable base::Mutex mutex_;
  Told told_ GUARDED_BY(mutex_);
  std::function<void()> aside_ GUARDED_BY(mutex_);
  std::jthread thread_;  // last: it uses what is above
};

/// A registry with a robot, a namespace that is served, and a node that pulls there.
class Stage {
 public:
  explicit Stage(const std::string& overlap = "2s") {
    harbor_.make_project("team-a");
    harbor_.push_image(kImage);
    auto spec = robot_spec(scene_, harbor_, make_account(scene_, "pulls-admin", HarborDouble::admin()));
    spec["credential"]["robot"]["overlap"] = overlap;
    scene_.make_registry(kRegistry, spec);
    scene_.wait_ready(kRegistry);
    node_.emplace(scene_, harbor_, ns_);
    wait_pulled(1);
  }

  [[nodiscard]] Scene& scene() { return scene_; }
  [[nodiscard]] const HarborDouble& harbor() const { return harbor_; }
  [[nodiscard]] Node& node() { return *node_; }
  [[nodiscard]] const std::string& ns() const { return ns_; }
  [[nodiscard]] std::size_t robots() const { return harbor_.robots().size(); }

  void ask(int generation) { ask_rotation(scene_, kRegistry, "to " + std::to_string(generation)); }

  /// The node pulls as that generation's robot.
  void wait_pulled(int generation) const {
    const auto ending = "-g" + std::to_string(generation);
    eventually("the node pulls as " + ending, kRecovery, [&]() -> Seen {
      const auto user = node_->told().last_user;
      return {user.ends_with(ending), user};
    });
  }
  void wait_alone() const {
    eventually("one robot is left at Harbor", kRecovery, [&] { return robots() == 1; });
  }
  void wait_rotated(int generation) const {
    wait_pulled(generation);
    wait_alone();
  }
  /// Pulls with the robot that is left, then says how many went well and how the others ended.
  Node::Told check_end(int generations, int at_least) {
    wait_rotated(generations);
    // As many as it takes to mean something, on however slow a machine, and some after the end.
    const int enough = std::max(node_->told().pulls + 10, at_least);
    eventually("enough pulls", kRecovery, [&] { return node_->told().pulls >= enough; });
    const auto told = node_->told();
    node_.reset();
    CAPTURE(told.failed);
    CHECK(told.failed.empty());
    CHECK(told.pulls >= at_least);
    std::cout << told.pulls << " pulls, " << told.unanswered << " of them without an answer" << std::endl;
    diary_.check_made_once({ns_});
    CHECK(diary_.written()[ns_].size() == static_cast<std::size_t>(generations));
    return told;
  }

 private:
  HarborDouble harbor_{{.with_registry = true}};
  Scene scene_{Scene::Begin::kWithOperator, alone()};
  const Diary diary_{scene_};
  const std::string ns_ = scene_.make_namespace("node", scene_.selected());
  std::optional<Node> node_;
};

}  // namespace

TEST_CASE("no pull fails through three rotations", "[integration]") {
  Stage stage;
  for (int generation = 2; generation <= 4; ++generation) {
    stage.ask(generation);
    stage.wait_rotated(generation);
  }
  CHECK(stage.check_end(4, 100).unanswered == 0);
}

TEST_CASE("no pull fails while an API server is away in the middle of a rotation", "[integration]") {
  Stage stage("8s");  // long enough to stop one in it, and shorter than it is away
  stage.ask(2);
  stage.wait_rotated(2);
  stage.ask(3);
  stage.wait_pulled(3);
  {
    Outage outage(stage.scene(), support::Component::kApiServer, Outage::Kind::kStopped);
    // Nodes that were slower cannot learn of the new one now.
    never("the old robot goes while nobody can look for another", kOutage, [&] { return stage.robots() != 2; });
  }
  stage.wait_rotated(3);
  stage.ask(4);
  CHECK(stage.check_end(4, 200).unanswered == 0);
}

TEST_CASE("no pull fails while an API server is away that a new robot cannot be written down with", "[integration]") {
  Stage stage;
  stage.ask(2);
  eventually("the new robot is at Harbor", kSoon, [&] { return stage.robots() == 2; });
  {
    Outage outage(stage.scene(), support::Component::kApiServer, Outage::Kind::kStopped);
    const int before = stage.node().told().pulls;
    eventually("the node goes on", kSoon, [&] { return stage.node().told().pulls >= before + 50; });
    CHECK(stage.robots() == 2);
  }
  CHECK(stage.check_end(2, 50).unanswered == 0);
}

TEST_CASE("a rotation that is asked for while Harbor is away comes when it is back, and no pull is refused",
          "[integration]") {
  Stage stage;
  stage.ask(2);
  stage.wait_rotated(2);
  stage.harbor().offline(true);
  stage.ask(3);
  const auto held = held_login(stage.scene(), stage.harbor(), stage.ns());
  never("the Secret changes while Harbor is away", kOutage,
        [&] { return held_login(stage.scene(), stage.harbor(), stage.ns()).user != held.user; });
  stage.harbor().offline(false);
  stage.wait_rotated(3);
  stage.ask(4);
  CHECK(stage.check_end(4, 100).unanswered > 0);
}

TEST_CASE("no pull fails through rotations that are due by Harbor's clock", "[integration]") {
  Stage stage;
  for (int generation = 2; generation <= 3; ++generation) {
    // Thirty days of life, the last ten of which are for renewal. Between two pulls: a token lives minutes.
    stage.node().between_pulls([&] { stage.harbor().set_clock(kDay * 25 * (generation - 1)); });
    stage.wait_rotated(generation);
  }
  CHECK(stage.check_end(3, 100).unanswered == 0);
}
