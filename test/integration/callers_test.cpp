// Whose account makes the robots: what each of them can do, in which version of Harbor, and what is said when it
// cannot.
#include "integration/robot_scene.hpp"

#include "base/clock.hpp"

using namespace integration;

namespace {

using support::Login;
using Rights = std::vector<std::string>;  // "robot:create"

/// All that an account needs, robots included.
const Rights kNeeded{"repository:pull", "robot:create", "robot:delete", "robot:list"};

Rights without(const std::string& right) {
  auto rights = kNeeded;
  std::erase(rights, right);
  return rights;
}

/// A robot that never expires, with these rights in a project, or in all ("*").
Login make_robot(const HarborDouble& harbor, const std::string& name, const std::string& project,
                 const Rights& rights = kNeeded) {
  Json access = Json::array();
  for (const auto& right : rights) {
    const auto colon = right.find(':');
    access.push_back({{"resource", right.substr(0, colon)}, {"action", right.substr(colon + 1)}});
  }
  const Json permission = {{"kind", "project"}, {"namespace", project}, {"access", std::move(access)}};
  const auto made = harbor.make_robot({{"name", name},
                                       {"level", project == "*" ? "system" : "project"},
                                       {"duration", -1},
                                       {"permissions", {permission}}});
  return {made.at("name"), made.at("secret")};
}

/// One scene with a Harbor that has the projects team-a and team-b, and one namespace for each registry.
struct Stage {
  const HarborDouble harbor;
  // What an account cannot remove is given up soon.
  Scene scene{Scene::Begin::kWithOperator, {.args = {"--robot-cleanup-timeout", "3s"}}};

  explicit Stage(const std::string& profile = "2.15") : harbor({.profile = profile}) {
    harbor.make_project("team-a");
    harbor.make_project("team-b");
  }

  /// A registry that lets `caller` make a robot for these projects; returns its namespace.
  std::string make_registry(const std::string& name, const Login& caller,
                            const std::vector<std::string>& projects = {"team-a"}) {
    auto ns = scene.make_namespace(name, scene.selected());
    auto spec = robot_spec(scene, harbor, make_account(scene, name + "-admin", caller), projects);
    spec["namespaces"]["names"] = {ns};
    scene.make_registry(name, spec);
    return ns;
  }

  /// Waits until the credential is refused for that reason, with a message that holds all of these.
  void wait_refused(const std::string& name, const std::string& reason, const std::vector<std::string>& parts) {
    const auto status = scene.wait_condition(name, "CredentialValid", "False", reason);
    const auto message = support::condition(status, "CredentialValid").at("message").get<std::string>();
    INFO(name << ": " << message);
    for (const auto& part : parts) {
      INFO(part);
      CHECK(message.find(part) != std::string::npos);
    }
    CHECK(message.size() < 500);
  }

  /// Harbor's clock jumps, and the operator looks again.
  void set_clock(const std::string& name, std::chrono::seconds offset) {
    harbor.set_clock(offset);
    scene.patch_registry(
        name, {{"metadata", {{"annotations", {{"harborpull.io/reconcile-at", std::to_string(offset.count())}}}}}});
  }

  /// From nothing to nothing: made, replaced, removed.
  void whole_life(const std::string& name, const Login& caller) {
    INFO(name << " as " << caller.user);
    const auto others = logins(harbor);
    const auto ns = make_registry(name, caller);
    scene.wait_ready(name);
    const auto before = held_login(scene, harbor, ns).user;
    CHECK(projects_held(scene, harbor, ns) == Json{"team-a"});
    ask_rotation(scene, name, "now");
    auto expected = others;
    eventually("the old robot made place for a new one", kSoon, [&] {
      const auto held = held_login(scene, harbor, ns).user;
      expected = others;
      expected.insert(held);
      return held != before && logins(harbor) == expected;
    });
    scene.wait_ready(name);
    remove_registry(scene, name);
    CHECK(logins(harbor) == others);
  }
};

std::int64_t seconds_of(const Json& time) {
  const auto parsed = base::parse_rfc3339(time.get<std::string>());
  REQUIRE(parsed);
  return std::chrono::duration_cast<std::chrono::seconds>(parsed->time_since_epoch()).count();
}

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::seconds>(base::real_clock().now().time_since_epoch()).count();
}

constexpr std::int64_t kDay = 24 * 60 * 60;
constexpr std::chrono::hours kYear{24 * 365};

}  // namespace

TEST_CASE("administrators of the system or a project and robots with four rights can make, replace and remove robots",
          "[integration]") {
  Stage stage;
  const Login user{"peter", "CanaryPassword-4711-Peter"};
  stage.harbor.add_user(user);
  stage.harbor.add_member("team-a", user.user, "projectAdmin");
  stage.whole_life("of-system", HarborDouble::admin());
  stage.whole_life("of-project", user);
  stage.whole_life("of-robot", make_robot(stage.harbor, "op", "*"));
  stage.whole_life("of-project-robot", make_robot(stage.harbor, "op", "team-a"));
}

TEST_CASE("a robot with four rights makes one for each namespace", "[integration]") {
  Stage stage;
  auto& scene = stage.scene;
  const auto caller = make_robot(stage.harbor, "op", "*");
  std::vector<std::string> teams(2);
  for (auto& ns : teams) {
    ns = scene.make_namespace("each", scene.selected());
    stage.harbor.make_project(ns);
  }
  scene.make_registry("each",
                      for_each_namespace(robot_spec(scene, stage.harbor, make_account(scene, "each-admin", caller))));
  scene.wait_counts("each", "2/2");
  scene.wait_ready("each");
  for (const auto& ns : teams) CHECK(projects_held(scene, stage.harbor, ns) == Json{ns});
  remove_registry(scene, "each");
  CHECK(logins(stage.harbor) == Names{caller.user});
}

TEST_CASE("each right that is left out is named", "[integration]") {
  Stage stage;
  auto& scene = stage.scene;
  const auto refused = [&](const std::string& name, const std::string& right) {
    stage.make_registry(name, make_robot(stage.harbor, name, "*", without(right)));
    stage.wait_refused(name, "PermissionDenied", {right, "Secret harbor-pull-system/" + name + "-admin"});
  };
  refused("no-create", "robot:create");
  refused("no-list", "robot:list");
  refused("no-pull", "repository:pull");
  CHECK(logins(stage.harbor).size() == 3);  // the callers only

  // Without the right to delete a first robot can be had; the second cannot take the place of the first.
  const auto caller = make_robot(stage.harbor, "no-delete", "*", without("robot:delete"));
  const auto ns = stage.make_registry("no-delete", caller);
  scene.wait_ready("no-delete");
  const auto before = held_login(scene, stage.harbor, ns).user;
  ask_rotation(scene, "no-delete", "now");
  const auto status = scene.wait_condition("no-delete", "CredentialValid", "True", "RotationFailed");
  const auto message = support::condition(status, "CredentialValid").at("message").get<std::string>();
  INFO(message);
  CHECK(message.find("robot:delete") != std::string::npos);
  CHECK(held_login(scene, stage.harbor, ns).user != before);
  scene.wait_ready("no-delete");  // all pull
  // Whoever repairs the account need not do more.
  for (const auto& robot : stage.harbor.robots()) {
    if (robot.at("login") != caller.user) continue;
    stage.harbor.change_robot(robot.at("id"), {{"permissions",
                                                {{{"kind", "project"},
                                                  {"namespace", "*"},
                                                  {"access",
                                                   {{{"resource", "repository"}, {"action", "pull"}},
                                                    {{"resource", "robot"}, {"action", "create"}},
                                                    {{"resource", "robot"}, {"action", "list"}},
                                                    {{"resource", "robot"}, {"action", "delete"}}}}}}}});
  }
  scene.wait_condition("no-delete", "CredentialValid", "True", "Verified");
  CHECK_FALSE(logins(stage.harbor).contains(before));
}

TEST_CASE("who may not make robots of a project, or of the system, is told so", "[integration]") {
  Stage stage;
  const Login developer{"dora", "CanaryPassword-4711-Dora"};
  stage.harbor.add_user(developer);
  stage.harbor.add_member("team-a", developer.user, "developer");
  const Login stranger{"sten", "CanaryPassword-4711-Sten"};
  stage.harbor.add_user(stranger);
  const Login project_admin{"peter", "CanaryPassword-4711-Peter"};
  stage.harbor.add_user(project_admin);
  stage.harbor.add_member("team-a", project_admin.user, "projectAdmin");
  stage.harbor.add_member("team-b", project_admin.user, "projectAdmin");
  const std::vector<std::string> both{"team-a", "team-b"};

  stage.make_registry("developer", developer);
  stage.wait_refused("developer", "PermissionDenied", {"robot:create"});
  stage.make_registry("stranger", stranger);
  stage.wait_refused("stranger", "PermissionDenied", {"no rights in project team-a"});
  stage.make_registry("elsewhere", make_robot(stage.harbor, "elsewhere", "team-b"));
  stage.wait_refused("elsewhere", "PermissionDenied", {"no rights in project team-a"});
  stage.make_registry("two-by-user", project_admin, both);
  stage.wait_refused("two-by-user", "PermissionDenied", {"several projects", "system administrator"});
  stage.make_registry("two-by-project-robot", make_robot(stage.harbor, "op", "team-a"), both);
  stage.wait_refused("two-by-project-robot", "PermissionDenied", {"several projects", "system administrator"});
  stage.make_registry("two-by-robot", make_robot(stage.harbor, "op", "*"), both);
  stage.wait_refused("two-by-robot", "PermissionDenied", {"several projects", "the system's robot rights"});
  stage.make_registry("missing", HarborDouble::admin(), {"team-a", "team-z"});
  stage.wait_refused("missing", "ProjectNotFound", {"team-z"});

  const auto ns = stage.make_registry("two", HarborDouble::admin(), both);
  stage.scene.wait_ready("two");
  CHECK(projects_held(stage.scene, stage.harbor, ns) == Json(both));
}

TEST_CASE("a Harbor that does not let robots make these robots is named with the remedy", "[integration]") {
  for (const auto* version : {"2.12", "2.13", "2.14.0"}) {
    INFO(version);
    Stage stage(version);
    stage.make_registry("gated", make_robot(stage.harbor, "op", "*"));
    stage.wait_refused(
        "gated", "PermissionDenied",
        {"does not let a system robot make robots of a project", "use a user as the account", "2.14.1 or newer"});
  }
  Stage stage("2.12");  // the remedy, and what robots of a project may do there
  stage.whole_life("of-system", HarborDouble::admin());
  stage.whole_life("of-project-robot", make_robot(stage.harbor, "op", "team-a"));
}

TEST_CASE("an old Harbor serves with a user as the account", "[integration]") {
  Stage stage("2.9");
  stage.whole_life("of-system", HarborDouble::admin());
}

TEST_CASE("other projects in the spec are the next generation", "[integration]") {
  Stage stage;
  auto& scene = stage.scene;
  const auto ns = stage.make_registry("grows", HarborDouble::admin());
  scene.wait_ready("grows");
  const auto change_to = [&](const std::vector<std::string>& projects, const std::string& generation) {
    scene.patch_registry("grows", {{"spec", {{"credential", {{"robot", {{"projects", projects}}}}}}}});
    eventually("the namespace holds a robot of these projects", kSoon,
               [&] { return projects_held(scene, stage.harbor, ns) == Json(projects); });
    wait_only_held(scene, stage.harbor, {ns});
    CHECK(held_login(scene, stage.harbor, ns).user.ends_with(generation));
  };
  change_to({"team-a", "team-b"}, "-g2");
  change_to({"team-b"}, "-g3");
  CHECK(asked(stage.harbor, "POST /api/v2.0/robots") == 3);
}

TEST_CASE("a robot that lives for ever is never renewed by time, and a shorter life is obeyed", "[integration]") {
  Stage stage;
  auto& scene = stage.scene;
  const auto ns = scene.make_namespace("ever", scene.selected());
  auto spec = robot_spec(scene, stage.harbor, make_account(scene, "ever-admin", HarborDouble::admin()));
  spec["credential"]["robot"]["lifetimeDays"] = -1;
  scene.make_registry("ever", spec);
  auto status = scene.wait_ready("ever");
  CHECK_FALSE(status.at("status").at("credential").contains("expiresAt"));
  CHECK_FALSE(status.at("status").at("credential").contains("nextRotation"));
  const std::string expiry = R"(harborpull_credential_expiry_timestamp_seconds{registry="ever"})";
  CHECK_FALSE(scene.op().metric(expiry));
  const auto held = held_login(scene, stage.harbor, ns).user;

  stage.set_clock("ever", 5 * kYear);
  scene.wait_condition("ever", "RegistryReachable", "True", "ClockSkew");
  stage.harbor.forget_requests();
  scene.patch_registry("ever", {{"metadata", {{"annotations", {{"harborpull.io/reconcile-at", "again"}}}}}});
  eventually("the robot was tried again", kSoon, [&] { return asked(stage.harbor, "GET /service/token") >= 2; });
  scene.wait_condition("ever", "CredentialValid", "True", "Verified");
  CHECK(logins(stage.harbor) == Names{held});
  CHECK(asked(stage.harbor, "POST /api/v2.0/robots") == 0);

  scene.patch_registry("ever", {{"spec", {{"credential", {{"robot", {{"lifetimeDays", 30}}}}}}}});
  eventually("the namespace holds another robot", kSoon,
             [&] { return held_login(scene, stage.harbor, ns).user != held; });
  wait_only_held(scene, stage.harbor, {ns});
}

TEST_CASE("expiry and next rotation are told in the status, to kubectl and as metrics, and obeyed", "[integration]") {
  Stage stage;
  auto& scene = stage.scene;
  const auto ns = stage.make_registry("told", HarborDouble::admin());
  auto status = scene.wait_ready("told");
  const auto expires = seconds_of(status.at("status").at("credential").at("expiresAt"));
  CHECK(std::abs(expires - now() - 30 * kDay) < 60);
  const auto next_of = [&] {
    return seconds_of(scene.registry("told").at("status").at("credential").at("nextRotation"));
  };
  CHECK(std::abs(expires - next_of() - 10 * kDay) <= 2);  // a third of its life

  const auto table = scene.cluster().kubectl({"get", "hreg", "told"});
  INFO(table.out);
  CHECK(table.out.find("EXPIRES") != std::string::npos);
  CHECK(table.out.find(status.at("status").at("credential").at("expiresAt").get<std::string>()) != std::string::npos);
  const auto metric = [&](const std::string& sample) { return scene.op().metric(sample); };
  CHECK(metric(R"(harborpull_credential_expiry_timestamp_seconds{registry="told"})") == static_cast<double>(expires));
  CHECK(metric(R"(harborpull_harbor_requests_total{code="201",operation="create_robot"})") == 1);
  CHECK(metric(R"(harborpull_harbor_requests_total{code="401",operation="challenge"})").value_or(0) >= 1);
  CHECK(metric(R"(harborpull_harbor_requests_total{code="200",operation="token"})").value_or(0) >= 2);
  CHECK_FALSE(metric(R"(harborpull_rotations_total{registry="told",result="success"})"));

  scene.patch_registry("told", {{"spec", {{"credential", {{"robot", {{"renewBefore", "48h"}}}}}}}});
  eventually("the next rotation is two days before the end", kSoon, [&] { return expires - next_of() == 2 * kDay; });
  const auto held = held_login(scene, stage.harbor, ns).user;
  stage.set_clock("told", std::chrono::seconds(27 * kDay));
  scene.wait_condition("told", "RegistryReachable", "True", "ClockSkew");
  CHECK(held_login(scene, stage.harbor, ns).user == held);
  stage.set_clock("told", std::chrono::seconds(28 * kDay + 600));
  eventually("the namespace holds another robot", kSoon,
             [&] { return held_login(scene, stage.harbor, ns).user != held; });
  wait_only_held(scene, stage.harbor, {ns});
  eventually("the status tells the new end", kSoon, [&] {
    return std::abs(seconds_of(scene.registry("told").at("status").at("credential").at("expiresAt")) - now() -
                    58 * kDay) < 700;
  });
  CHECK(metric(R"(harborpull_rotations_total{registry="told",result="success"})") == 1);
}
