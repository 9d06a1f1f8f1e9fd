// `harbor-pull check`, as `helm test` runs it, under the rights that are shipped.
#include <csignal>

#include "integration/scene.hpp"

using namespace integration;

namespace {

/// As the operator itself: its kubeconfig.
support::Ran check(Scene& scene, const std::string& timeout, std::vector<std::string> more = {}) {
  std::vector<std::string> argv = {support::operator_program(),      "check",     "--kubeconfig",
                                   scene.op().kubeconfig().string(), "--timeout", timeout};
  argv.insert(argv.end(), more.begin(), more.end());
  auto ran = support::run(argv);
  scene.heard(ran.out + ran.err);
  return ran;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a sound installation without any registry passes its own check", "[integration]") {
  Scene scene;
  const auto ran = check(scene, "1s");
  INFO(ran.out << ran.err);
  CHECK(ran.code == 0);
  CHECK(has(ran.out, "ok    all "));
  CHECK(has(ran.out, "ok    the kind HarborRegistry is served"));
  CHECK_FALSE(has(ran.out, "FAIL"));
}

TEST_CASE("the check says of each registry whether it is ready, and why not", "[integration]") {
  Scene scene;
  scene.make_registry("check-good", scene.spec(scene.make_credential("check-good")));
  scene.make_registry("check-bad", scene.spec("is-not-there", "other.example.com"));
  auto asleep = scene.spec("is-not-there-either", "third.example.com");
  asleep["suspend"] = true;
  scene.make_registry("check-asleep", asleep);
  scene.wait_ready("check-good");
  const auto ran = check(scene, "1s");
  INFO(ran.out << ran.err);
  CHECK(ran.code == 1);
  CHECK(has(ran.out, "ok    HarborRegistry check-good is ready"));
  CHECK(has(ran.out, "FAIL  HarborRegistry check-bad is not ready: CredentialSecretMissing: "));
  CHECK(has(ran.out, "ok    HarborRegistry check-asleep is suspended"));
}

TEST_CASE("the check waits for what becomes well within its time", "[integration]") {
  Scene scene;
  scene.make_registry("check-late", scene.spec("check-late"));
  scene.wait_condition("check-late", "Ready", "False", "CredentialSecretMissing");
  std::jthread later([&] {
    // after the first look, which takes some milliseconds; the check passes as well when this comes before it
    scene.cluster().kubectl({"create", "secret", "generic", "check-late", "-n", support::kOperatorNamespace, "--type",
                             "kubernetes.io/basic-auth", "--from-literal=username=u",
                             "--from-literal=password=" + scene.password()});
  });
  const auto ran = check(scene, "60s");
  INFO(ran.out << ran.err);
  CHECK(ran.code == 0);
  later.join();
  scene.cluster().kubectl({"delete", "secret", "check-late", "-n", support::kOperatorNamespace});
}

TEST_CASE("the check fails when no operator leads, however ready the registries once were", "[integration]") {
  Scene scene;
  scene.make_registry("check-alone", scene.spec(scene.make_credential("check-alone")));
  scene.wait_ready("check-alone");
  auto& op = scene.op();
  const auto kubeconfig = op.kubeconfig().string();
  op.process().signal(SIGSTOP);  // it does not give its lease back
  const auto held = support::run({support::operator_program(), "check", "--kubeconfig", kubeconfig, "--timeout", "0s"});
  op.process().signal(SIGCONT);
  INFO(held.out << held.err);
  CHECK(held.code == 1);
  CHECK(has(held.out, "FAIL  no operator leads in namespace harbor-pull-system"));
  CHECK(has(held.out, "does not renew it"));
  CHECK(has(held.out, "ok    HarborRegistry check-alone is ready"));
}

TEST_CASE("the check does not take an old Ready for an answer about a new spec", "[integration]") {
  Scene scene;
  scene.make_registry("check-edit", scene.spec(scene.make_credential("check-edit")));
  scene.wait_ready("check-edit");
  auto& op = scene.op();
  op.process().signal(SIGSTOP);
  scene.patch_registry("check-edit", {{"spec", {{"serviceAccounts", {{"mode", "None"}}}}}});
  const auto ran =
      support::run({support::operator_program(), "check", "--kubeconfig", op.kubeconfig().string(), "--timeout", "0s"});
  op.process().signal(SIGCONT);
  INFO(ran.out << ran.err);
  CHECK(has(ran.out, "FAIL  HarborRegistry check-edit was not looked at since it was changed"));
}

TEST_CASE("a right that the roles do not give is named", "[integration]") {
  Scene scene;
  const auto ran = check(scene, "0s", {"--secret-name", "harbor-pull", "--secret-name", "another-name"});
  INFO(ran.out << ran.err);
  CHECK(ran.code == 1);
  for (const auto* verb : {"get", "list", "watch", "create", "patch", "delete"}) {
    CHECK(has(ran.out, std::string("FAIL  not allowed: ") + verb + " secrets another-name in all namespaces"));
  }
  CHECK_FALSE(has(ran.out, "secrets harbor-pull in all namespaces"));
}

TEST_CASE("cleanup without an operator names what is left and fails in its time", "[integration]") {
  Scene scene;
  scene.make_registry("cleanup-alone", scene.spec(scene.make_credential("cleanup-alone")));
  scene.wait_ready("cleanup-alone");
  scene.stop_operator();
  const auto begin = std::chrono::steady_clock::now();
  const auto ran = support::run({support::operator_program(), "cleanup", "--kubeconfig",
                                 scene.cluster().kubeconfig().string(), "--timeout", "2s"});
  INFO(ran.out << ran.err);
  CHECK(ran.code == 1);
  CHECK(has(ran.out, "still there: HarborRegistry cleanup-alone"));
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{15});
  CHECK(scene.registry("cleanup-alone").at("metadata").contains("deletionTimestamp"));
  scene.start_operator();
  const auto again = support::run({support::operator_program(), "cleanup", "--kubeconfig",
                                   scene.cluster().kubeconfig().string(), "--timeout", "60s"});
  INFO(again.out << again.err);
  CHECK(again.code == 0);
  CHECK(has(again.out, "no HarborRegistry is left"));
}

TEST_CASE("cleanup as somebody who may not delete says so and deletes nothing", "[integration]") {
  Scene scene;
  scene.make_registry("cleanup-403", scene.spec(scene.make_credential("cleanup-403")));
  scene.wait_ready("cleanup-403");
  const auto ran = support::run(
      {support::operator_program(), "cleanup", "--kubeconfig", scene.op().kubeconfig().string(), "--timeout", "0s"});
  INFO(ran.out << ran.err);
  CHECK(ran.code == 1);
  CHECK(has(ran.err, "harbor-pull cleanup: "));
  CHECK(has(ran.err, "forbidden"));
  CHECK_FALSE(scene.registry("cleanup-403").at("metadata").contains("deletionTimestamp"));
}

TEST_CASE("a check that finds no cluster says how to name one", "[integration]") {
  const auto ran = support::run({support::operator_program(), "check"}, {"KUBECONFIG=", "HOME=/nonexistent"});
  CHECK(ran.code == 2);
  CHECK(has(ran.err, "harbor-pull check: no cluster is configured: give --kubeconfig FILE"));
}
