// The admission policy and ServiceAccounts: born with the reference, as the registries say, and nothing else changed.
#include "integration/policy_stage.hpp"
#include "integration/scene.hpp"

using namespace integration;

namespace {

using Names = std::vector<std::string>;

constexpr const char* kOwned = "attached.harborpull.io/harbor-pull";

/// A scene with the policy in force. `none`: without an operator, so that all there is comes from the policy.
class Stage {
 public:
  explicit Stage(Scene::Begin begin = Scene::Begin::kWithoutOperator) : scene(begin) {
    install_policy(scene.cluster());
  }

  /// A registry that selects what `scene.selected()` labels, changed by `change`; waits until the policy knows it.
  void make_registry(const std::string& name, const Json& change = Json::object()) {
    auto spec = scene.spec(scene.make_credential(name));
    spec.merge_patch(change);
    scene.make_registry(name, spec);
    if (probe_.empty()) probe_ = scene.make_namespace("probe", scene.selected());
  }
  /// Waits until the policy has heard of the last change: then ServiceAccount `account` in `ns` would be born so.
  void wait_born(const std::string& ns, const std::string& account, const Names& references) const {
    eventually(ns + "/" + account + " is born with other references", kSoon, [&]() -> Seen {
      const auto found = reference_names(born(scene.admin(), ns, account));
      return {found == references, Json(found).dump()};
    });
  }
  [[nodiscard]] const std::string& probe() const { return probe_; }

  Scene scene;

 private:
  std::string probe_;
};

const Names kOurs = {"harbor-pull"};

Json account_in(const Scene& scene, const std::string& ns, const std::string& name = "default") {
  Json found;
  eventually(ns + " has ServiceAccount " + name, kSoon, [&] {
    const auto answer = scene.admin().get(support::service_account_path(ns, name));
    found = answer.json;
    return answer.ok();
  });
  return found;
}

bool owned(const Json& account) { return account.at("metadata").value("annotations", Json::object()).contains(kOwned); }

}  // namespace

TEST_CASE("a namespace's default ServiceAccount is born with the reference, without any operator", "[integration]") {
  Stage stage;
  stage.make_registry("born");
  stage.wait_born(stage.probe(), "default-x", {});
  stage.make_registry("born", {{"serviceAccounts", {{"names", {"default", "build-*"}}}}});
  stage.wait_born(stage.probe(), "build-1", kOurs);
  const auto account = account_in(stage.scene, stage.scene.make_namespace("born", stage.scene.selected()));
  CHECK(reference_names(account) == kOurs);
  CHECK(owned(account));
  CHECK_FALSE(account.contains("secrets"));
  const auto other = account_in(stage.scene, stage.scene.make_namespace("other"));
  CHECK_FALSE(other.contains("imagePullSecrets"));
  CHECK_FALSE(owned(other));
}

TEST_CASE("the policy follows every change of the resource by itself", "[integration]") {
  Stage stage;
  const Json everyone = {{"serviceAccounts", {{"names", {"*"}}}}};
  stage.make_registry("follow", everyone);
  const auto& ns = stage.probe();
  stage.wait_born(ns, "one", kOurs);
  const auto change_and_back = [&](const Json& change, const Json& back) {
    INFO(change.dump());
    stage.scene.patch_registry("follow", {{"spec", change}});
    stage.wait_born(ns, "one", {});
    stage.scene.patch_registry("follow", {{"spec", back}});
    stage.wait_born(ns, "one", kOurs);
  };
  change_and_back({{"suspend", true}}, {{"suspend", false}});
  change_and_back({{"serviceAccounts", {{"mode", "None"}}}}, {{"serviceAccounts", {{"mode", "Attach"}}}});
  change_and_back({{"serviceAccounts", {{"names", {"two"}}}}}, everyone);
  change_and_back({{"serviceAccounts", {{"selector", {{"matchLabels", {{"a", "b"}}}}}}}},
                  {{"serviceAccounts", {{"selector", nullptr}}}});
  change_and_back({{"namespaces", {{"exclude", {ns}}}}}, {{"namespaces", {{"exclude", nullptr}}}});
  change_and_back({{"namespaces", {{"names", {"no-*"}}}}}, {{"namespaces", {{"names", nullptr}}}});

  // Being deleted, but held: whoever deletes it does not want it any more.
  stage.scene.patch_registry("follow", {{"metadata", {{"finalizers", {"example.com/hold"}}}}});
  stage.scene.admin().remove(support::registry_path("follow")).require();
  stage.wait_born(ns, "one", {});
  stage.scene.patch_registry("follow", {{"metadata", {{"finalizers", nullptr}}}});
}

TEST_CASE("who says no by annotation is left alone, and so are the namespaces that nobody selects", "[integration]") {
  Stage stage;
  stage.make_registry("ignored",
                      {{"serviceAccounts", {{"names", {"*"}}}}, {"namespaces", {{"selector", Json::object()}}}});
  stage.wait_born(stage.probe(), "one", kOurs);
  const auto refusing = stage.scene.make_namespace("refusing");
  const Json no = {{"metadata", {{"annotations", {{"harborpull.io/ignore", "true"}}}}}};
  stage.scene.admin().merge_patch(support::namespace_path(refusing), no).require();
  stage.wait_born(refusing, "one", {});
  for (const auto* ns : {"kube-system", "kube-public", support::kOperatorNamespace}) {
    INFO(ns);
    CHECK(reference_names(born(stage.scene.admin(), ns, "one")).empty());
  }
  auto object = born(stage.scene.admin(), stage.probe(), "bare");
  object = {{"apiVersion", "v1"}, {"kind", "ServiceAccount"}, {"metadata", {{"name", "says-no"}}}};
  object["metadata"]["annotations"] = no["metadata"]["annotations"];
  const auto made =
      stage.scene.admin().create(support::namespace_path(stage.probe()) + "/serviceaccounts", object).require();
  CHECK(reference_names(made).empty());
  CHECK_FALSE(owned(made));
}

TEST_CASE("entries that are there stay, in their order, and are not taken for ours", "[integration]") {
  Stage stage;
  stage.make_registry("entries", {{"serviceAccounts", {{"names", {"*"}}}}});
  const auto& ns = stage.probe();
  stage.wait_born(ns, "one", kOurs);
  const auto make = [&](const char* name, const Json& references) {
    const Json object = {{"apiVersion", "v1"},
                         {"kind", "ServiceAccount"},
                         {"metadata", {{"name", name}, {"annotations", {{"team", "a"}}}}},
                         {"imagePullSecrets", references}};
    return stage.scene.admin().create(support::namespace_path(ns) + "/serviceaccounts", object).require();
  };
  const auto others = make("others", {{{"name", "b"}}, {{"name", "a"}}});
  CHECK(reference_names(others) == Names{"b", "a", "harbor-pull"});
  CHECK(owned(others));
  CHECK(others.at("metadata").at("annotations").at("team") == "a");
  const auto already = make("already", {{{"name", "harbor-pull"}}, {{"name", "a"}}});
  CHECK(reference_names(already) == Names{"harbor-pull", "a"});
  CHECK_FALSE(owned(already));
}

TEST_CASE("what the policy placed the operator takes away with the selection, and nothing else", "[integration]") {
  Stage stage(Scene::Begin::kWithOperator);
  stage.make_registry("agree", {{"serviceAccounts", {{"names", {"*"}}}}});
  const auto& ns = stage.probe();
  stage.wait_born(ns, "one", kOurs);
  const auto collection = support::namespace_path(ns) + "/serviceaccounts";
  const auto make = [&](const char* name, const Json& references) {
    stage.scene.admin()
        .create(collection, {{"apiVersion", "v1"},
                             {"kind", "ServiceAccount"},
                             {"metadata", {{"name", name}}},
                             {"imagePullSecrets", references}})
        .require();
  };
  make("ours", Json::array());
  make("mixed", {{{"name", "other"}}});
  make("theirs", {{{"name", "harbor-pull"}}});
  stage.scene.wait_secret(ns, stage.scene.password());
  stage.scene.wait_counts("agree", "1/1");
  for (const auto* name : {"ours", "mixed", "theirs"}) stage.scene.wait_attached(ns, name);
  stage.scene.admin()
      .merge_patch(support::namespace_path(ns), {{"metadata", {{"labels", {{"scene", nullptr}}}}}})
      .require();
  for (const auto* name : {"ours", "mixed", "default"}) stage.scene.wait_detached(ns, name);
  stage.scene.wait_no_secret(ns);
  CHECK(reference_names(account_in(stage.scene, ns, "mixed")) == Names{"other"});
  CHECK(reference_names(account_in(stage.scene, ns, "theirs")) == kOurs);
  CHECK_FALSE(owned(account_in(stage.scene, ns, "ours")));
}

TEST_CASE("what somebody else applies again and again keeps what it was born with, or takes it away itself",
          "[integration]") {
  Stage stage;
  stage.make_registry("applied", {{"serviceAccounts", {{"names", {"*"}}}}});
  const auto& ns = stage.probe();
  stage.wait_born(ns, "one", kOurs);
  for (const std::string tool : {"flux", "argocd-controller"}) {
    const auto client = stage.scene.admin().with_field_manager(tool);
    const auto apply = [&](const std::string& name, int round, const Json& list) {
      Json object = {{"apiVersion", "v1"}, {"kind", "ServiceAccount"}};
      object["metadata"] = {{"name", name}, {"labels", {{"round", std::to_string(round)}}}};
      if (!list.is_null()) object["imagePullSecrets"] = list;
      return client.apply(support::service_account_path(ns, name), object, tool != "flux").require();
    };
    for (int round = 0; round < 3; ++round) {
      INFO(tool << " " << round);
      CHECK(reference_names(apply(tool + "-bare", round, nullptr)) == kOurs);
      const auto own = reference_names(apply(tool + "-own", round, {{{"name", "theirs"}}}));
      CHECK(own == (round == 0 ? Names{"theirs", "harbor-pull"} : Names{"theirs"}));
    }
  }
}

TEST_CASE("the status says who places the references, as it is seen", "[integration]") {
  Stage stage(Scene::Begin::kWithOperator);
  stage.make_registry("placed", {{"serviceAccounts", {{"names", {"default", "harbor-pull-probe"}}}}});
  const auto& ns = stage.probe();
  wait_in_force(stage.scene.cluster(), ns);  // it goes as slowly as it comes
  remove_policy(stage.scene.cluster());
  wait_in_force(stage.scene.cluster(), ns, false);
  const auto placed_by = [&](const std::string& expected) {
    eventually("references are placed by " + expected, kSoon, [&]() -> Seen {
      const auto status = stage.scene.registry("placed").value("status", Json::object());
      const auto message = support::condition(stage.scene.registry("placed"), "ServiceAccountsAttached").dump();
      const bool told = message.find(expected == "Operator" ? "install deploy/admission"
                                                            : "at creation by the admission") != std::string::npos;
      return {status.value("referencesPlacedBy", "") == expected && told, status.dump()};
    });
  };
  const auto younger = [&] {
    std::this_thread::sleep_for(Millis{1'100});  // creation times have whole seconds
    stage.scene.wait_attached(stage.scene.make_namespace("younger", stage.scene.selected()));
  };
  younger();
  placed_by("Operator");
  install_policy(stage.scene.cluster());
  wait_in_force(stage.scene.cluster(), ns);
  younger();
  placed_by("AdmissionPolicy");
}

TEST_CASE("the policy works while the operator is down, and after a restart of the API server", "[integration]") {
  Stage stage(Scene::Begin::kWithOperator);
  stage.make_registry("weather", {{"serviceAccounts", {{"names", {"*"}}}}});
  stage.wait_born(stage.probe(), "one", kOurs);
  stage.scene.stop_operator();
  const auto ns = stage.scene.make_namespace("weather", stage.scene.selected());
  CHECK(reference_names(account_in(stage.scene, ns)) == kOurs);
  auto& cluster = stage.scene.cluster();
  cluster.stop(support::Component::kApiServer);
  cluster.start(support::Component::kApiServer);
  eventually("the policy is in force again", Millis{60'000}, [&] {
    const auto answer = stage.scene.admin().create(
        support::namespace_path(ns) + "/serviceaccounts?dryRun=All",
        {{"apiVersion", "v1"}, {"kind", "ServiceAccount"}, {"metadata", {{"name", "after"}}}});
    return answer.ok() && reference_names(answer.json) == kOurs;
  });
}
