// A given credential is shown to Harbor before it is given to anybody: what Harbor accepts is written, what it rejects
// is not, and what it cannot be asked about is.
#include <set>

#include "integration/given_scene.hpp"

using namespace integration;

namespace {

constexpr const char* kProject = "team-a";

/// A registry that is in order: its namespace and the login that it holds.
struct Settled {
  std::string ns;
  Json robot;
  support::Login login;
};

Settled settle(Scene& scene, const HarborDouble& harbor, const std::string& name, const std::string& interval = "5s") {
  harbor.make_project(kProject);
  Settled settled{scene.make_namespace(name, scene.selected()), make_puller(harbor, kProject, "puller"), {}};
  settled.login = login_of(settled.robot);
  make_account(scene, name, settled.login);
  auto spec = given_spec(scene, harbor, name, {kProject});
  spec["interval"] = interval;
  scene.make_registry(name, spec);
  scene.wait_counts(name, "1/1");
  scene.wait_ready(name);
  wait_held(scene, harbor, settled.ns, settled.login);
  return settled;
}

support::Login wrong_password(support::Login login) {
  login.password = std::string(kCanary) + "-wrong";
  return login;
}

/// A new namespace is seen and left without a Secret.
std::string make_waiting_namespace(Scene& scene, const std::string& registry, int so_many) {
  auto ns = scene.make_namespace(registry, scene.selected());
  wait_selected(scene, registry, so_many);
  CHECK_FALSE(has_secret(scene, ns));
  return ns;
}

}  // namespace

TEST_CASE("a credential that Harbor accepts is verified and written", "[integration]") {
  const HarborDouble harbor({.with_registry = true});
  Scene scene;
  const auto settled = settle(scene, harbor, "accepted");
  harbor.push_image("team-a/app:v1");
  const auto registry = scene.wait_condition("accepted", "CredentialValid", "True", "Verified");
  CHECK(support::condition(registry, "RegistryReachable").at("reason") == "Reachable");
  CHECK(support::condition(registry, "RegistryReachable").at("status") == "True");
  CHECK(has(message_of(registry, "CredentialValid"), harbor.url()));
  CHECK(pull_as(scene, harbor, settled.ns, "team-a/app:v1").ok);
}

TEST_CASE("a password that was wrong from the beginning is written nowhere until it is mended", "[integration]") {
  const HarborDouble harbor;
  harbor.make_project(kProject);
  const auto right = login_of(make_puller(harbor, kProject, "puller"));
  Scene scene;
  const auto ns = scene.make_namespace("wrong", scene.selected());
  scene.make_registry("wrong", given_spec(scene, harbor, make_account(scene, "wrong", wrong_password(right))));
  const auto registry = scene.wait_condition("wrong", "CredentialValid", "False", "AuthenticationFailed");
  CHECK(has(message_of(registry, "CredentialValid"), right.user));
  CHECK(support::condition(registry, "Ready").at("reason") == "AuthenticationFailed");
  CHECK(support::condition(registry, "Stalled").at("status") == "True");
  CHECK(support::condition(registry, "RegistryReachable").at("status") == "True");
  CHECK_FALSE(has_secret(scene, ns));

  change_account(scene, "wrong", right);
  scene.wait_ready("wrong");
  scene.wait_condition("wrong", "CredentialValid", "True", "Verified");
  wait_held(scene, harbor, ns, right);
}

TEST_CASE("a bad credential never takes the place of a good one", "[integration]") {
  const HarborDouble harbor;
  Scene scene;
  const auto settled = settle(scene, harbor, "spoilt");
  change_account(scene, "spoilt", wrong_password(settled.login));
  scene.wait_condition("spoilt", "CredentialValid", "False", "AuthenticationFailed");
  const auto later = make_waiting_namespace(scene, "spoilt", 2);
  CHECK(held_login(scene, harbor, settled.ns).password == settled.login.password);

  const auto next = login_of(make_puller(harbor, kProject, "next"));
  change_account(scene, "spoilt", next);
  scene.wait_counts("spoilt", "2/2");
  wait_held(scene, harbor, settled.ns, next);
  wait_held(scene, harbor, later, next);
}

TEST_CASE("an account that Harbor disables is found out within the interval, and found again", "[integration]") {
  const HarborDouble harbor;
  Scene scene;
  const auto settled = settle(scene, harbor, "disabled");
  harbor.change_robot(settled.robot.at("id"), {{"disabled", true}});
  const auto registry = scene.wait_condition("disabled", "CredentialValid", "False", "AuthenticationFailed");
  CHECK(has(message_of(registry, "CredentialValid"), "disabled"));
  CHECK(support::condition(registry, "Ready").at("reason") == "AuthenticationFailed");
  CHECK(held_login(scene, harbor, settled.ns).password == settled.login.password);
  const auto later = make_waiting_namespace(scene, "disabled", 2);

  harbor.change_robot(settled.robot.at("id"), {{"disabled", false}});
  scene.wait_counts("disabled", "2/2");
  wait_held(scene, harbor, later, settled.login);
}

TEST_CASE("an account that expired is found out at once when a verification is asked for", "[integration]") {
  const HarborDouble harbor;
  Scene scene;
  const auto settled = settle(scene, harbor, "expired", "1h");
  const auto soon = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()) - 60;
  harbor.change_robot(settled.robot.at("id"), {{"expires_at", soon}});
  ask_verification(scene, "expired", "one");
  scene.wait_condition("expired", "CredentialValid", "False", "AuthenticationFailed");
  CHECK(scene.registry("expired").at("status").at("lastHandledReconcileAt") == "one");
  CHECK(held_login(scene, harbor, settled.ns).password == settled.login.password);

  harbor.change_robot(settled.robot.at("id"), {{"expires_at", soon + 86'400}});
  ask_verification(scene, "expired", "two");
  scene.wait_condition("expired", "CredentialValid", "True", "Verified");
  scene.wait_ready("expired");
}

TEST_CASE("a project that may not be pulled and one that is not there are told apart", "[integration]") {
  const HarborDouble harbor;
  Scene scene;
  const auto settled = settle(scene, harbor, "narrow");
  harbor.make_project("team-b");
  const auto want = [&](const std::string& project) {
    const auto projects = std::set<std::string>{kProject, project};
    scene.patch_registry("narrow", {{"spec", {{"credential", {{"secretRef", {{"projects", projects}}}}}}}});
  };
  want("team-b");
  const auto denied = scene.wait_condition("narrow", "CredentialValid", "False", "PermissionDenied");
  CHECK(has(message_of(denied, "CredentialValid"), "may not pull from project team-b"));
  want("nowhere");
  const auto missing = scene.wait_condition("narrow", "CredentialValid", "False", "ProjectNotFound");
  CHECK(has(message_of(missing, "CredentialValid"), "no project nowhere"));
  CHECK(held_login(scene, harbor, settled.ns).password == settled.login.password);
  const auto later = make_waiting_namespace(scene, "narrow", 2);

  want(kProject);
  scene.wait_counts("narrow", "2/2");
  wait_held(scene, harbor, later, settled.login);
}

TEST_CASE("a Harbor that cannot be asked blocks nothing, and says so once", "[integration]") {
  const HarborDouble harbor;
  harbor.make_project(kProject);
  const auto login = login_of(make_puller(harbor, kProject, "puller"));
  harbor.offline(true);
  Scene scene;
  const auto ns = scene.make_namespace("away", scene.selected());
  scene.make_registry("away", given_spec(scene, harbor, make_account(scene, "away", login)));
  wait_held(scene, harbor, ns, login);
  scene.wait_counts("away", "1/1");
  scene.wait_ready("away");
  const auto registry = scene.wait_condition("away", "RegistryReachable", "False", "RegistryUnreachable");
  CHECK(support::condition(registry, "CredentialValid").at("status") == "Unknown");
  CHECK(support::condition(registry, "CredentialValid").at("reason") == "RegistryUnreachable");
  CHECK(has(message_of(registry, "Ready"), "RegistryUnreachable"));
  // While it stays so there are several attempts, and nothing to write about them.
  writes_nothing(audit_from_now(scene), Millis{8'000});

  harbor.offline(false);
  ask_verification(scene, "away", "now");
  scene.wait_condition("away", "RegistryReachable", "True", "Reachable");
  scene.wait_condition("away", "CredentialValid", "True", "Verified");
  CHECK_FALSE(has(message_of(scene.wait_ready("away"), "Ready"), "RegistryUnreachable"));
}

TEST_CASE("a credential that was proved stays where it is while Harbor is away", "[integration]") {
  const HarborDouble harbor;
  Scene scene;
  const auto settled = settle(scene, harbor, "gone");
  harbor.offline(true);
  scene.wait_condition("gone", "CredentialValid", "Unknown", "RegistryUnreachable");
  scene.wait_ready("gone");
  const auto later = scene.make_namespace("gone", scene.selected());
  wait_held(scene, harbor, later, settled.login);
  // A restart knows that it was proved.
  scene.stop_operator();
  scene.start_operator();
  const auto third = scene.make_namespace("gone", scene.selected());
  wait_held(scene, harbor, third, settled.login);
  harbor.offline(false);
  scene.wait_condition("gone", "CredentialValid", "True", "Verified", Millis{40'000});
}
