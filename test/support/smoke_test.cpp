// The test bed itself, without the operator: what the other tests stand on.
#include <catch2/catch.hpp>

#include "base/digest.hpp"
#include "support/audit.hpp"
#include "support/canary.hpp"
#include "support/control_plane.hpp"
#include "support/watcher.hpp"

using namespace std::chrono_literals;
using support::Component;
using support::eventually;
using support::Json;
using support::shared_control_plane;

namespace {

const support::Client& client() { return shared_control_plane().client(); }

void make_namespace(const std::string& name) {
  client().create("/api/v1/namespaces", support::namespace_object(name)).require();
}

support::Watcher::Predicate is(const std::string& type, const std::string& ns, const std::string& name) {
  return [=](const support::Event& event) { return event.type == type && event.ns() == ns && event.name() == name; };
}

}  // namespace

TEST_CASE("the controllers give a new namespace its ServiceAccount, and a watcher sees it come", "[test_bed]") {
  const support::Watcher watcher(client(), "/api/v1/serviceaccounts");
  make_namespace("fresh");
  const auto event = watcher.wait_for("default is added", 10s, is("ADDED", "fresh", "default"));
  CHECK(event.at <= std::chrono::steady_clock::now());
  CHECK(support::pull_secret_names(client(), "fresh").empty());
}

TEST_CASE("objects are created, applied, patched and removed", "[test_bed]") {
  make_namespace("writes");
  const auto path = support::secret_path("writes", "source");
  const auto object = support::basic_auth_secret("writes", "source", "robot", "one");
  CHECK(client().apply(path, object).status == 201);
  CHECK(client()
            .with_field_manager("other")
            .apply(path, support::basic_auth_secret("writes", "source", "robot", "two"), false)
            .status == 409);
  CHECK(client().merge_patch(path, {{"metadata", {{"labels", {{"a", "b"}}}}}}).ok());
  CHECK(client().json_patch(path, {{{"op", "test"}, {"path", "/metadata/labels/a"}, {"value", "c"}}}).status == 422);
  CHECK(client().get(path).json["data"]["password"] == base::base64_encode("one"));
  CHECK(client().remove(path).ok());
  CHECK(client().get(path).status == 404);
  CHECK(client().list("/api/v1/namespaces").size() >= 4);
}

TEST_CASE("kubectl speaks to the same control plane", "[test_bed]") {
  const auto& cluster = shared_control_plane();
  const auto ran = cluster.kubectl({"version", "-o", "json"});
  INFO(ran.err);
  REQUIRE(ran.code == 0);
  CHECK(Json::parse(ran.out)["serverVersion"]["gitVersion"].get<std::string>().starts_with("v" + cluster.version() +
                                                                                           "."));
  CHECK(cluster.kubectl({"get", "namespace", "no-such"}).code == 1);
}

TEST_CASE("a ServiceAccount has only the rights that it was given, and the server records what the operator asks",
          "[test_bed]") {
  make_namespace("harbor-pull-system");
  client()
      .create("/api/v1/namespaces/harbor-pull-system/serviceaccounts",
              {{"metadata", {{"name", "harbor-pull-operator"}}}})
      .require();
  const auto operator_client = client().with_token(client().token_for("harbor-pull-system", "harbor-pull-operator"));
  const support::Audit audit(shared_control_plane().audit_log());
  CHECK(operator_client.get("/api/v1/namespaces/fresh/secrets/harbor-pull").status == 403);
  CHECK(client().get("/api/v1/secrets").ok());
  const auto requests = audit.settled();
  INFO(support::text(requests));
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].text() == "get secrets fresh/harbor-pull 403");
  CHECK_FALSE(requests[0].is_write());
}

TEST_CASE("a watcher outlives the API server and learns what happened meanwhile", "[test_bed]") {
  const auto& cluster = shared_control_plane();
  const support::Watcher watcher(client(), "/api/v1/namespaces");
  cluster.stop(Component::kApiServer);
  CHECK(client().get("/api/v1/namespaces").status == 0);
  cluster.start(Component::kApiServer);
  make_namespace("after-restart");
  watcher.wait_for("the namespace", 10s, is("ADDED", "", "after-restart"));
}

TEST_CASE("watches that come back after expire_watches get 410", "[test_bed]") {
  const auto& cluster = shared_control_plane();
  const support::Watcher watcher(client(), "/api/v1/namespaces");
  cluster.compact();
  cluster.expire_watches();
  watcher.wait_for("an error event", 10s, [](const support::Event& event) {
    return event.type == "ERROR" && event.object.value("code", 0) == 410;
  });
  make_namespace("after-compaction");
  watcher.wait_for("the namespace", 10s, [](const support::Event& event) {
    return event.name() == "after-compaction" && (event.type == "ADDED" || event.type == "LISTED");
  });
}

TEST_CASE("a paused API server accepts connections and does not answer", "[test_bed]") {
  const auto& cluster = shared_control_plane();
  cluster.pause(Component::kApiServer);
  const auto answer =
      client().transport().send(client().authorized({"GET", "/api/v1/namespaces"}), {300ms, 1U << 20U, {}});
  cluster.resume(Component::kApiServer);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == base::ErrorKind::kTimeout);
  eventually("it answers again", 10s, [] { return client().get("/api/v1/namespaces").ok(); });
}

TEST_CASE("eventually and never say what they saw", "[test_bed]") {
  CHECK_THROWS_WITH(eventually("two", 50ms,
                               [] {
                                 return support::Seen{false, "one"};
                               }),
                    Catch::StartsWith("after ") && Catch::EndsWith("still not: two; last seen: one"));
  CHECK_THROWS_AS(support::never("true", 50ms, [] { return true; }), support::Failure);
  CHECK_NOTHROW(support::never("false", 50ms, [] { return false; }));
}

TEST_CASE("a process is measured, signalled and never left behind", "[test_bed]") {
  support::Process sleeper({{"sleep", "60"}, {}, {}, {}});
  CHECK(sleeper.rss_kib() > 0);
  CHECK(sleeper.threads() == 1);
  CHECK(sleeper.cpu_time() < 1s);
  sleeper.signal(15);
  CHECK(sleeper.wait(5s) == 128 + 15);
  CHECK_THROWS_AS(support::Process({{"/no/such/program"}, {}, {}, {}}), support::Failure);
  const auto ran = support::run({"sh", "-c", "echo $A; echo no >&2; exit 3"}, {"A=yes"});
  CHECK(ran.code == 3);
  CHECK(ran.out == "yes\n");
  CHECK(ran.err == "no\n");
}

TEST_CASE("a canary is found in every disguise", "[test_bed]") {
  const std::string canary = "canary-password-1";
  std::map<std::string, std::string> texts{{"clean", "nothing here"}, {"plain", "x" + canary + "y"}};
  for (const auto* user : {"a:", "ab:", "abc:"}) {
    texts[user] = "{\"auth\":\"" + base::base64_encode(user + canary) + "\"}";
  }
  CHECK(support::scan_for(canary, texts) == std::vector<std::string>{"a:", "ab:", "abc:", "plain"});
  const std::set<std::string> many{canary, "another-password"};
  CHECK(support::scan_for(many, texts) == std::vector<std::string>{"a:", "ab:", "abc:", "plain"});
  const std::set<std::string> absent{"another-password", "not-the-canary-password"};
  CHECK(support::scan_for(absent, texts).empty());
}
