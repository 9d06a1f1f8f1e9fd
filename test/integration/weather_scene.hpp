// A robot for all namespaces of a scene, and what may become of it at Harbor.
#pragma once

#include "integration/given_scene.hpp"

namespace integration {

inline constexpr const char* kRobots = "/api/v2.0/robots";

/// Robots at Harbor whose name holds `part`.
inline std::vector<Json> robots_named(const HarborDouble& harbor, const std::string& part) {
  auto robots = harbor.robots();
  robots.erase(
      std::remove_if(robots.begin(), robots.end(),
                     [&](const auto& robot) { return !has(robot.at("name").template get<std::string>(), part); }),
      robots.end());
  return robots;
}

/// The one robot of that registry.
inline Json only_robot(const HarborDouble& harbor, const std::string& registry) {
  const auto robots = robots_named(harbor, "harbor-pull-" + registry + "-");
  REQUIRE(robots.size() == 1);
  return robots.front();
}

/// A registry that has its robot, with one namespace that holds it.
struct Minted {
  std::string name;
  std::string ns;
  support::Login login;
};

/// Begins a registry whose namespace has its name; `change` may alter the spec.
template <class Change>
Minted begin_minted(Scene& scene, const HarborDouble& harbor, const std::string& name, Change change) {
  Minted minted{name, scene.make_namespace(name), {}};
  auto spec = robot_spec(scene, harbor, make_account(scene, name + "-admin", HarborDouble::admin()));
  spec["namespaces"] = {{"names", {minted.ns}}};
  change(spec);
  scene.make_registry(name, spec);
  return minted;
}

inline Minted begin_minted(Scene& scene, const HarborDouble& harbor, const std::string& name) {
  return begin_minted(scene, harbor, name, [](Json&) {});
}

/// Waits until all is well: one robot, and the namespace holds it.
inline void wait_minted(Scene& scene, const HarborDouble& harbor, Minted& minted, Millis patience = kSoon) {
  scene.wait_ready(minted.name, patience);
  scene.wait_condition(minted.name, "CredentialValid", "True", "Verified", patience);
  eventually(minted.name + " has one robot, which its namespace holds", patience, [&]() -> Seen {
    const auto robots = robots_named(harbor, "harbor-pull-" + minted.name + "-");
    minted.login = held_login(scene, harbor, minted.ns);
    return {robots.size() == 1 && robots.front().at("name") == minted.login.user,
            minted.login.user + " of " + Json(robots).dump()};
  });
}

template <class Change>
Minted settle_minted(Scene& scene, const HarborDouble& harbor, const std::string& name, Change change) {
  auto minted = begin_minted(scene, harbor, name, change);
  wait_minted(scene, harbor, minted);
  return minted;
}

inline Minted settle_minted(Scene& scene, const HarborDouble& harbor, const std::string& name) {
  return settle_minted(scene, harbor, name, [](Json&) {});
}

/// Waits until the namespace holds another robot than `minted` says.
inline void wait_replaced(const Scene& scene, const HarborDouble& harbor, const Minted& minted) {
  eventually(minted.ns + " holds another robot than " + minted.login.user, kSoon, [&]() -> Seen {
    const auto held = held_login(scene, harbor, minted.ns);
    return {!held.user.empty() && held.user != minted.login.user, held.user};
  });
}

/// A fault on some requests; `times` -1: until it is forgotten.
inline Json on(Json fault, const std::string& method, const std::string& prefix, int times = 1) {
  fault["match"] = {{"method", method}, {"path_prefix", prefix}, {"times", times}};
  return fault;
}

inline Json answer_of(int status) { return {{"fault", "status"}, {"status", status}}; }

inline std::int64_t count_requests(const HarborDouble& harbor, const std::string& method, const std::string& prefix) {
  const auto requests = harbor.requests();
  return std::count_if(requests.begin(), requests.end(), [&](const auto& request) {
    return request.at("method") == method && request.at("target").template get<std::string>().rfind(prefix, 0) == 0;
  });
}

}  // namespace integration
