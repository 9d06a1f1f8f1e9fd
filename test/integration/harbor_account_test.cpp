// The account that makes robots, and the end of a registry whose Harbor is not there.
#include "integration/weather_scene.hpp"

using namespace integration;

namespace {

struct Stage {
  explicit Stage(support::OperatorOptions options = {}) : scene(Scene::Begin::kWithOperator, std::move(options)) {
    harbor.make_project("team-a");
  }
  HarborDouble harbor;
  Scene scene;
};

/// A registry whose adminRef is `account`; its namespace.
std::string begin(Stage& stage, const std::string& name, const std::string& account) {
  auto ns = stage.scene.make_namespace(name, stage.scene.selected());
  stage.scene.make_registry(name, robot_spec(stage.scene, stage.harbor, account));
  return ns;
}

support::Login wrong() { return {"admin", std::string(kCanary) + "-wrong"}; }

}  // namespace

TEST_CASE("a wrong administrator's password is believed the second time, told, and not tried without end",
          "[integration]") {
  Stage stage;
  const auto ns = begin(stage, "intruder", make_account(stage.scene, "intruder-admin", wrong()));
  const auto told = stage.scene.wait_condition("intruder", "CredentialValid", "False", "AuthenticationFailed");
  CHECK(has(message_of(told, "CredentialValid"), "Secret harbor-pull-system/intruder-admin"));
  CHECK(has(message_of(told, "CredentialValid"), "(spec.credential.robot.adminRef)"));
  CHECK(support::condition(told, "Stalled").at("status") == "True");
  CHECK(support::condition(told, "RegistryReachable").at("status") != "False");
  CHECK_FALSE(has_secret(stage.scene, ns));
  const auto tried = [&] {
    const auto requests = stage.harbor.requests();
    return std::count_if(requests.begin(), requests.end(), [](const auto& request) {
      return request.at("status") == 401 && request.at("claimed") == "admin";
    });
  };
  INFO(Json(stage.harbor.requests()).dump());
  CHECK(tried() == 2);
  // Three intervals, and many reasons to look: new namespaces, changes of the registry.
  for (const auto* value : {"one", "two", "three"}) {
    stage.scene.make_namespace("intruder", stage.scene.selected());
    ask_verification(stage.scene, "intruder", value);
  }
  never("the password is tried again and again", Millis{14'000}, [&]() -> Seen {
    const auto so_far = tried();
    return {so_far > 2 + 3 * 2, std::to_string(so_far)};
  });
  writes_nothing(audit_from_now(stage.scene), Millis{6'000});

  change_account(stage.scene, "intruder-admin", HarborDouble::admin());
  stage.scene.wait_counts("intruder", "4/4");
  stage.scene.wait_condition("intruder", "CredentialValid", "True", "Verified");
  CHECK(stage.harbor.robots().size() == 1);
}

TEST_CASE("one 401 that is somebody else's fault is nobody's failure", "[integration]") {
  Stage stage;
  stage.harbor.fault(on(answer_of(401), "GET", "/api/v2.0/projects"));
  auto minted = begin_minted(stage.scene, stage.harbor, "locked");
  never("the condition believes it", Millis{1'500}, [&]() -> Seen {
    const auto found = support::condition(stage.scene.registry("locked"), "CredentialValid");
    return {found.is_object() && found.at("reason") == "AuthenticationFailed", found.dump()};
  });
  wait_minted(stage.scene, stage.harbor, minted);
}

TEST_CASE("an account that is not there, or is none, is asked for by name", "[integration]") {
  Stage stage;
  const auto ns = begin(stage, "nobody", "nobody-admin");
  const auto missing = stage.scene.wait_condition("nobody", "CredentialValid", "False", "CredentialSecretMissing");
  CHECK(has(message_of(missing, "CredentialValid"), "Secret harbor-pull-system/nobody-admin"));
  CHECK(support::condition(missing, "Ready").at("reason") == "CredentialSecretMissing");
  CHECK_FALSE(has_secret(stage.scene, ns));
  const std::string collection = "/api/v1/namespaces/harbor-pull-system/secrets";
  stage.scene.make(collection, {{"apiVersion", "v1"},
                                {"kind", "Secret"},
                                {"metadata", {{"name", "nobody-admin"}, {"namespace", support::kOperatorNamespace}}},
                                {"stringData", {{"token", "of no use"}}}});
  const auto useless = stage.scene.wait_condition("nobody", "CredentialValid", "False", "CredentialInvalid");
  CHECK(has(message_of(useless, "CredentialValid"), "kubernetes.io/basic-auth"));
  CHECK(stage.harbor.requests().empty());
  stage.scene.admin().remove(collection + "/nobody-admin").require();  // a type is for ever
  make_account(stage.scene, "nobody-admin", HarborDouble::admin());
  stage.scene.wait_counts("nobody", "1/1");
  stage.scene.wait_condition("nobody", "CredentialValid", "True", "Verified");
}

TEST_CASE("an account without the right to make robots is told, and not tried without end", "[integration]") {
  Stage stage;
  const support::Login guest{"guest", std::string(kCanary) + "-guest"};
  stage.harbor.add_user(guest);
  stage.harbor.add_member("team-a", "guest", "guest");
  begin(stage, "guest", make_account(stage.scene, "guest-admin", guest));
  const auto told = stage.scene.wait_condition("guest", "CredentialValid", "False", "PermissionDenied");
  CHECK(has(message_of(told, "CredentialValid"), "Secret harbor-pull-system/guest-admin"));
  stage.harbor.forget_requests();
  for (int i = 0; i < 5; ++i) stage.scene.make_namespace("guest", stage.scene.selected());
  wait_selected(stage.scene, "guest", 6);
  never("Harbor is asked again and again", Millis{6'000}, [&]() -> Seen {
    const auto requests = stage.harbor.requests().size();
    return {requests > 40, std::to_string(requests)};
  });
  change_account(stage.scene, "guest-admin", HarborDouble::admin());
  stage.scene.wait_counts("guest", "6/6");
}

TEST_CASE("while the account is missing, the robot in use is verified all the same", "[integration]") {
  Stage stage;
  const auto minted = settle_minted(stage.scene, stage.harbor, "alone");
  stage.scene.admin().remove("/api/v1/namespaces/harbor-pull-system/secrets/alone-admin").require();
  auto told = stage.scene.wait_condition("alone", "CredentialValid", "True", "RotationFailed");
  CHECK(has(message_of(told, "CredentialValid"), "alone-admin"));
  const auto robot = stage.harbor.robots().at(0);
  stage.harbor.change_robot(robot.at("id"), {{"disabled", true}});
  ask_verification(stage.scene, "alone", "now");
  told = stage.scene.wait_condition("alone", "CredentialValid", "False", "CredentialSecretMissing");
  CHECK(has(message_of(told, "CredentialValid"), robot.at("login").get<std::string>()));

  make_account(stage.scene, "alone-admin", HarborDouble::admin());
  stage.scene.wait_condition("alone", "CredentialValid", "True", "Verified");
  wait_replaced(stage.scene, stage.harbor, minted);
}

TEST_CASE("a robot that cannot be removed for want of a right password is not forgotten", "[integration]") {
  Stage stage;
  settle_minted(stage.scene, stage.harbor, "sealed");
  change_account(stage.scene, "sealed-admin", wrong());
  stage.scene.admin().remove(support::registry_path("sealed")).require();
  eventually("the status says why it stays", kSoon, [&]() -> Seen {
    const auto text = message_of(stage.scene.registry("sealed"), "Ready");
    return {has(text, "does not accept Secret harbor-pull-system/sealed-admin"), text};
  });
  CHECK(stage.harbor.robots().size() == 1);
  change_account(stage.scene, "sealed-admin", HarborDouble::admin());
  eventually("the registry is gone", kSoon,
             [&] { return stage.scene.admin().get(support::registry_path("sealed")).status == 404; });
  CHECK(stage.harbor.robots().empty());
}

TEST_CASE("a registry that is deleted while Harbor is away waits for it", "[integration]") {
  Stage stage;
  const auto minted = settle_minted(stage.scene, stage.harbor, "patient");
  stage.harbor.offline(true);
  stage.scene.admin().remove(support::registry_path("patient")).require();
  stage.scene.wait_no_secret(minted.ns);
  eventually("the status says that robots are left", kSoon, [&]() -> Seen {
    const auto text = message_of(stage.scene.registry("patient"), "Ready");
    return {has(text, "robot accounts are left to remove from Harbor"), text};
  });
  stage.harbor.offline(false);
  eventually("the registry is gone", Millis{40'000},
             [&] { return stage.scene.admin().get(support::registry_path("patient")).status == 404; });
  CHECK(stage.harbor.robots().empty());
}

TEST_CASE("a registry that is deleted while Harbor stays away lets go after a while and names what is left",
          "[integration]") {
  support::OperatorOptions options;
  options.args = {"--robot-cleanup-timeout", "5s"};
  Stage stage(options);
  const auto minted = settle_minted(stage.scene, stage.harbor, "left");
  const auto robot = only_robot(stage.harbor, "left");
  stage.harbor.offline(true);
  stage.scene.admin().remove(support::registry_path("left")).require();
  eventually("the registry is gone", Millis{40'000},
             [&] { return stage.scene.admin().get(support::registry_path("left")).status == 404; });
  const auto event = stage.scene.wait_event("HarborRegistry", "", "left", "RobotLeft");
  CHECK(event.at("type") == "Warning");
  const auto note = event.at("note").get<std::string>();
  CHECK(has(note, stage.harbor.url()));
  CHECK(has(note, robot.at("name").get<std::string>().substr(std::string("robot$team-a+").size())));
  stage.harbor.offline(false);
  CHECK(stage.harbor.robots().size() == 1);
}
