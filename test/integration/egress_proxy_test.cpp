// A Harbor that only an HTTP proxy knows the way to.
#include <atomic>

#include "integration/harbor_scene.hpp"
#include "support/connect_proxy.hpp"

using namespace integration;

namespace {

constexpr const char* kName = "harbor.test";  // of a Harbor that no resolver knows
constexpr const char* kLogin = "egress:CanaryPassword-4711-proxy";
constexpr const char* kHeader = "\r\nProxy-Authorization: Basic ZWdyZXNzOkNhbmFyeVBhc3N3b3JkLTQ3MTEtcHJveHk=\r\n";
constexpr const char* kOwn = "/api/v1/namespaces/harbor-pull-system/configmaps";

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string refusal(int status) { return "HTTP/1.1 " + std::to_string(status) + " No\r\nContent-Length: 0\r\n\r\n"; }

support::OperatorOptions behind(const support::ConnectProxy& proxy) {
  support::OperatorOptions options;
  options.env = {"HTTPS_PROXY=http://" + std::string(kLogin) + "@127.0.0.1:" + std::to_string(proxy.port()),
                 "HTTP_PROXY=", "NO_PROXY=other.test,10.0.0.0/8"};
  return options;
}

/// A registry with a robot for all namespaces of the scene, whose Harbor is trusted by its authority.
void begin(Scene& scene, const HarborDouble& harbor, const std::string& name) {
  harbor.make_project("team-a");
  scene.make(kOwn, {{"apiVersion", "v1"},
                    {"kind", "ConfigMap"},
                    {"metadata", {{"name", name}, {"namespace", support::kOperatorNamespace}}},
                    {"data", {{"ca.crt", harbor.ca_pem()}}}});
  auto spec = robot_spec(scene, harbor, make_account(scene, name, HarborDouble::admin()));
  spec["tls"] = {{"caRef", {{"kind", "ConfigMap"}, {"name", name}, {"key", "ca.crt"}}}};
  scene.make_registry(name, spec);
}

}  // namespace

TEST_CASE("a robot is made and rotated through a proxy, and only Harbor is called through it", "[integration]") {
  const HarborDouble harbor({.tls = true, .name = kName});
  const support::ConnectProxy proxy([](const std::string& head) { return has(head, kHeader) ? "" : refusal(407); },
                                    harbor.port());
  Scene scene(Scene::Begin::kWithOperator, behind(proxy));
  const auto ns = scene.make_namespace("egress", scene.selected());
  begin(scene, harbor, "egress");
  scene.wait_counts("egress", "1/1");
  scene.wait_condition("egress", "RegistryReachable", "True", "Reachable");
  scene.wait_ready("egress");
  const auto before = held_login(scene, harbor, ns);
  CHECK_FALSE(before.user.empty());

  ask_rotation(scene, "egress", "now");
  eventually("the namespace holds another robot, the only one", kSoon, [&] {
    const auto held = held_login(scene, harbor, ns).user;
    const auto robots = harbor.robots();
    return held != before.user && robots.size() == 1 && robots.front().at("login") == held;
  });

  const auto heads = proxy.heads();
  CHECK_FALSE(heads.empty());
  CHECK(heads.size() < harbor.requests().size());  // requests share tunnels
  for (const auto& head : heads) CHECK(head.starts_with("CONNECT harbor.test:443 HTTP/1.1\r\n"));
  CHECK(scene.op().logged("calls to Harbor go through a proxy"));
  CHECK(has(scene.op().log_text(), "127.0.0.1:" + std::to_string(proxy.port())));
}

TEST_CASE("a proxy that refuses is told in the status, and the work goes on when it lets us through", "[integration]") {
  std::atomic<bool> closed = true;
  const HarborDouble harbor({.tls = true, .name = kName});
  const support::ConnectProxy proxy([&](const std::string&) { return closed ? refusal(403) : ""; }, harbor.port());
  Scene scene(Scene::Begin::kWithOperator, behind(proxy));
  scene.make_namespace("refused", scene.selected());
  begin(scene, harbor, "refused");
  const auto registry = scene.wait_condition("refused", "RegistryReachable", "False", "RegistryUnreachable");
  const auto message = support::condition(registry, "RegistryReachable").at("message").get<std::string>();
  INFO(message);
  CHECK(has(message, "harbor.test:443 through the proxy 127.0.0.1:" + std::to_string(proxy.port())));
  CHECK(has(message, "(403)"));
  CHECK(harbor.requests().empty());
  closed = false;
  scene.wait_condition("refused", "RegistryReachable", "True", "Reachable");
  scene.wait_ready("refused");
}

TEST_CASE("a proxy that cannot be used ends the start and is named by its variable", "[integration]") {
  const Scene scene(Scene::Begin::kWithoutOperator);
  support::OperatorOptions options;
  options.env = {"HTTPS_PROXY=socks5://" + std::string(kLogin) + "@proxy.test:1080"};
  support::Operator op(scene.cluster(), options);
  eventually("the operator ends", kSoon, [&] { return !op.running(); });
  CHECK(op.terminate().code == 2);
  CHECK(has(op.log_text(), "HTTPS_PROXY must be "));
  CHECK_FALSE(has(op.log_text(), kCanary));
}
