#include "http/resolving_transport.hpp"

#include <catch2/catch.hpp>
#include <optional>

namespace {

using base::ErrorKind;
using namespace std::chrono_literals;

class Clock final : public base::Clock {
 public:
  [[nodiscard]] base::WallTime now() const override { return {}; }
  [[nodiscard]] base::SteadyTime steady() const override { return base::SteadyTime(passed); }
  std::chrono::milliseconds passed{0};
};

/// What the test sees and sets of the two sides of the transport.
struct World {
  Clock clock;
  std::optional<ErrorKind> name_fails;
  std::optional<ErrorKind> server_fails;
  std::chrono::milliseconds lookup_takes{0};
  std::vector<std::string> lookups = {};
  std::vector<std::chrono::milliseconds> deadlines = {};
};

class FakeResolver final : public http::Resolver {
 public:
  explicit FakeResolver(World& world) : world_(world) {}
  base::Status resolve(const std::string& host, std::chrono::milliseconds, const std::stop_token&) override {
    world_.lookups.push_back(host);
    world_.clock.passed += world_.lookup_takes;
    if (world_.name_fails) return base::fail(*world_.name_fails, "cannot resolve " + host);
    return {};
  }

 private:
  World& world_;
};

class FakeServer final : public http::Transport {
 public:
  explicit FakeServer(World& world) : world_(world) {}
  base::Result<http::Response> send(const http::Request&, const http::Limits& limits) override {
    world_.deadlines.push_back(limits.deadline);
    if (world_.server_fails) return base::fail(*world_.server_fails, "failed");
    return http::Response{200};
  }
  base::Result<std::unique_ptr<http::Stream>> open(const http::Request&, const http::Limits& limits) override {
    world_.deadlines.push_back(limits.deadline);
    return base::fail(ErrorKind::kUnavailable, "failed");
  }

 private:
  World& world_;
};

struct Scene {
  World world;
  std::unique_ptr<http::Transport> transport = http::make_resolving_transport(
      std::make_unique<FakeServer>(world), {"harbor.test", std::make_shared<FakeResolver>(world), &world.clock});

  base::Result<http::Response> send(std::chrono::milliseconds deadline = 10s) {
    http::Limits limits;
    limits.deadline = deadline;
    return transport->send({"GET", "/"}, limits);
  }
};

}  // namespace

TEST_CASE("a name that cannot be resolved never reaches the transport", "[http]") {
  Scene scene;
  scene.world.name_fails = ErrorKind::kUnavailable;
  const auto answer = scene.send();
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::kUnavailable);
  CHECK(answer.error().message == "cannot resolve harbor.test");
  CHECK_FALSE(scene.transport->open({"GET", "/"}, {}));
  CHECK(scene.world.deadlines.empty());
  CHECK(scene.world.lookups.size() == 2);
}

TEST_CASE("a name is looked up once in a while, not for each request", "[http]") {
  Scene scene;
  for (int i = 0; i < 5; ++i) REQUIRE(scene.send());
  CHECK(scene.world.lookups == std::vector<std::string>{"harbor.test"});
  scene.world.clock.passed += 29s;
  REQUIRE(scene.send());
  scene.world.clock.passed += 29s;  // the last answer counts, not the last lookup
  REQUIRE(scene.send());
  CHECK(scene.world.lookups.size() == 1);
  scene.world.clock.passed += 30s;
  REQUIRE(scene.send());
  CHECK(scene.world.lookups.size() == 2);
}

TEST_CASE("a server that cannot be reached is looked up again", "[http]") {
  struct Row {
    ErrorKind kind;
    std::size_t lookups;
  };
  for (const auto& row : {Row{ErrorKind::kUnavailable, 2}, Row{ErrorKind::kTimeout, 2}, Row{ErrorKind::kTls, 1}}) {
    INFO(base::name(row.kind));
    Scene scene;
    scene.world.server_fails = row.kind;
    CHECK(scene.send().error().kind == row.kind);
    CHECK(scene.send().error().kind == row.kind);
    CHECK(scene.world.lookups.size() == row.lookups);
  }
}

TEST_CASE("the time for the name is taken off the request's", "[http]") {
  Scene scene;
  scene.world.lookup_takes = 4s;
  REQUIRE(scene.send(10s));
  REQUIRE(scene.send(10s));
  CHECK(scene.world.deadlines == std::vector<std::chrono::milliseconds>{6s, 10s});
}

TEST_CASE("a name that took all of the time is a timeout", "[http]") {
  Scene scene;
  scene.world.lookup_takes = 10s;
  CHECK(scene.send(10s).error().kind == ErrorKind::kTimeout);
  CHECK(scene.world.deadlines.empty());
}
