// One of several operators writes, by a Lease that client-go would understand, and hands over when it ends in whatever
// way.
#include <signal.h>

#include <fstream>

#include "base/clock.hpp"
#include "integration/diary.hpp"

using namespace integration;
using support::Component;

namespace {

const std::string kLeases = "/apis/coordination.k8s.io/v1/namespaces/harbor-pull-system/leases";
const std::string kLease = kLeases + "/harbor-pull-operator";
constexpr Millis kHandOver{5'000};   ///< a look at the lease at least every 4.4 s
constexpr Millis kTakeOver{24'000};  ///< 15 s of lease, and up to two looks

/// Two operators on a Lease that nobody holds: what an earlier test killed does not count.
class Pair {
 public:
  explicit Pair(int count = 2) : scene(Scene::Begin::kWithoutOperator) {
    scene.admin().remove(kLease);
    for (int i = 0; i < count; ++i) operators_.push_back(&scene.start_operator());
    wait_leader();
  }
  /// The one that says it leads; waits for it, and REQUIREs that no other says so.
  support::Operator& wait_leader(Millis patience = kSoon) {
    eventually("somebody leads", patience, [&] { return leaders().size() == 1; });
    return *leaders().front();
  }
  [[nodiscard]] std::vector<support::Operator*> leaders() const {
    std::vector<support::Operator*> found;
    for (auto* one : operators_) {
      if (one->running() && leads(*one)) found.push_back(one);
    }
    return found;
  }
  [[nodiscard]] support::Operator& other_than(const support::Operator& op) const {
    return operators_[0] == &op ? *operators_[1] : *operators_[0];
  }
  [[nodiscard]] static bool leads(support::Operator& op) {
    return op.metric("leader_election_master_status{name=\"harbor-pull-operator\"}").value_or(0) == 1;
  }

  Scene scene;

 private:
  std::vector<support::Operator*> operators_;
};

Json lease_spec(const Scene& scene) { return scene.admin().get(kLease).require().at("spec"); }

/// What the API server calls the token of that operator in its record.
std::string credential_id(const support::Operator& op) {
  auto token = support::read_file(op.folder() / "token");
  auto payload = token.substr(token.find('.') + 1);
  payload = payload.substr(0, payload.find('.'));
  std::string text;
  unsigned bits = 0, count = 0;
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (const char c : payload) {
    bits = (bits << 6U) | static_cast<unsigned>(digits.find(c));
    if ((count += 6) >= 8) text += static_cast<char>((bits >> (count -= 8)) & 0xFFU);
  }
  return "JTI=" + Json::parse(text).at("jti").get<std::string>();
}

/// What the API server recorded of one operator: two share everything but their token.
std::vector<Json> record_of(const Scene& scene, const support::Operator& op) {
  const auto id = credential_id(op);
  std::vector<Json> found;
  std::ifstream in(scene.cluster().audit_log());
  for (std::string line; std::getline(in, line);) {
    if (line.find(id) == std::string::npos) continue;
    auto json = Json::parse(line, nullptr, false);
    if (json.is_object()) found.push_back(std::move(json));
  }
  return found;
}

bool is_lease(const Json& request) {
  return request.value("objectRef", Json::object()).value("resource", "") == "leases";
}

bool is_write(const Json& request) {
  const auto verb = request.at("verb").get<std::string>();
  return verb != "get" && verb != "list" && verb != "watch";
}

/// Its requests that change anything but the Lease.
std::vector<std::string> writes_of(const Scene& scene, const support::Operator& op) {
  std::vector<std::string> found;
  for (const auto& request : record_of(scene, op)) {
    if (is_write(request) && !is_lease(request)) {
      found.push_back(request.at("verb").get<std::string>() + " " + request.at("requestURI").get<std::string>());
    }
  }
  return found;
}

void begin_job(Scene& scene, const std::string& name) {
  scene.make_registry(name, scene.spec(scene.make_credential(name)));
  scene.wait_attached(scene.make_namespace("first", scene.selected()));
  scene.wait_counts(name, "1/1");
}

std::string now_micro() { return base::rfc3339_micro(base::real_clock().now()); }

/// A holder of another make, with a short lease that it keeps alive with renew().
void hold_as_foreigner(const Scene& scene) {
  const Json spec = {{"holderIdentity", "somebody-else"},
                     {"leaseDurationSeconds", 2},
                     {"leaseTransitions", 7},
                     {"acquireTime", now_micro()},
                     {"renewTime", now_micro()}};
  scene.admin()
      .create(kLeases, {{"apiVersion", "coordination.k8s.io/v1"},
                        {"kind", "Lease"},
                        {"metadata", {{"name", "harbor-pull-operator"}}},
                        {"spec", spec}})
      .require();
}

void renew(const Scene& scene) {
  scene.admin().merge_patch(kLease, {{"spec", {{"renewTime", now_micro()}}}}).require();
}

/// SIGTERM while the API server is away: both the leader and the one that waits end well and soon.
void check_end_without_server(Outage::Kind kind) {
  Pair pair;
  auto& leader = pair.wait_leader();
  auto& other = pair.other_than(leader);
  Outage outage(pair.scene, Component::kApiServer, kind);
  const auto second = other.terminate();
  CHECK(second.code == 0);
  CHECK(second.took < Millis{8'000});
  const auto first = leader.terminate();
  CHECK(first.code == 0);
  CHECK(first.took < Millis{10'000});
  outage.end();
}

}  // namespace

TEST_CASE("of two operators one leads and writes, the other is ready and does not", "[integration]") {
  Pair pair;
  auto& leader = pair.wait_leader();
  auto& other = pair.other_than(leader);
  begin_job(pair.scene, "two");
  CHECK(other.ready());
  never("two lead", Millis{3'000}, [&] { return pair.leaders().size() != 1; });
  CHECK_FALSE(writes_of(pair.scene, leader).empty());
  CHECK(writes_of(pair.scene, other) == std::vector<std::string>{});

  const auto held = lease_spec(pair.scene);
  INFO(held.dump());
  CHECK_FALSE(held.at("holderIdentity").get<std::string>().empty());
  CHECK(held.at("leaseDurationSeconds") == 15);
  CHECK(held.at("leaseTransitions").is_number_integer());
  for (const auto* field : {"acquireTime", "renewTime"})
    CHECK(held.at(field).get<std::string>().size() == 27);  // MicroTime
  eventually("the lease is renewed", kSoon,
             [&] { return lease_spec(pair.scene).at("renewTime") != held.at("renewTime"); });
  CHECK(lease_spec(pair.scene).at("acquireTime") == held.at("acquireTime"));
}

TEST_CASE("a leader that is told to end hands over within 5 seconds, the last one leaves the lease free",
          "[integration]") {
  Pair pair;
  auto& leader = pair.wait_leader();
  auto& other = pair.other_than(leader);
  begin_job(pair.scene, "handover");
  const auto before = lease_spec(pair.scene);
  CHECK(leader.terminate().code == 0);
  const auto begin = Clock::now();
  eventually("the other leads", kHandOver + Millis{5'000}, [&] { return Pair::leads(other); });
  CHECK(since(begin) <= kHandOver);
  const auto after = lease_spec(pair.scene);
  CHECK(after.at("holderIdentity") != before.at("holderIdentity"));
  CHECK(after.at("leaseTransitions") == before.at("leaseTransitions").get<int>() + 1);
  pair.scene.wait_attached(pair.scene.make_namespace("second", pair.scene.selected()));
  pair.scene.wait_counts("handover", "2/2");
  pair.scene.admin().remove(support::registry_path("handover")).require();
  eventually("the HarborRegistry is gone", kSoon,
             [&] { return pair.scene.admin().get(support::registry_path("handover")).status == 404; });
  CHECK(other.terminate().code == 0);
  CHECK(lease_spec(pair.scene).value("holderIdentity", "") == "");
}

TEST_CASE("a leader that is killed is followed by the other within 24 seconds", "[integration]") {
  Pair pair;
  auto& leader = pair.wait_leader();
  auto& other = pair.other_than(leader);
  begin_job(pair.scene, "killed");
  leader.kill9();
  const auto begin = Clock::now();
  const auto ns = pair.scene.make_namespace("orphan", pair.scene.selected());
  eventually("the other leads", kTakeOver + Millis{10'000}, [&] { return Pair::leads(other); });
  CHECK(since(begin) <= kTakeOver);
  CHECK(since(begin) >= Millis{10'000});  // not before the lease of the dead has run out
  pair.scene.wait_attached(ns);
  pair.scene.wait_counts("killed", "2/2");
}

TEST_CASE("a leader that slept longer than its lease wakes, writes nothing more and ends with a failure",
          "[integration]") {
  Pair pair;
  auto& sleeper = pair.wait_leader();
  auto& other = pair.other_than(sleeper);
  begin_job(pair.scene, "asleep");
  // Nothing under way: what was allowed and half sent before it fell asleep would be finished after.
  (void)support::Audit(pair.scene.cluster().audit_log()).settled(Millis{1'500});
  sleeper.process().signal(SIGSTOP);
  // Work for it to wake up with: the watches have told it, or its sockets will.
  const auto waiting = pair.scene.make_namespace("waiting", pair.scene.selected());
  eventually("the other leads", kTakeOver + Millis{10'000}, [&] { return Pair::leads(other); });
  pair.scene.wait_attached(waiting);
  const auto before = writes_of(pair.scene, sleeper);
  const auto ns = pair.scene.make_namespace("busy", pair.scene.selected());
  sleeper.process().signal(SIGCONT);
  const auto code = sleeper.process().wait(Millis{10'000});
  REQUIRE(code);
  CHECK(*code != 0);
  CHECK(*code < 128);
  pair.scene.wait_attached(ns);
  CHECK(writes_of(pair.scene, sleeper) == before);
  CHECK(Pair::leads(other));
  pair.scene.wait_counts("asleep", "3/3");
}

TEST_CASE("a lease that somebody else keeps renewing is respected, and taken once it has run out", "[integration]") {
  Scene scene(Scene::Begin::kWithoutOperator);
  scene.admin().remove(kLease);
  hold_as_foreigner(scene);
  scene.make_registry("foreign", scene.spec(scene.make_credential("foreign")));
  const auto ns = scene.make_namespace("foreign", scene.selected());
  auto& op = scene.start_operator();
  never("it leads or writes", Millis{10'000}, [&] {
    renew(scene);
    return Pair::leads(op) || scene.admin().get(support::secret_path(ns, "harbor-pull")).ok();
  });
  CHECK(lease_spec(scene).at("holderIdentity") == "somebody-else");
  for (const auto& request : record_of(scene, op)) {
    if (is_write(request)) FAIL_CHECK("it wrote: " << request.at("requestURI"));
  }
  eventually("it leads", kSoon, [&] { return Pair::leads(op); });
  scene.wait_attached(ns);
  CHECK(lease_spec(scene).at("leaseTransitions") == 8);
  CHECK(lease_spec(scene).at("leaseDurationSeconds") == 15);
}

TEST_CASE("SIGTERM ends operators well while the API server is down", "[integration]") {
  check_end_without_server(Outage::Kind::kStopped);
}

TEST_CASE("SIGTERM ends operators well while the API server says nothing", "[integration]") {
  check_end_without_server(Outage::Kind::kPaused);
}

TEST_CASE("a leader that cannot renew its lease ends with a failure, and starts again into the same work",
          "[integration]") {
  Pair pair(1);
  begin_job(pair.scene, "cutoff");
  auto& leader = pair.wait_leader();
  {
    Outage outage(pair.scene, Component::kApiServer, Outage::Kind::kPaused);
    const auto code = leader.process().wait(Millis{20'000});
    REQUIRE(code);
    CHECK(*code != 0);
    CHECK(*code < 128);
  }
  pair.scene.start_operator();
  const auto ns = pair.scene.make_namespace("later", pair.scene.selected());
  eventually("it leads", kTakeOver + Millis{10'000}, [&] { return Pair::leads(pair.scene.op()); });
  pair.scene.wait_attached(ns);
  pair.scene.wait_counts("cutoff", "2/2");
}

TEST_CASE("without leader election the operator works and never asks for a Lease", "[integration]") {
  Scene scene(Scene::Begin::kWithoutOperator);
  scene.admin().remove(kLease);
  auto& op = scene.start_operator(alone());
  begin_job(scene, "alone");
  CHECK_FALSE(writes_of(scene, op).empty());
  for (const auto& request : record_of(scene, op)) {
    if (is_lease(request)) FAIL_CHECK("it asked for " << request.at("requestURI"));
  }
  CHECK(scene.admin().get(kLease).status == 404);
}
