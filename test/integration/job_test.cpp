// The main job: one resource, a Secret in every selected namespace, a reference on every selected ServiceAccount.
#include <algorithm>

#include "base/digest.hpp"
#include "integration/scene.hpp"

using namespace integration;

namespace {

using Names = std::vector<std::string>;

const std::string kOwnSecrets = "/api/v1/namespaces/harbor-pull-system/secrets";
const std::string kClusterRole = "/apis/rbac.authorization.k8s.io/v1/clusterroles/harbor-pull-operator";
const std::string kGuard =
    "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/harbor-pull-operator-guard-";

Json pull_secret(const Scene& scene, const std::string& ns, const std::string& name = "harbor-pull") {
  return scene.admin().get(support::secret_path(ns, name)).require();
}

/// The hosts that the namespace can pull from, sorted; none when it has no Secret.
Names hosts_in(const Scene& scene, const std::string& ns) {
  Names hosts;
  const auto auths = support::auths(scene.admin(), ns);
  for (const auto& [host, entry] : auths.items()) hosts.push_back(host);
  return hosts;
}

std::string accounts_of(const std::string& ns) { return "/api/v1/namespaces/" + ns + "/serviceaccounts"; }

Json account_object(const std::string& name, const support::Labels& labels = {}, const Names& references = {}) {
  Json object = {{"apiVersion", "v1"}, {"kind", "ServiceAccount"}, {"metadata", {{"name", name}, {"labels", labels}}}};
  for (const auto& reference : references) object["imagePullSecrets"].push_back({{"name", reference}});
  return object;
}

Names references(const Scene& scene, const std::string& ns, const std::string& account = "default") {
  return support::pull_secret_names(scene.admin(), ns, account);
}

/// "default" as the controller-manager makes it, before our operator looks at the namespace.
void wait_account(const Scene& scene, const std::string& ns) {
  eventually("ServiceAccount " + ns + "/default is there", kSoon,
             [&] { return scene.admin().get(support::service_account_path(ns, "default")).ok(); });
}

/// What the docs tell people to do for another spec.secretName, in the ClusterRole and in the guard; taken back at the
/// end.
class SecondSecretName {
 public:
  SecondSecretName(const Scene& scene, const std::string& name) : scene_(scene) {
    auto rules = scene.admin().get(kClusterRole).require().at("rules");
    REQUIRE(rules.at(0).at("resourceNames") == Json({"harbor-pull"}));
    set(kClusterRole, "rules", with(name, rules, R"(["harbor-pull"])", R"(["harbor-pull",")" + name + R"("])"));
    for (const auto* policy : {"secrets", "serviceaccounts"}) {
      const auto path = kGuard + policy;
      const auto spec = scene.admin().get(path).require().at("spec");
      set(path, "spec", with(name, spec, "['harbor-pull']", "['harbor-pull', '" + name + "']"));
    }
    wait_in_force(name);
  }
  ~SecondSecretName() {
    for (const auto& [path, before] : before_) CHECK(scene_.admin().merge_patch(path, before).ok());
  }
  SecondSecretName(const SecondSecretName&) = delete;
  SecondSecretName& operator=(const SecondSecretName&) = delete;

 private:
  static Json with(const std::string& name, const Json& object, const std::string& from, const std::string& to) {
    auto text = object.dump();
    const auto at = text.find(from);
    INFO(name << " has no place in " << text);
    REQUIRE(at != std::string::npos);
    return Json::parse(text.replace(at, from.size(), to));
  }

  void set(const std::string& path, const char* field, const Json& value) {
    before_.emplace_back(path, Json{{field, scene_.admin().get(path).require().at(field)}});
    scene_.admin().merge_patch(path, {{field, value}}).require();
  }

  void wait_in_force(const std::string& name) const {
    const auto user = scene_.admin().with_token(
        scene_.admin().token_for(support::kOperatorNamespace, support::kOperatorServiceAccount));
    const Json secret = {
        {"apiVersion", "v1"},
        {"kind", "Secret"},
        {"metadata", {{"name", name}, {"labels", {{"app.kubernetes.io/managed-by", "harbor-pull-operator"}}}}},
        {"type", "kubernetes.io/dockerconfigjson"},
        {"stringData", {{".dockerconfigjson", R"({"auths": {}})"}}}};
    eventually("the right is in force", kSoon,
               [&] { return user.apply(support::secret_path("default", name) + "?dryRun=All", secret, false).ok(); });
  }

  const Scene& scene_;
  std::vector<std::pair<std::string, Json>> before_;
};

}  // namespace

TEST_CASE("a selected namespace gets the Secret and its default ServiceAccount the reference", "[integration]") {
  Scene scene;
  const auto credential = scene.make_credential("job-a");
  scene.make_registry("job-a", scene.spec(credential));
  const auto before = scene.make_namespace("chosen", scene.selected());
  const auto other = scene.make_namespace("other");
  scene.wait_secret(before, scene.password());
  scene.wait_attached(before);
  scene.wait_counts("job-a", "1/1");
  scene.wait_ready("job-a");
  CHECK(scene.admin().get(support::secret_path(other, "harbor-pull")).status == 404);
  CHECK(support::pull_secret_names(scene.admin(), other).empty());
}

TEST_CASE("namespaces made before the registry and after it are served alike", "[integration]") {
  Scene scene;
  const auto before = scene.make_namespace("before", scene.selected());
  wait_account(scene, before);
  scene.make_registry("moment", scene.spec(scene.make_credential("moment")));
  scene.wait_attached(before);
  const auto after = scene.make_namespace("after", scene.selected());
  const auto labelled = scene.make_namespace("labelled");
  scene.wait_attached(after);
  CHECK(references(scene, labelled).empty());
  scene.admin()
      .merge_patch(support::namespace_path(labelled), {{"metadata", {{"labels", scene.selected()}}}})
      .require();
  scene.wait_attached(labelled);
  for (const auto& ns : {before, after, labelled}) scene.wait_secret(ns, scene.password());
  scene.wait_counts("moment", "3/3");
  scene.wait_ready("moment");
}

TEST_CASE("the Secret is exactly what the contract says: type, labels, annotations, bytes", "[integration]") {
  Scene scene;
  scene.make_registry("exact", scene.spec(scene.make_credential("exact")));
  const auto ns = scene.make_namespace("exact", scene.selected());
  scene.wait_secret(ns, scene.password());
  scene.wait_ready("exact");
  const auto secret = pull_secret(scene, ns);
  CHECK(secret.at("type") == "kubernetes.io/dockerconfigjson");
  CHECK_FALSE(secret.contains("immutable"));
  REQUIRE(secret.at("data").size() == 1);

  const std::string user = "robot$exact";
  const std::string auth = base::base64_encode(user + ":" + scene.password());
  const std::string bytes = R"({"auths":{"harbor.example.com":{"auth":")" + auth + R"(","password":")" +
                            scene.password() + R"(","username":")" + user + R"("}}})";
  CHECK(base::base64_decode(secret.at("data").at(".dockerconfigjson").get<std::string>()) == bytes);

  const auto& metadata = secret.at("metadata");
  CHECK(metadata.at("labels") ==
        Json({{"app.kubernetes.io/managed-by", "harbor-pull-operator"}, {"harborpull.io/pull-secret", "true"}}));
  const auto& annotations = metadata.at("annotations");
  CHECK(annotations.size() == 2);
  CHECK(annotations.at("harborpull.io/registries") == "exact");
  const auto hash = annotations.at("harborpull.io/content-hash").get<std::string>();
  CHECK(hash.size() == 32);
  CHECK(hash.find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK_FALSE(metadata.contains("finalizers"));
  CHECK_FALSE(metadata.contains("ownerReferences"));
  REQUIRE(metadata.at("managedFields").size() == 1);
  CHECK(metadata.at("managedFields")[0].at("manager") == "harbor-pull-operator");
  CHECK(metadata.at("managedFields")[0].at("operation") == "Apply");

  // The same content has the same bytes and the same hash, in any namespace and after a restart.
  scene.stop_operator();
  scene.start_operator();
  const auto other = scene.make_namespace("exact-too", scene.selected());
  scene.wait_secret(other, scene.password());
  const auto again = pull_secret(scene, other);
  CHECK(again.at("data") == secret.at("data"));
  CHECK(again.at("metadata").at("annotations") == annotations);

  scene.wait_attached(ns);
  const auto account = scene.admin().get(support::service_account_path(ns, "default")).require();
  CHECK(account.at("imagePullSecrets") == Json::parse(R"([{"name":"harbor-pull"}])"));
  CHECK(account.at("metadata").at("annotations") == Json({{"attached.harborpull.io/harbor-pull", ""}}));
  CHECK(scene.registry("exact").at("metadata").at("finalizers") == Json({"harborpull.io/cleanup"}));
}

TEST_CASE("of a dockerconfigjson source only the entry of the host is handed out, however docker wrote it",
          "[integration]") {
  Scene scene;
  const auto ns = scene.make_namespace("docker", scene.selected());
  const auto source = [&](const std::string& name, const Json& auths) {
    scene.make(kOwnSecrets, {{"apiVersion", "v1"},
                             {"kind", "Secret"},
                             {"metadata", {{"name", name}}},
                             {"type", "kubernetes.io/dockerconfigjson"},
                             {"stringData", {{".dockerconfigjson", Json{{"auths", auths}}.dump()}}}});
    return name;
  };
  const Json other = {{"username", "x"}, {"password", scene.password("-other")}};
  source("docker-plain", {{kHost, {{"username", "robot$p"}, {"password", scene.password("-plain")}}}, {"o.io", other}});
  source("docker-auth",
         {{"https://b.example.com/v1/", {{"auth", base::base64_encode("robot$a:" + scene.password("-auth"))}}},
          {"o.io", other}});
  scene.make_registry("docker-plain", scene.spec("docker-plain"));
  scene.make_registry("docker-auth", scene.spec("docker-auth", "b.example.com"));
  scene.wait_secret(ns, scene.password("-plain"));
  scene.wait_secret(ns, scene.password("-auth"), "b.example.com");
  CHECK(hosts_in(scene, ns) == Names{"b.example.com", kHost});
  const auto auths = support::auths(scene.admin(), ns);
  CHECK(auths.at(kHost).at("username") == "robot$p");
  CHECK(auths.at("b.example.com").at("username") == "robot$a");
  scene.wait_ready("docker-plain");
  scene.wait_ready("docker-auth");
}

TEST_CASE("labels, expressions, names, globs and exclude choose the namespaces, all that are given together",
          "[integration]") {
  Scene scene;
  const auto credential = scene.make_credential("choose");
  const auto make = [&](const std::string& stem, support::Labels labels) {
    labels.insert({"scene", scene.id()});
    return scene.make_namespace(stem, labels);
  };
  const auto prod = make("team-prod", {{"env", "prod"}, {"tier", "web"}});
  const auto test = make("team-test", {{"env", "test"}});
  const auto bare = make("plain", {});
  const auto legacy = make("team-old", {{"env", "prod"}});
  // Each rule is a registry with a host of its own, so the hosts in a Secret say which rules chose the namespace.
  const std::string mine = "-" + scene.id() + "-*";
  const auto rule = [&](const std::string& name, const Json& namespaces) {
    auto spec = scene.spec(credential, name + ".example.com");
    spec["namespaces"] = namespaces;
    scene.make_registry("rule-" + name, spec);
  };
  const auto expressions = [&](const Json& requirement) -> Json {
    const Json own = {{"key", "scene"}, {"operator", "In"}, {"values", {scene.id()}}};
    return {{"selector", {{"matchExpressions", {own, requirement}}}}};
  };
  rule("in", expressions({{"key", "env"}, {"operator", "In"}, {"values", {"test", "stage"}}}));
  rule("notin", expressions({{"key", "env"}, {"operator", "NotIn"}, {"values", {"prod"}}}));
  rule("exists", expressions({{"key", "tier"}, {"operator", "Exists"}}));
  rule("absent", expressions({{"key", "env"}, {"operator", "DoesNotExist"}}));
  rule("glob", {{"names", {"team-????" + mine, "nobody-*"}}});
  rule("exclude", {{"names", {"*" + mine}}, {"exclude", {"team-o*", bare}}});
  rule("both", {{"names", {"team-*"}}, {"selector", {{"matchLabels", {{"scene", scene.id()}, {"env", "prod"}}}}}});

  const auto expect = [&](const std::string& ns, const Names& names) {
    Names hosts;
    for (const auto& name : names) hosts.push_back(name + ".example.com");
    eventually(ns + " has the hosts of its rules", kSoon, [&]() -> Seen {
      const auto found = hosts_in(scene, ns);
      return {found == hosts, Json(found).dump()};
    });
  };
  expect(prod, {"both", "exclude", "exists", "glob"});
  expect(test, {"exclude", "glob", "in", "notin"});
  expect(bare, {"absent", "notin"});
  expect(legacy, {"both"});
  scene.wait_counts("rule-glob", "2/2");
  scene.wait_counts("rule-exclude", "2/2");
  scene.wait_counts("rule-both", "2/2");
}

TEST_CASE("kube-system, kube-public, kube-node-lease and the operator's own namespace are never served",
          "[integration]") {
  Scene scene;
  auto spec = scene.spec(scene.make_credential("every"));
  spec["namespaces"] = {{"selector", Json::object()}, {"names", {"*", "kube-system", "harbor-pull-system"}}};
  scene.make_registry("every", spec);
  const auto ns = scene.make_namespace("every");
  scene.wait_attached(ns);
  scene.wait_attached("default");
  eventually("all is done", kSoon, [&]() -> Seen {
    const auto status = scene.registry("every").at("status");
    return {status.at("selected") > 1 && status.at("selected") == status.at("synced"), status.dump()};
  });
  for (const auto* never_served : {"kube-system", "kube-public", "kube-node-lease", "harbor-pull-system"}) {
    INFO(never_served);
    CHECK(scene.admin().get(support::secret_path(never_served, "harbor-pull")).status == 404);
    CHECK(references(scene, never_served).empty());
  }
}

TEST_CASE("ServiceAccounts are chosen by glob and by label, now and when they are made later", "[integration]") {
  Scene scene;
  const auto ns = scene.make_namespace("accounts", scene.selected());
  for (const auto& name : {"build-a", "build-b", "other"}) scene.make(accounts_of(ns), account_object(name));
  scene.make(accounts_of(ns), account_object("build-web", {{"tier", "web"}}));
  scene.make(accounts_of(ns), account_object("web", {{"tier", "web"}}));
  auto spec = scene.spec(scene.make_credential("accounts"));
  spec["serviceAccounts"] = {{"names", {"default", "build-?"}}};
  scene.make_registry("accounts", spec);
  for (const auto* account : {"default", "build-a", "build-b"}) scene.wait_attached(ns, account);
  scene.wait_ready("accounts");
  for (const auto* account : {"build-web", "web", "other"}) CHECK(references(scene, ns, account).empty());
  scene.make(accounts_of(ns), account_object("build-c"));
  scene.wait_attached(ns, "build-c");

  spec["serviceAccounts"] = {{"names", {"build-*"}}, {"selector", {{"matchLabels", {{"tier", "web"}}}}}};
  scene.make_registry("accounts", spec);
  scene.wait_attached(ns, "build-web");
  for (const auto* account : {"default", "build-a", "build-b", "build-c"}) scene.wait_detached(ns, account);
  CHECK(references(scene, ns, "web").empty());

  spec["serviceAccounts"]["names"] = {"*"};
  scene.make_registry("accounts", spec);
  scene.wait_attached(ns, "web");
  CHECK(references(scene, ns, "other").empty());
  scene.admin().merge_patch(support::service_account_path(ns, "other"),
                            {{"metadata", {{"labels", {{"tier", "web"}}}}}});
  scene.wait_attached(ns, "other");
  scene.wait_ready("accounts");
}

TEST_CASE("with mode None only the Secret is made, and turning to None takes our references away", "[integration]") {
  Scene scene;
  const auto ns = scene.make_namespace("none", scene.selected());
  wait_account(scene, ns);
  auto spec = scene.spec(scene.make_credential("none"));
  spec["serviceAccounts"] = {{"mode", "None"}};
  scene.make_registry("none", spec);
  scene.wait_secret(ns, scene.password());
  const auto ready = scene.wait_ready("none");
  CHECK(support::condition(ready, "ServiceAccountsAttached").at("status") == "True");
  CHECK(references(scene, ns).empty());
  scene.patch_registry("none", {{"spec", {{"serviceAccounts", {{"mode", "Attach"}}}}}});
  scene.wait_attached(ns);
  scene.patch_registry("none", {{"spec", {{"serviceAccounts", {{"mode", "None"}}}}}});
  scene.wait_detached(ns);
  CHECK(support::auths(pull_secret(scene, ns)).contains(kHost));
}

TEST_CASE(
    "entries of others in imagePullSecrets stay with their order, and one of our name that was there before us stays "
    "for ever",
    "[integration]") {
  Scene scene;
  const auto ns = scene.make_namespace("foreign", scene.selected());
  scene.make(accounts_of(ns), account_object("mixed", {}, {"zeta", "alpha", "zeta-2"}));
  scene.make(accounts_of(ns), account_object("before", {}, {"first", "harbor-pull", "last"}));
  auto spec = scene.spec(scene.make_credential("foreign"));
  spec["serviceAccounts"] = {{"names", {"default", "mixed", "before"}}};
  scene.make_registry("foreign", spec);
  scene.wait_attached(ns);
  scene.wait_attached(ns, "mixed");
  scene.wait_ready("foreign");
  CHECK(references(scene, ns, "mixed") == Names{"zeta", "alpha", "zeta-2", "harbor-pull"});
  CHECK(references(scene, ns, "before") == Names{"first", "harbor-pull", "last"});
  const auto before = scene.admin().get(support::service_account_path(ns, "before")).require();
  CHECK_FALSE(before.at("metadata").contains("annotations"));

  // Somebody adds one behind ours; on the way back only ours goes.
  scene.admin()
      .json_patch(support::service_account_path(ns, "mixed"),
                  Json::parse(R"([{"op":"add","path":"/imagePullSecrets/-","value":{"name":"omega"}}])"))
      .require();
  scene.admin().remove(support::registry_path("foreign")).require();
  scene.wait_no_secret(ns);
  scene.wait_detached(ns);
  scene.wait_detached(ns, "mixed");
  CHECK(references(scene, ns, "mixed") == Names{"zeta", "alpha", "zeta-2", "omega"});
  CHECK(scene.admin().get(support::service_account_path(ns, "before")).require() == before);
}

TEST_CASE("a changed credential reaches every namespace in place, whichever way the source was changed",
          "[integration]") {
  Scene scene;
  scene.make_credential("rotated", "-1");
  scene.make_registry("rotated", scene.spec("rotated"));
  std::vector<std::string> namespaces;
  for (int i = 0; i < 4; ++i) namespaces.push_back(scene.make_namespace("rotated", scene.selected()));
  std::map<std::string, Json> uids;
  for (const auto& ns : namespaces) {
    scene.wait_secret(ns, scene.password("-1"));
    scene.wait_attached(ns);
    uids[ns] = pull_secret(scene, ns).at("metadata").at("uid");
  }
  scene.wait_ready("rotated");
  const auto account = scene.admin().get(support::service_account_path(namespaces[0], "default")).require();
  const auto expect = [&](const std::string& password) {
    for (const auto& ns : namespaces) {
      scene.wait_secret(ns, password);
      CHECK(pull_secret(scene, ns).at("metadata").at("uid") == uids[ns]);
    }
    scene.wait_ready("rotated");
  };
  scene.make_credential("rotated", "-2");
  expect(scene.password("-2"));
  // Deleted and made again, as some tools do it.
  scene.admin().remove(kOwnSecrets + "/rotated").require();
  scene.make_credential("rotated", "-3");
  expect(scene.password("-3"));
  // Another Secret is named.
  scene.make_credential("rotated-other", "-4");
  scene.patch_registry("rotated", {{"spec", {{"credential", {{"secretRef", {{"name", "rotated-other"}}}}}}}});
  expect(scene.password("-4"));
  CHECK(scene.admin().get(support::service_account_path(namespaces[0], "default")).require() == account);
}

TEST_CASE("registries of different hosts share one Secret, and one that leaves leaves the other's entry",
          "[integration]") {
  Scene scene;
  const auto both = scene.make_namespace("both", scene.selected());
  scene.make_credential("one", "-one");
  scene.make_credential("two", "-two");
  scene.make_registry("one", scene.spec("one", "one.example.com"));
  scene.wait_secret(both, scene.password("-one"), "one.example.com");
  const auto uid = pull_secret(scene, both).at("metadata").at("uid");
  scene.make_registry("two", scene.spec("two", "two.example.com:8443"));
  scene.wait_secret(both, scene.password("-two"), "two.example.com:8443");
  scene.wait_attached(both);
  scene.wait_ready("one");
  scene.wait_ready("two");
  auto secret = pull_secret(scene, both);
  CHECK(hosts_in(scene, both) == Names{"one.example.com", "two.example.com:8443"});
  CHECK(secret.at("metadata").at("annotations").at("harborpull.io/registries") == "one,two");
  CHECK(secret.at("metadata").at("uid") == uid);
  CHECK(references(scene, both) == Names{"harbor-pull"});
  const auto account = scene.admin().get(support::service_account_path(both, "default")).require();

  scene.admin().remove(support::registry_path("one")).require();
  eventually("only the entry of two is left", kSoon,
             [&] { return hosts_in(scene, both) == Names{"two.example.com:8443"}; });
  eventually("one is gone", kSoon, [&] { return scene.admin().get(support::registry_path("one")).status == 404; });
  secret = pull_secret(scene, both);
  CHECK(secret.at("metadata").at("annotations").at("harborpull.io/registries") == "two");
  CHECK(secret.at("metadata").at("uid") == uid);
  CHECK(support::auths(secret).at("two.example.com:8443").at("password") == scene.password("-two"));
  CHECK(scene.admin().get(support::service_account_path(both, "default")).require() == account);
  scene.wait_ready("two");
  scene.admin().remove(support::registry_path("two")).require();
  scene.wait_no_secret(both);
  scene.wait_detached(both);
}

TEST_CASE("a second --secret-name that role and guard name gives a second Secret beside the first", "[integration]") {
  Scene scene(Scene::Begin::kWithoutOperator);
  const SecondSecretName right(scene, "second-pull");
  scene.start_operator({.args = {"--secret-name", "harbor-pull", "--secret-name", "second-pull"}});
  const auto ns = scene.make_namespace("second", scene.selected());
  scene.make_registry("first", scene.spec(scene.make_credential("first", "-first")));
  auto spec = scene.spec(scene.make_credential("second", "-second"), "second.example.com");
  spec["secretName"] = "second-pull";
  scene.make_registry("second", spec);
  scene.wait_secret(ns, scene.password("-first"));
  scene.wait_secret(ns, scene.password("-second"), "second.example.com", "second-pull");
  scene.wait_attached(ns);
  scene.wait_attached(ns, "default", "second-pull");
  scene.wait_ready("first");
  scene.wait_ready("second");
  CHECK(support::auths(scene.admin(), ns).size() == 1);
  CHECK(support::auths(scene.admin(), ns, "second-pull").size() == 1);
  scene.admin().remove(support::registry_path("second")).require();
  scene.wait_no_secret(ns, "second-pull");
  scene.wait_detached(ns, "default", "second-pull");
  CHECK(references(scene, ns) == Names{"harbor-pull"});
  CHECK(hosts_in(scene, ns) == Names{kHost});
  eventually("second is gone", kSoon,
             [&] { return scene.admin().get(support::registry_path("second")).status == 404; });
}
