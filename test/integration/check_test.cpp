// `harbor-pull check`, as `helm test` runs it, under the rights that are shipped.
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

TEST_CASE("a check that finds no cluster says how to name one", "[integration]") {
  const auto ran = support::run({support::operator_program(), "check"}, {"KUBECONFIG=", "HOME=/nonexistent"});
  CHECK(ran.code == 2);
  CHECK(has(ran.err, "harbor-pull check: no cluster is configured: give --kubeconfig FILE"));
}
