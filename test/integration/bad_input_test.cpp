// What people get wrong in what they write themselves: the CRD, the credential, the HarborRegistry, the flags.
#include <ctime>

#include "integration/scene.hpp"

using namespace integration;

namespace {

const std::string kOwnSecrets = "/api/v1/namespaces/harbor-pull-system/secrets";

/// The lines of the log as text that hold `part`.
bool log_has(const support::Operator& op, const std::string& part) {
  return op.log_text().find(part) != std::string::npos;
}

Json docker_secret(const std::string& name, const std::string& config) {
  return {{"apiVersion", "v1"},
          {"kind", "Secret"},
          {"metadata", {{"name", name}, {"namespace", support::kOperatorNamespace}}},
          {"type", "kubernetes.io/dockerconfigjson"},
          {"stringData", {{".dockerconfigjson", config}}}};
}

/// A registry whose source Secret is bad: it says so in a message that holds `told`, and a good Secret mends it.
void check_bad_source(const Json& secret, const std::string& told) {
  Scene scene;
  const auto name = secret.at("metadata").at("name").get<std::string>();
  const auto ns = scene.make_namespace("waiting", scene.selected());
  scene.make(kOwnSecrets, secret);
  scene.make_registry(name, scene.spec(name));
  const auto bad = scene.wait_condition(name, "Ready", "False", "CredentialInvalid");
  const auto message = support::condition(bad, "Ready").at("message").get<std::string>();
  INFO(message);
  CHECK(message.find(told) != std::string::npos);
  CHECK(message.find("harbor-pull-system/" + name) != std::string::npos);
  CHECK(support::condition(bad, "CredentialValid").at("reason") == "CredentialInvalid");
  CHECK(support::condition(bad, "Stalled").at("status") == "True");
  CHECK(scene.admin().get(support::secret_path(ns, "harbor-pull")).status == 404);
  CHECK(support::pull_secret_names(scene.admin(), ns).empty());
  scene.wait_event("HarborRegistry", "", name, "CredentialInvalid");

  scene.admin().remove(kOwnSecrets + "/" + name).require();  // the type of a Secret cannot be changed
  scene.make_credential(name, "-mended");
  scene.wait_ready(name);
  scene.wait_secret(ns, scene.password("-mended"));
  scene.wait_attached(ns);
}

Json registry_object(const std::string& name, const Json& spec) {
  return {{"apiVersion", "harborpull.io/v1alpha1"},
          {"kind", "HarborRegistry"},
          {"metadata", {{"name", name}}},
          {"spec", spec}};
}

}  // namespace

TEST_CASE("without the CRD the operator lives, names the remedy, and works soon after it is applied", "[integration]") {
  const support::ControlPlane cluster;
  support::install(cluster, support::Crd::kLater);
  support::Operator op(cluster);
  eventually("the log names the remedy", kSoon, [&] { return log_has(op, "kubectl apply -k crds/"); });
  CHECK(op.running());
  CHECK_FALSE(op.ready());
  CHECK(op.get("/livez").ok());

  // The remedy as the log gives it, from the root of the project.
  const auto applied = cluster.kubectl({"apply", "-k", (support::project_root() / "crds").string()});
  INFO(applied.err);
  REQUIRE(applied.code == 0);
  eventually("the operator is ready", Millis{10'000}, [&] { return op.ready(); });

  const auto& admin = cluster.client();
  const std::string password = std::string(kCanary) + "-late";
  admin.create(kOwnSecrets, support::basic_auth_secret(support::kOperatorNamespace, "late", "robot", password))
      .require();
  admin.create("/api/v1/namespaces", support::namespace_object("late", {{"late", "yes"}})).require();
  const Json spec = {{"host", kHost},
                     {"credential", {{"secretRef", {{"name", "late"}}}}},
                     {"namespaces", {{"selector", {{"matchLabels", {{"late", "yes"}}}}}}}};
  eventually("the registry is accepted", kSoon,
             [&] { return admin.apply(support::registry_path("late"), registry_object("late", spec)).ok(); });
  eventually("the namespace is served", kSoon, [&] { return support::pull_secret_names(admin, "late").size() == 1; });
  CHECK(op.running());
  CHECK(support::scan_for(kCanary, {{"log", op.log_text()}, {"metrics", op.metrics()}}).empty());
}

TEST_CASE("a registry whose source Secret is missing waits for it, and is synced when it comes", "[integration]") {
  Scene scene;
  const auto ns = scene.make_namespace("waiting", scene.selected());
  scene.make_registry("missing", scene.spec("missing"));
  const auto waiting = scene.wait_condition("missing", "Ready", "False", "CredentialSecretMissing");
  const auto message = support::condition(waiting, "Ready").at("message").get<std::string>();
  INFO(message);
  CHECK(message.find("harbor-pull-system/missing") != std::string::npos);
  CHECK(message.find("create it") != std::string::npos);
  CHECK(support::condition(waiting, "Stalled").at("status") == "False");
  CHECK(scene.admin().get(support::secret_path(ns, "harbor-pull")).status == 404);
  scene.wait_event("HarborRegistry", "", "missing", "CredentialSecretMissing");
  scene.make_credential("missing");
  scene.wait_ready("missing");
  scene.wait_secret(ns, scene.password());
  scene.wait_attached(ns);
}

TEST_CASE("a source Secret of the wrong type is refused with the types that will do", "[integration]") {
  check_bad_source({{"apiVersion", "v1"},
                    {"kind", "Secret"},
                    {"metadata", {{"name", "wrong-type"}}},
                    {"type", "Opaque"},
                    {"stringData", {{"username", "robot"}, {"password", kCanary}}}},
                   "make it again with type kubernetes.io/basic-auth or kubernetes.io/dockerconfigjson");
}

TEST_CASE("a source Secret with an empty password is refused", "[integration]") {
  check_bad_source(support::basic_auth_secret(support::kOperatorNamespace, "empty-password", "robot", ""),
                   "empty password");
}

TEST_CASE("a docker configuration whose auths are not an object is refused without a value of it", "[integration]") {
  check_bad_source(docker_secret("malformed", R"({"auths":"harbor.example.com:CanaryPassword-4711"})"),
                   "no object auths");
}

TEST_CASE("a docker configuration with an auth that is no base64 is refused without a value of it", "[integration]") {
  const Json config = {{"auths", {{kHost, {{"auth", std::string("!robot:") + kCanary}}}}}};
  check_bad_source(docker_secret("not-base64", config.dump()), "not base64");
}

TEST_CASE("a docker configuration that is an Opaque text without JSON is refused without a value of it",
          "[integration]") {
  // The API server parses what is of the type itself, so no JSON at all comes only with another type.
  auto secret = docker_secret("no-json", std::string("{auths: ") + kCanary);
  {
    const Scene scene(Scene::Begin::kWithoutOperator);
    CHECK(scene.admin().create(kOwnSecrets, secret).status == 422);
  }
  secret["type"] = "Opaque";
  check_bad_source(secret, "make it again with type");
}

TEST_CASE("a docker configuration without an entry for the host is refused with the key that it needs",
          "[integration]") {
  const Json config = {{"auths", {{"other.example.com", {{"username", "robot"}, {"password", kCanary}}}}}};
  check_bad_source(docker_secret("no-entry", config.dump()), std::string("no entry for ") + kHost);
}

TEST_CASE("when a credential becomes bad, Secrets keep what they hold and new namespaces wait", "[integration]") {
  Scene scene;
  scene.make_credential("turns-bad");
  scene.make_registry("turns-bad", scene.spec("turns-bad"));
  const auto old = scene.make_namespace("old", scene.selected());
  scene.wait_attached(old);
  scene.wait_ready("turns-bad");
  const auto before = scene.admin().get(support::secret_path(old, "harbor-pull")).require();

  scene.admin().merge_patch(kOwnSecrets + "/turns-bad", {{"data", {{"password", ""}}}}).require();
  scene.wait_condition("turns-bad", "Ready", "False", "CredentialInvalid");
  const auto fresh = scene.make_namespace("fresh", scene.selected());
  never("anything is written with a bad credential", Millis{1'000}, [&] {
    return scene.admin().get(support::secret_path(fresh, "harbor-pull")).ok() ||
           !support::pull_secret_names(scene.admin(), fresh).empty() ||
           scene.admin().get(support::secret_path(old, "harbor-pull")).json != before;
  });
  CHECK(support::pull_secret_names(scene.admin(), old) == std::vector<std::string>{"harbor-pull"});

  scene.admin().remove(kOwnSecrets + "/turns-bad").require();
  scene.wait_condition("turns-bad", "Ready", "False", "CredentialSecretMissing");
  CHECK(scene.admin().get(support::secret_path(old, "harbor-pull")).json == before);

  scene.make_credential("turns-bad", "-new");
  scene.wait_secret(old, scene.password("-new"));
  scene.wait_secret(fresh, scene.password("-new"));
  scene.wait_attached(fresh);
  scene.wait_ready("turns-bad");
  const auto after = scene.admin().get(support::secret_path(old, "harbor-pull")).require();
  CHECK(after.at("metadata").at("uid") == before.at("metadata").at("uid"));
}

TEST_CASE("secretName cannot be changed later, and the API server says what to do instead", "[integration]") {
  Scene scene;
  scene.make_credential("renamed");
  scene.make_registry("renamed", scene.spec("renamed"));
  const auto answer =
      scene.admin().merge_patch(support::registry_path("renamed"), {{"spec", {{"secretName", "other"}}}});
  INFO(answer.text());
  CHECK(answer.status == 422);
  CHECK(answer.text().find("delete this HarborRegistry and create it again") != std::string::npos);
  scene.wait_ready("renamed");
}

TEST_CASE("of two registries with one host the older serves a namespace, and the younger takes over when it goes",
          "[integration]") {
  Scene scene;
  scene.make_credential("older", "-older");
  scene.make_credential("younger", "-younger");
  scene.make_registry("z-older", scene.spec("older"));
  const auto ns = scene.make_namespace("shared", scene.selected());
  scene.wait_secret(ns, scene.password("-older"));
  scene.wait_ready("z-older");
  // Creation times have seconds, and of the same age the name decides: a-younger would win.
  const auto second = std::time(nullptr);
  eventually("the next second", Millis{2'000}, [&] { return std::time(nullptr) > second; });
  scene.make_registry("a-younger", scene.spec("younger"));
  const auto conflict = scene.wait_condition("a-younger", "Ready", "False", "HostConflict");
  const auto message = support::condition(conflict, "Ready").at("message").get<std::string>();
  INFO(message);
  CHECK(message.find("HarborRegistry z-older is older and serves harbor.example.com") != std::string::npos);
  CHECK(support::condition(conflict, "Stalled").at("status") == "True");
  scene.wait_counts("a-younger", "0/1");
  scene.wait_ready("z-older");
  scene.wait_event("HarborRegistry", "", "a-younger", "HostConflict");
  const auto before = scene.admin().get(support::secret_path(ns, "harbor-pull")).require();
  CHECK(support::auths(before).at(kHost).at("password") == scene.password("-older"));

  scene.admin().remove(support::registry_path("z-older")).require();
  scene.wait_secret(ns, scene.password("-younger"));
  scene.wait_ready("a-younger");
  scene.wait_attached(ns);
  const auto after = scene.admin().get(support::secret_path(ns, "harbor-pull")).require();
  CHECK(after.at("metadata").at("uid") == before.at("metadata").at("uid"));
}

TEST_CASE("a secretName that the operator may not write is InvalidSpec with the remedy, and the others work",
          "[integration]") {
  Scene scene;
  scene.make_credential("allowed");
  const auto ns = scene.make_namespace("named", scene.selected());
  auto spec = scene.spec("allowed");
  spec["secretName"] = "other-pull";
  scene.make_registry("forbidden", spec);
  const auto invalid = scene.wait_condition("forbidden", "Ready", "False", "InvalidSpec");
  const auto message = support::condition(invalid, "Ready").at("message").get<std::string>();
  INFO(message);
  CHECK(message.find("--secret-name other-pull") != std::string::npos);
  CHECK(message.find("ClusterRole") != std::string::npos);
  CHECK(support::condition(invalid, "Stalled").at("status") == "True");
  scene.make_registry("allowed", scene.spec("allowed"));
  scene.wait_ready("allowed");
  scene.wait_secret(ns, scene.password());
  CHECK(scene.admin().get(support::secret_path(ns, "other-pull")).status == 404);
}

TEST_CASE(
    "a --secret-name that the ClusterRole does not name keeps the operator from being ready, and the log says why",
    "[integration]") {
  Scene scene(Scene::Begin::kWithoutOperator);
  support::Operator op(scene.cluster(), {.args = {"--secret-name", "harbor-pull", "--secret-name", "other-pull"}});
  eventually("the log names the Secret and the role", kSoon, [&]() -> Seen {
    const auto lines = op.log_lines();
    const auto told = std::any_of(lines.begin(), lines.end(), [](const Json& line) {
      const auto text = line.value("remedy", "");
      return text.find("other-pull") != std::string::npos && text.find("ClusterRole") != std::string::npos;
    });
    return {told, op.log_text()};
  });
  CHECK(op.running());
  CHECK(op.get("/livez").ok());
  const auto ready = op.get("/readyz");
  INFO(ready.json.dump());
  CHECK(ready.status == 503);
}
