// Opt-in for clusters without the admission policy: the operator makes ServiceAccount default itself.
#include <atomic>
#include <iostream>
#include <thread>

#include "integration/policy_stage.hpp"
#include "integration/scene.hpp"
#include "support/watcher.hpp"

using namespace integration;

namespace {

using Names = std::vector<std::string>;

constexpr int kNamespaces = 60;
constexpr int kHands = 8;

constexpr std::string_view kRights = "default-service-account";

support::OperatorOptions making_accounts() { return {.args = {"--create-default-service-account"}}; }

/// Many namespaces at once.
Names burst(Scene& scene) {
  std::vector<std::string> names(kNamespaces);
  for (int i = 0; i < kNamespaces; ++i) names[static_cast<std::size_t>(i)] = scene.id() + "-race-" + std::to_string(i);
  std::atomic<std::size_t> next{0};
  std::vector<std::jthread> hands;
  for (int i = 0; i < kHands; ++i) {
    hands.emplace_back([&] {
      for (auto n = next++; n < names.size(); n = next++) {
        const auto made =
            scene.admin().create("/api/v1/namespaces", support::namespace_object(names[n], scene.selected()));
        if (!made.ok()) std::cerr << made.text() << '\n';  // the counts will not be right
      }
    });
  }
  return names;
}

}  // namespace

TEST_CASE("default is made with the reference as often as the race is won, and right in any case", "[integration]") {
  auto& cluster = support::shared_control_plane();
  Scene scene(Scene::Begin::kWithoutOperator);
  support::apply_option(cluster, kRights);
  scene.start_operator(making_accounts());
  scene.make_registry("race", scene.spec(scene.make_credential("race")));
  scene.wait_counts("race", "0/0");
  const support::Watcher accounts(scene.admin(), "/api/v1/serviceaccounts?fieldSelector=metadata.name%3Ddefault");
  const auto names = burst(scene);
  scene.wait_counts("race", std::to_string(kNamespaces) + "/" + std::to_string(kNamespaces));
  std::set<std::string> seen;
  const auto of_ours = [&](const support::Event& event) {
    return event.ns().starts_with(scene.id() + "-race-") && seen.insert(event.ns()).second;
  };
  REQUIRE(accounts.wait_for_count(names.size(), kSoon, of_ours));
  std::map<std::string, Names> first;
  for (const auto& event : accounts.events()) first.emplace(event.ns(), reference_names(event.object));
  int born = 0;
  for (const auto& ns : names) {
    born += first.at(ns) == Names{"harbor-pull"} ? 1 : 0;
    CHECK(support::pull_secret_names(scene.admin(), ns) == Names{"harbor-pull"});
  }
  std::cout << born << " of " << kNamespaces << " ServiceAccounts default were born with the reference\n";
  CHECK_FALSE(
      scene.op().logged("may not make ServiceAccount default, and goes on without: kubectl apply -k "
                        "deploy/default-service-account gives the right; then restart the operator"));

  // What it made is taken back like anything else, and others may go on applying it.
  const auto& ns = names.front();
  scene.admin()
      .with_field_manager("flux")
      .apply(support::service_account_path(ns, "default"),
             {{"apiVersion", "v1"},
              {"kind", "ServiceAccount"},
              {"metadata", {{"name", "default"}, {"labels", {{"a", "b"}}}}}},
             false)
      .require();
  CHECK(support::pull_secret_names(scene.admin(), ns) == Names{"harbor-pull"});
  scene.admin().merge_patch(support::namespace_path(ns), {{"metadata", {{"labels", {{"scene", nullptr}}}}}}).require();
  scene.wait_detached(ns);
  scene.wait_no_secret(ns);
  for (const auto& name : names) scene.admin().remove(support::namespace_path(name));
}

TEST_CASE("without the right it is said once, and all goes on as ever", "[integration]") {
  auto& cluster = support::shared_control_plane();
  Scene scene(Scene::Begin::kWithoutOperator);
  support::delete_option(cluster, kRights);
  scene.start_operator(making_accounts());
  scene.make_registry("bare", scene.spec(scene.make_credential("bare")));
  const std::string said = "may not make ServiceAccount default";
  const auto times = [&] {
    const auto log = scene.op().log_text();
    int count = 0;
    for (auto at = log.find(said); at != std::string::npos; at = log.find(said, at + 1)) ++count;
    return count;
  };
  // It tries only where the operator is the quicker one, which is most of the time.
  for (int i = 0; i < 30 && times() == 0; ++i) scene.wait_attached(scene.make_namespace("bare", scene.selected()));
  for (int i = 0; i < 5; ++i) scene.wait_attached(scene.make_namespace("bare", scene.selected()));
  scene.wait_ready("bare");
  CHECK(times() == 1);
}
