// A robot for each namespace: which project it pulls of, who fails alone, and what goes when.
#include <algorithm>

#include "integration/diary.hpp"
#include "integration/robot_scene.hpp"

using namespace integration;

namespace {

constexpr Millis kBeyondInterval{6'500};  // of robot_spec

struct Stage {
  Scene& scene;
  const HarborDouble& harbor;
  std::string admin = {};

  Stage(Scene& on, const HarborDouble& with)
      : scene(on), harbor(with), admin(make_account(on, "admin-" + on.id(), HarborDouble::admin())) {}

  /// A spec for robots by namespace in which nothing is looked at again for a long time unless something happens.
  [[nodiscard]] Json spec(const Json& robot = {{"projectFrom", "NamespaceName"}}) const {
    auto spec = for_each_namespace(robot_spec(scene, harbor, admin), robot);
    spec["interval"] = "1h";
    return spec;
  }
  /// A namespace and a project of its name with an image.
  [[nodiscard]] std::string make_team() const {
    auto ns = scene.make_namespace("team", scene.selected());
    harbor.make_project(ns);
    return ns;
  }
  [[nodiscard]] std::vector<std::string> make_teams(int many) const {
    std::vector<std::string> all(static_cast<std::size_t>(many));
    for (auto& ns : all) ns = make_team();
    return all;
  }
  void label(const std::string& ns, const Json& labels) const {
    scene.admin().merge_patch(support::namespace_path(ns), {{"metadata", {{"labels", labels}}}}).require();
  }
};

std::string image_of(const std::string& project) { return project + "/app:v1"; }

/// A login of the suite's own that pulls of these projects.
support::Login given_login(const HarborDouble& harbor, const std::vector<std::string>& projects) {
  Json permissions = Json::array();
  for (const auto& project : projects) {
    permissions.push_back(
        {{"kind", "project"}, {"namespace", project}, {"access", {{{"resource", "repository"}, {"action", "pull"}}}}});
  }
  const auto robot = harbor.make_robot(
      {{"name", "given"}, {"level", "system"}, {"duration", -1}, {"permissions", std::move(permissions)}});
  return {robot.at("name"), robot.at("secret")};
}

}  // namespace

TEST_CASE("each namespace gets a robot of its own that pulls of its project and of no other", "[integration]") {
  const HarborDouble harbor({.with_registry = true});
  Scene scene;
  const Stage stage(scene, harbor);
  const auto teams = stage.make_teams(2);
  for (const auto& ns : teams) harbor.push_image(image_of(ns));
  scene.make_registry("own", stage.spec());
  scene.wait_counts("own", "2/2");
  const auto ready = scene.wait_ready("own");
  CHECK(ready.at("status").at("credential").at("robots") == 2);
  CHECK_FALSE(ready.at("status").at("credential").contains("robot"));
  CHECK(support::condition(ready, "CredentialValid").at("reason") == "Verified");
  CHECK(support::condition(ready, "RegistryReachable").at("reason") == "Reachable");
  CHECK(states(scene, "own") == Names(teams.begin(), teams.end()));
  CHECK(logins(harbor) == held_logins(scene, harbor, teams));
  for (const auto& ns : teams) {
    INFO(ns);
    const auto& other = ns == teams[0] ? teams[1] : teams[0];
    CHECK(projects_held(scene, harbor, ns) == Json{ns});
    CHECK(held_login(scene, harbor, ns).user.find(ns + "+harbor-pull-own-") != std::string::npos);  // a project's robot
    CHECK(pull_as(scene, harbor, ns, image_of(ns)).ok);
    CHECK_FALSE(pull_as(scene, harbor, ns, image_of(other)).ok);
  }
}

TEST_CASE("projects for all come on top of a namespace's own, in a robot of the system", "[integration]") {
  const HarborDouble harbor({.with_registry = true});
  harbor.make_project("base");
  Scene scene;
  const Stage stage(scene, harbor);
  const auto teams = stage.make_teams(2);
  for (const std::string& project : {std::string("base"), teams[0], teams[1]}) harbor.push_image(image_of(project));
  scene.make_registry("besides", stage.spec({{"projectFrom", "NamespaceName"}, {"projects", {"base"}}}));
  scene.wait_counts("besides", "2/2");
  CHECK(held_login(scene, harbor, teams[0]).user.rfind("robot$harbor-pull-besides-", 0) == 0);
  CHECK(projects_held(scene, harbor, teams[0]) == Json{"base", teams[0]});
  for (const auto& image : {image_of("base"), image_of(teams[0])}) {
    INFO(image);
    CHECK(pull_as(scene, harbor, teams[0], image).ok);
  }
  CHECK_FALSE(pull_as(scene, harbor, teams[0], image_of(teams[1])).ok);

  scene.patch_registry("besides", {{"spec", {{"credential", {{"robot", {{"projects", nullptr}}}}}}}});
  eventually("each namespace has a robot of its project alone", kSoon, [&] {
    return projects_held(scene, harbor, teams[0]) == Json{teams[0]} &&
           projects_held(scene, harbor, teams[1]) == Json{teams[1]};
  });
  wait_only_held(scene, harbor, teams);
}

TEST_CASE("a namespace without a project fails alone and recovers alone", "[integration]") {
  const HarborDouble harbor;
  harbor.make_project("first");
  Scene scene;
  const Stage stage(scene, harbor);
  const auto labelled = [&](const char* project) {
    auto labels = scene.selected();
    if (project != nullptr) labels["example.com/project"] = project;
    return scene.make_namespace("labelled", labels);
  };
  const auto good = labelled("first");
  const auto bare = labelled(nullptr);
  const auto early = labelled("second");
  const auto wrong = labelled("Not_A_Project");
  auto spec = stage.spec({{"projectFrom", "NamespaceLabel"}, {"projectLabel", "example.com/project"}});
  spec["interval"] = "5s";
  scene.make_registry("labels", spec);
  auto status = scene.wait_counts("labels", "1/4");
  CHECK(failures(status) == std::map<std::string, Names>{{"ProjectNotFound", {bare, early, wrong}}});
  CHECK(support::condition(status, "Ready").at("reason") == "PartiallySynced");
  CHECK(support::condition(status, "CredentialValid").at("reason") == "ProjectNotFound");
  CHECK(support::condition(status, "CredentialValid").at("status") == "False");
  CHECK(support::condition(status, "RegistryReachable").at("status") == "True");
  scene.wait_event("ServiceAccount", bare, "default", "ProjectNotFound");
  CHECK(projects_held(scene, harbor, good) == Json{"first"});
  scene.wait_no_secret(early);
  CHECK(logins(harbor).size() == 1);

  harbor.make_project("second");
  scene.wait_attached(early);
  CHECK(projects_held(scene, harbor, early) == Json{"second"});
  stage.label(bare, {{"example.com/project", "first"}});
  stage.label(wrong, {{"example.com/project", "second"}});
  scene.wait_counts("labels", "4/4");
  status = scene.wait_ready("labels");
  CHECK(failures(status).empty());
  CHECK(projects_held(scene, harbor, bare) == Json{"first"});
  CHECK(logins(harbor).size() == 4);  // two namespaces with one project are two robots
}

TEST_CASE("another label is another project: the next generation, and the old robot goes", "[integration]") {
  const HarborDouble harbor;
  harbor.make_project("first");
  harbor.make_project("second");
  Scene scene;
  const Stage stage(scene, harbor);
  auto labels = scene.selected();
  labels["project"] = "first";
  const auto ns = scene.make_namespace("moves", labels);
  scene.make_registry("moves", stage.spec({{"projectFrom", "NamespaceLabel"}, {"projectLabel", "project"}}));
  scene.wait_attached(ns);
  const auto before = held_login(scene, harbor, ns).user;
  stage.label(ns, {{"project", "second"}});
  eventually("the namespace holds a robot of the second project", kSoon,
             [&] { return projects_held(scene, harbor, ns) == Json{"second"}; });
  wait_only_held(scene, harbor, {ns});
  const auto after = held_login(scene, harbor, ns).user;
  CHECK(before.substr(before.size() - 3) == "-g1");
  CHECK(after.substr(after.size() - 3) == "-g2");

  stage.label(ns, {{"project", nullptr}});  // says nothing: what is there stays
  const auto stuck = scene.wait_condition("moves", "CredentialValid", "True", "RotationFailed");
  CHECK(support::condition(stuck, "CredentialValid").at("message").get<std::string>().find(ns) != std::string::npos);
  CHECK(held_login(scene, harbor, ns).user == after);
  CHECK(logins(harbor) == Names{after});
}

TEST_CASE("a namespace that is deselected or deleted takes its robot along, and a registry all of them",
          "[integration]") {
  const HarborDouble harbor;
  Scene scene;
  const Stage stage(scene, harbor);
  const auto teams = stage.make_teams(4);
  scene.make_registry("leaving", stage.spec());
  scene.wait_counts("leaving", "4/4");
  stage.label(teams[0], {{"scene", nullptr}});
  scene.admin().remove(support::namespace_path(teams[1])).require();
  scene.wait_no_secret(teams[0]);
  wait_states(scene, "leaving", {teams[2], teams[3]});
  CHECK(logins(harbor) == held_logins(scene, harbor, {teams[2], teams[3]}));
  scene.wait_counts("leaving", "2/2");
  scene.wait_ready("leaving");
  remove_registry(scene, "leaving");
  CHECK(logins(harbor).empty());
  CHECK(states(scene, "leaving").empty());
}

TEST_CASE("between one robot, many robots and a given credential no pull fails, and no robot stays", "[integration]") {
  const HarborDouble harbor({.with_registry = true});
  harbor.make_project("base");
  Scene scene;
  const Stage stage(scene, harbor);
  const auto teams = stage.make_teams(2);
  harbor.push_image(image_of("base"));
  const auto given = given_login(harbor, {"base"});
  make_account(scene, "given-" + scene.id(), given);
  auto shared = robot_spec(scene, harbor, stage.admin, {"base"});
  shared["interval"] = "1h";
  auto by_secret = shared;
  by_secret["credential"] = {{"secretRef", {{"name", "given-" + scene.id()}}}};
  const auto many = stage.spec({{"projectFrom", "NamespaceName"}, {"projects", {"base"}}});
  scene.make_registry("switch", shared);
  scene.wait_counts("switch", "2/2");
  Names before = held_logins(scene, harbor, teams);
  const auto settled = [&](const std::string& what, std::size_t robots, const auto& is_so) {
    eventually("the namespaces follow to " + what, kSoon, [&]() -> Seen {
      const auto held = held_logins(scene, harbor, teams);
      const bool all =
          std::ranges::all_of(held, [&](const auto& login) { return is_so(login) && !before.contains(login); });
      return {held.size() == robots && all, Json(held).dump()};
    });
    before = held_logins(scene, harbor, teams);
    auto there = held_logins(scene, harbor, teams);
    there.insert(given.user);
    eventually("older robots are gone", kSoon, [&]() -> Seen {
      const auto now = logins(harbor);
      return {now == there, Json(now).dump()};
    });
    scene.wait_ready("switch");
  };
  const auto minted = [&](const std::string& login) { return login != given.user; };

  const Puller first(scene, harbor, teams[0], image_of("base"));
  scene.make_registry("switch", many);
  settled("robots of their own", 2, minted);
  wait_states(scene, "switch", Names(teams.begin(), teams.end()));
  scene.make_registry("switch", shared);
  settled("one robot again", 1, minted);
  wait_states(scene, "switch", {""});
  scene.make_registry("switch", by_secret);
  settled("the given one", 1, [&](const std::string& login) { return login == given.user; });
  wait_states(scene, "switch", {});
  scene.make_registry("switch", many);
  settled("robots of their own again", 2, minted);
  scene.make_registry("switch", by_secret);
  settled("the given one again", 1, [&](const std::string& login) { return login == given.user; });
  wait_states(scene, "switch", {});
}

TEST_CASE("two registries of one Harbor do not touch each other's robots", "[integration]") {
  const HarborDouble harbor;
  Scene scene;
  const Stage stage(scene, harbor);
  const auto mine = stage.make_team();
  const auto theirs = stage.make_team();
  auto spec = stage.spec();
  spec["namespaces"]["names"] = {mine};
  scene.make_registry("two", spec);
  spec["namespaces"]["names"] = {theirs};
  scene.make_registry("two-b", spec);
  scene.wait_counts("two", "1/1");
  scene.wait_counts("two-b", "1/1");
  const auto kept = held_login(scene, harbor, theirs);
  ask_rotation(scene, "two", "now");
  eventually("the first registry's robot is another one", kSoon, [&] {
    const auto held = held_login(scene, harbor, mine).user;
    return held.substr(held.size() - 3) == "-g2";
  });
  wait_only_held(scene, harbor, {mine, theirs});
  CHECK(held_login(scene, harbor, theirs).user == kept.user);
  remove_registry(scene, "two");
  CHECK(logins(harbor) == Names{kept.user});
  CHECK(held_login(scene, harbor, theirs).password == kept.password);
  CHECK(states(scene, "two-b") == Names{theirs});
}

TEST_CASE("an operator that dies while it makes robots goes on after a restart, and none is left over",
          "[integration]") {
  constexpr int kMany = 12;
  const HarborDouble harbor;
  Scene scene(Scene::Begin::kWithOperator, alone());
  const Stage stage(scene, harbor);
  const auto teams = stage.make_teams(kMany);
  scene.make_registry("middle", stage.spec());
  eventually("a few robots are there", kSoon, [&] { return logins(harbor).size() >= 4; });
  scene.kill_operator();
  CHECK(logins(harbor).size() < kMany);
  scene.start_operator(alone());
  scene.wait_counts("middle", "12/12");
  scene.wait_ready("middle");
  wait_only_held(scene, harbor, teams);
  CHECK(held_logins(scene, harbor, teams).size() == kMany);
  for (const auto& ns : teams) CHECK(projects_held(scene, harbor, ns) == Json{ns});
}

TEST_CASE("a suspended registry asks Harbor nothing and takes nothing away", "[integration]") {
  const HarborDouble harbor;
  Scene scene;
  const Stage stage(scene, harbor);
  const auto ns = stage.make_team();
  auto spec = stage.spec();
  spec["interval"] = "5s";
  spec["suspend"] = true;
  scene.make_registry("asleep", spec);
  scene.wait_condition("asleep", "Ready", "False", "Suspended");
  CHECK(harbor.requests().empty());
  spec["suspend"] = false;
  scene.make_registry("asleep", spec);
  scene.wait_ready("asleep");
  const auto held = held_login(scene, harbor, ns).user;

  spec["suspend"] = true;
  spec["credential"]["robot"]["projects"] = {"library"};
  scene.make_registry("asleep", spec);
  ask_rotation(scene, "asleep", "now");
  scene.wait_condition("asleep", "Ready", "False", "Suspended");
  const auto late = stage.make_team();
  harbor.forget_requests();
  never("Harbor is asked", kBeyondInterval, [&] {
    return Seen{!harbor.requests().empty(), Json(harbor.requests()).dump()};
  });
  CHECK(logins(harbor) == Names{held});
  CHECK(held_login(scene, harbor, ns).user == held);
  scene.wait_no_secret(late);

  spec["suspend"] = false;
  scene.make_registry("asleep", spec);
  scene.wait_counts("asleep", "2/2");
  eventually("what changed meanwhile is done", kSoon, [&] {
    return projects_held(scene, harbor, ns) == Json{"library", ns};
  });
  wait_only_held(scene, harbor, {ns, late});
}

TEST_CASE("Retain leaves robots, states and Secrets, and a registry of the same name goes on with them",
          "[integration]") {
  const HarborDouble harbor;
  Scene scene;
  const Stage stage(scene, harbor);
  const auto teams = stage.make_teams(2);
  auto spec = stage.spec();
  spec["deletionPolicy"] = "Retain";
  scene.make_registry("retained", spec);
  scene.wait_counts("retained", "2/2");
  const auto held = held_logins(scene, harbor, teams);
  remove_registry(scene, "retained");
  CHECK(logins(harbor) == held);
  CHECK(states(scene, "retained") == Names(teams.begin(), teams.end()));
  CHECK(held_logins(scene, harbor, teams) == held);

  const auto made = asked(harbor, "POST /api/v2.0/robots");
  spec["deletionPolicy"] = "Delete";
  scene.make_registry("retained", spec);
  scene.wait_counts("retained", "2/2");
  scene.wait_ready("retained");
  CHECK(held_logins(scene, harbor, teams) == held);
  CHECK(asked(harbor, "POST /api/v2.0/robots") == made);
  remove_registry(scene, "retained");
  CHECK(logins(harbor).empty());
  CHECK(states(scene, "retained").empty());
}

TEST_CASE("what is said to a registry reaches the robots of all its namespaces at once", "[integration]") {
  const HarborDouble harbor;
  Scene scene;
  const Stage stage(scene, harbor);
  const auto teams = stage.make_teams(2);
  scene.make_registry("heard", stage.spec());
  scene.wait_counts("heard", "2/2");
  scene.wait_ready("heard");
  const auto before = held_logins(scene, harbor, teams);
  ask_rotation(scene, "heard", "now");
  eventually("each namespace holds another robot", kSoon, [&] {
    const auto held = held_logins(scene, harbor, teams);
    return held.size() == 2 && !held.contains(*before.begin()) && !held.contains(*before.rbegin());
  });
  wait_only_held(scene, harbor, teams);

  const auto of_admin = std::string("/api/v1/namespaces/") + support::kOperatorNamespace + "/secrets/" + stage.admin;
  const support::Login other{"another-admin", "CanaryPassword-4711-Other"};
  harbor.add_user(other, true);
  harbor.set_password({"admin", "CanaryPassword-4711-Changed"});
  const auto late = stage.make_team();
  scene.wait_condition("heard", "CredentialValid", "False", "AuthenticationFailed");
  scene.admin()
      .merge_patch(of_admin, {{"stringData", {{"username", other.user}, {"password", other.password}}}})
      .require();
  scene.wait_attached(late);
  scene.wait_ready("heard");
}
