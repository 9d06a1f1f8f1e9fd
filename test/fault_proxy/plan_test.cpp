// Which requests a plan counts, how it names them, and one plan for several proxies.
#include "bench.hpp"

using namespace fault_proxy_test;
using support::FaultPlan;

TEST_CASE("writes are named by method and path, and counted but for leases and events", "[fault_proxy]") {
  const Upstream upstream;
  FaultProxy proxy(upstream.behind());
  RawClient client(proxy);
  for (const auto* target :
       {"/api/v1/namespaces/x/secrets/y?force=true", "/api/v1/namespaces/x/secrets/y",
        "/apis/coordination.k8s.io/v1/namespaces/x/leases/z", "/apis/events.k8s.io/v1/namespaces/x/events"}) {
    CHECK(client.ask("PATCH", target));
  }
  CHECK(client.ask("GET", "/api/v1/namespaces/x/secrets/y"));
  CHECK(client.ask("DELETE", "/api/v1/namespaces/x/secrets/y"));
  CHECK(proxy.plan().writes() == std::vector<std::string>{"PATCH /api/v1/namespaces/x/secrets/y #1",
                                                          "PATCH /api/v1/namespaces/x/secrets/y #2",
                                                          "DELETE /api/v1/namespaces/x/secrets/y #1"});
  CHECK(proxy.log().at(2).write.empty());
}

TEST_CASE("a test chooses what counts", "[fault_proxy]") {
  const Upstream upstream;
  auto options = upstream.behind();
  options.plan =
      std::make_shared<FaultPlan>([](auto method, auto target) { return method == "POST" && target == "/b"; });
  FaultProxy proxy(options);
  RawClient client(proxy);
  CHECK(client.ask("POST", "/a"));
  CHECK(client.ask("PUT", "/b"));
  CHECK(client.ask("POST", "/b"));
  CHECK(proxy.plan().writes() == std::vector<std::string>{"POST /b #1"});
}

TEST_CASE("the writes through two proxies are one sequence", "[fault_proxy]") {
  const Upstream kubernetes;
  const Upstream harbor(Tls::kYes);
  const auto plan = std::make_shared<FaultPlan>();
  auto options = kubernetes.behind();
  options.plan = plan;
  FaultProxy first(options);
  options = harbor.behind();
  options.plan = plan;
  options.name = "harbor";
  FaultProxy second(options);
  plan->at_write(3, {.mode = FaultMode::kBeforeEffect});
  RawClient to_kubernetes(first);
  RawClient to_harbor(second);
  CHECK(to_kubernetes.ask("PATCH", "/a"));
  CHECK(to_harbor.ask("POST", "/robots"));
  CHECK_FALSE(to_harbor.ask("POST", "/robots"));
  CHECK(to_kubernetes.ask("PATCH", "/a"));
  REQUIRE(plan->wait_fired(kSoon));
  CHECK(plan->fired() == std::vector<std::string>{"harbor POST /robots #2"});
  CHECK(plan->writes() ==
        std::vector<std::string>{"PATCH /a #1", "harbor POST /robots #1", "harbor POST /robots #2", "PATCH /a #2"});
  CHECK(harbor.seen().size() == 1);
  CHECK(kubernetes.seen().size() == 2);
}

TEST_CASE("a match may name one of several proxies", "[fault_proxy]") {
  const Upstream upstream;
  const auto plan = std::make_shared<FaultPlan>();
  auto options = upstream.behind();
  options.plan = plan;
  FaultProxy first(options);
  options.name = "harbor";
  FaultProxy second(options);
  plan->at({.proxy = "harbor"}, {.mode = FaultMode::kRefuse, .refusal = {401, {}, ""}});
  RawClient to_first(first);
  RawClient to_second(second);
  CHECK(to_first.ask("GET", "/a").value_or("").starts_with("HTTP/1.1 200"));
  CHECK(to_second.ask("GET", "/a").value_or("").starts_with("HTTP/1.1 401"));
  CHECK(to_second.ask("GET", "/a").value_or("").starts_with("HTTP/1.1 200"));
}

TEST_CASE("a numbered write is counted from when the plan was told", "[fault_proxy]") {
  const Upstream upstream;
  FaultProxy proxy(upstream.behind());
  RawClient client(proxy);
  CHECK(client.ask("POST", "/before"));
  proxy.plan().at_write(2, {.mode = FaultMode::kRefuse});
  for (const auto* target : {"/a", "/b", "/c"}) CHECK(client.ask("POST", target));
  CHECK(proxy.plan().fired() == std::vector<std::string>{"POST /b #1"});
}

TEST_CASE("a write can be chosen by its name", "[fault_proxy]") {
  const Upstream upstream;
  FaultProxy proxy(upstream.behind());
  RawClient client(proxy);
  proxy.plan().at_write_named("POST /a #2", {.mode = FaultMode::kRefuse});
  for (const auto* target : {"/a", "/b", "/a?dryRun=All", "/a"}) CHECK(client.ask("POST", target));
  CHECK(proxy.plan().fired() == std::vector<std::string>{"POST /a #2"});
  CHECK(proxy.log().at(2).outcome() == "503");
}

TEST_CASE("a plan that nothing meets has not fired", "[fault_proxy]") {
  const Upstream upstream;
  FaultProxy proxy(upstream.behind());
  proxy.plan().at_write(2, {.mode = FaultMode::kLoseReply});
  RawClient client(proxy);
  CHECK(client.ask("POST", "/only"));
  CHECK_FALSE(proxy.plan().wait_fired(Millis{0}));
  CHECK(proxy.plan().fired().empty());
}
