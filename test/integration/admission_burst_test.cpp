// Everything of 200 namespaces applied in one go: how many Pods are born without the reference.
#include <atomic>
#include <catch2/catch.hpp>
#include <iostream>
#include <thread>

#include "integration/policy_stage.hpp"
#include "support/operator.hpp"

using namespace integration;
using support::Answer;
using support::Json;
using support::Millis;

namespace {

constexpr int kNamespaces = 200;
constexpr int kPodsOfDeployment = 2;
constexpr int kPodsEach = 2 + kPodsOfDeployment;  // two of them bare
constexpr int kRounds = 5;
constexpr int kHands = 8;
constexpr Millis kPatience{120'000};

Json pod_spec(const std::string& account) {
  return {{"serviceAccountName", account},
          {"containers", {{{"name", "app"}, {"image", "harbor.example.com/team/app:1"}}}}};
}

Json pod(const std::string& name, const std::string& account) {
  return {{"apiVersion", "v1"},
          {"kind", "Pod"},
          {"metadata", {{"name", name}, {"labels", {{"burst", "yes"}}}}},
          {"spec", pod_spec(account)}};
}

Json deployment() {
  const Json labels = {{"burst", "yes"}, {"app", "web"}};
  return {{"apiVersion", "apps/v1"},
          {"kind", "Deployment"},
          {"metadata", {{"name", "web"}}},
          {"spec",
           {{"replicas", kPodsOfDeployment},
            {"selector", {{"matchLabels", {{"app", "web"}}}}},
            {"template", {{"metadata", {{"labels", labels}}}, {"spec", pod_spec("default")}}}}}};
}

/// One cluster with the operator and a registry that selects namespaces with label burst=yes.
class Stage {
 public:
  Stage() {
    support::install(plane_);
    admin()
        .apply(support::secret_path(support::kOperatorNamespace, "burst"),
               support::basic_auth_secret(support::kOperatorNamespace, "burst", "robot$burst", "burst-password-1"))
        .require();
    operator_.emplace(plane_);
    operator_->wait_ready();
    const Json spec = {{"host", "harbor.example.com"},
                       {"endpoint", "http://127.0.0.1:1"},  // nobody listens, which blocks nothing
                       {"tls", {{"verification", "Insecure"}}},
                       {"credential", {{"secretRef", {{"name", "burst"}}}}},
                       {"namespaces", {{"selector", {{"matchLabels", {{"burst", "yes"}}}}}}},
                       {"serviceAccounts", {{"names", {"default", "build", "web-*", "harbor-pull-probe"}}}}};
    const Json registry = {{"apiVersion", "harborpull.io/v1alpha1"},
                           {"kind", "HarborRegistry"},
                           {"metadata", {{"name", "burst"}}},
                           {"spec", spec}};
    admin().apply(support::registry_path("burst"), registry).require();
    make_namespace("burst-probe");
  }

  [[nodiscard]] const support::Client& admin() const { return plane_.client(); }
  [[nodiscard]] const support::ControlPlane& plane() const { return plane_; }
  void make_namespace(const std::string& name) const {
    admin().create("/api/v1/namespaces", support::namespace_object(name, {{"burst", "yes"}})).require();
  }
  /// Everything of kNamespaces namespaces at once; returns how often a bare Pod had to be sent again because its
  /// ServiceAccount was not there yet.
  int apply_all(const std::string& stem) const;
  /// Pods of the namespaces that begin with `stem`, once all are there.
  [[nodiscard]] std::vector<Json> pods(const std::string& stem) const;

 private:
  int apply_one(const std::string& ns) const;
  support::ControlPlane plane_{{.audit = false}};
  std::optional<support::Operator> operator_;
};

int Stage::apply_one(const std::string& ns) const {
  make_namespace(ns);
  const auto core = support::namespace_path(ns);
  for (const auto* account : {"build", "web-front"}) {
    const Json object = {{"apiVersion", "v1"}, {"kind", "ServiceAccount"}, {"metadata", {{"name", account}}}};
    admin().create(core + "/serviceaccounts", object).require();
  }
  admin().create("/apis/apps/v1/namespaces/" + ns + "/deployments", deployment()).require();
  int again = 0;
  for (const auto& one : {pod("bare", "default"), pod("bare-build", "build")}) {
    auto answer = admin().create(core + "/pods", one);
    for (int tries = 0; answer.status == 403 && tries < 500; ++tries, ++again) {
      std::this_thread::sleep_for(Millis{20});
      answer = admin().create(core + "/pods", one);
    }
    answer.require();
  }
  return again;
}

int Stage::apply_all(const std::string& stem) const {
  std::atomic<int> next{0};
  std::atomic<int> again{0};
  std::atomic<bool> failed{false};
  {
    std::vector<std::jthread> hands;
    for (int i = 0; i < kHands; ++i) {
      hands.emplace_back([&] {
        try {
          for (int n = next++; n < kNamespaces; n = next++) again += apply_one(stem + "-" + std::to_string(n));
        } catch (const std::exception& error) {
          failed = true;
          std::cerr << error.what() << '\n';
        }
      });
    }
  }
  REQUIRE_FALSE(failed);
  return again;
}

std::vector<Json> Stage::pods(const std::string& stem) const {
  std::vector<Json> found;
  support::eventually("the controllers have made every Pod", kPatience, [&]() -> support::Seen {
    found = admin().list("/api/v1/pods?labelSelector=burst%3Dyes");
    std::erase_if(found,
                  [&](const Json& one) { return !one["metadata"].value("namespace", "").starts_with(stem + "-"); });
    return {found.size() == static_cast<std::size_t>(kNamespaces) * kPodsEach, std::to_string(found.size())};
  });
  return found;
}

std::size_t without_reference(const std::vector<Json>& pods) {
  return static_cast<std::size_t>(std::count_if(pods.begin(), pods.end(), [](const Json& one) {
    return reference_names(one.at("spec")) != std::vector<std::string>{"harbor-pull"};
  }));
}

}  // namespace

TEST_CASE("of all that is applied at once no Pod is born without the reference, five times over", "[integration]") {
  const Stage stage;
  int refused = stage.apply_all("without");
  auto pods = stage.pods("without");
  std::cout << "without the policy: " << without_reference(pods) << " of " << pods.size()
            << " Pods were born without the reference; " << refused << " times a Pod came before its ServiceAccount\n";
  install_policy(stage.plane());
  wait_in_force(stage.plane(), "burst-probe");
  for (int round = 1; round <= kRounds; ++round) {
    const auto stem = "round" + std::to_string(round);
    refused = stage.apply_all(stem);
    pods = stage.pods(stem);
    INFO(stem);
    CHECK(without_reference(pods) == 0);
    std::cout << stem << ": " << without_reference(pods) << " of " << pods.size() << " without it; " << refused
              << " times a Pod came before its ServiceAccount\n";
  }
}
