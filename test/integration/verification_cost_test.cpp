// What it costs to verify again and again what does not change, and to start again beside it.
#include "integration/given_scene.hpp"

using namespace integration;

namespace {

constexpr Millis kRounds{16'000};  // of 5 s each

/// "GET /v2/", with the query only as far as it matters: whether a scope was asked for.
std::string shape(const Json& request) {
  const auto target = request.at("target").get<std::string>();
  const auto path = target.substr(0, target.find('?'));
  return request.at("method").get<std::string>() + " " + path + (has(target, "scope=") ? " scope" : "");
}

/// Whole rounds only: three requests each, always the same.
void check_rounds(const std::vector<Json>& requests) {
  const std::vector<std::string> round{"GET /v2/", "GET /service/token", "GET /service/token scope"};
  REQUIRE(requests.size() >= 2 * round.size());
  CHECK(requests.size() <= 4 * round.size());
  std::vector<std::string> seen;
  std::vector<std::string> expected;
  for (const auto& request : requests) {
    expected.push_back(round[seen.size() % round.size()]);
    seen.push_back(shape(request));
  }
  CHECK(seen == expected);
}

/// Two registries on one Harbor, each with a namespace: a given credential, and a robot for all.
void settle_both(Scene& scene, const HarborDouble& harbor) {
  harbor.make_project("team-a");
  const auto login = login_of(make_puller(harbor, "team-a", "puller"));
  auto given = given_spec(scene, harbor, make_account(scene, "given", login), {"team-a"});
  given["namespaces"] = {{"names", {scene.make_namespace("given")}}};
  auto minted = robot_spec(scene, harbor, make_account(scene, "minted-admin", HarborDouble::admin()));
  minted["namespaces"] = {{"names", {scene.make_namespace("minted")}}};
  scene.make_registry("given", given);
  scene.make_registry("minted", minted);
  for (const auto* name : {"given", "minted"}) {
    scene.wait_counts(name, "1/1");
    scene.wait_ready(name);
    scene.wait_condition(name, "RegistryReachable", "True", "Reachable");
  }
}

}  // namespace

TEST_CASE("a verification is three requests to Harbor and none to Kubernetes", "[integration]") {
  const auto kind = GENERATE(as<std::string>{}, "given", "minted");
  const HarborDouble harbor;
  harbor.make_project("team-a");
  Scene scene;
  scene.make_namespace("cheap", scene.selected());
  if (kind == "given") {
    const auto login = login_of(make_puller(harbor, "team-a", "puller"));
    scene.make_registry("cheap", given_spec(scene, harbor, make_account(scene, "cheap", login), {"team-a"}));
  } else {
    scene.make_registry("cheap", robot_spec(scene, harbor, make_account(scene, "cheap", HarborDouble::admin())));
  }
  scene.wait_counts("cheap", "1/1");
  scene.wait_ready("cheap");
  scene.wait_condition("cheap", "CredentialValid", "True", "Verified");

  const auto audit = audit_from_now(scene);  // waits until what was begun is done
  harbor.forget_requests();
  eventually("a round is over", kSoon, [&] { return harbor.requests().size() >= 3; });
  harbor.forget_requests();
  never("the operator asks Kubernetes for anything", kRounds, [&]() -> Seen {
    const auto seen = support::without_leases(audit.since_mark());
    return {!seen.empty(), support::text(seen)};
  });
  check_rounds(harbor.requests());
}

TEST_CASE("a start with everything in order asks Harbor once and writes nothing", "[integration]") {
  const HarborDouble harbor;
  Scene scene;
  settle_both(scene, harbor);
  scene.stop_operator();
  const auto audit = audit_from_now(scene);
  harbor.forget_requests();
  scene.start_operator();
  writes_nothing(audit, Millis{4'000});
  // Two credentials, each verified once.
  const auto requests = harbor.requests();
  CHECK(requests.size() == 6);
  for (const auto* name : {"given", "minted"}) {
    INFO(name);
    CHECK(support::condition(scene.registry(name), "RegistryReachable").at("status") == "True");
    CHECK(support::condition(scene.registry(name), "CredentialValid").at("reason") == "Verified");
  }
}
