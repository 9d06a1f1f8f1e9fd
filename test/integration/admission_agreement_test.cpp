// The policy decides in CEL what the operator decides in C++: on generated cases they must say the same.
#include <algorithm>
#include <catch2/catch.hpp>
#include <iostream>
#include <random>
#include <set>

#include "api/harbor_registry.hpp"
#include "integration/policy_stage.hpp"
#include "plan/selection.hpp"
#include "support/operator.hpp"

using namespace integration;
using support::Json;

namespace {

constexpr unsigned kSeed = 20261125;
constexpr int kRegistries = 64;
constexpr const char* kAllowed = "['harbor-pull']";  ///< in the policy: the Secret names that count
constexpr const char* kEverything = "secret-everything";

/// Fixed, and printed with a failure: a case can be told again.
class Dice {
 public:
  bool one_in(int n) { return below(n) == 0; }
  int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(engine_); }
  template <class T>
  const T& of(const std::vector<T>& all) {
    return all[static_cast<std::size_t>(below(static_cast<int>(all.size())))];
  }

 private:
  std::mt19937 engine_{kSeed};
};

const std::vector<std::string> kKeys = {"env", "team", "example.com/tier"};
const std::vector<std::string> kValues = {"", "prod", "test", "a.b"};
const std::vector<std::string> kNames = {"team-a", "team-a-1", "team-b",  "teama", "prod",  "prod-eu-1", "a",
                                         "ab",     "a-b-c",    "x1",      "x-1",   "web-1", "web-10",    "web-2-x",
                                         "other",  "other-x",  "team-11", "tea",   "eam-a", "aaa"};
const std::vector<std::string> kAccounts = {"default-x", "build", "build-1", "web.front", "webxfront", "web", "a"};

/// A name with some of its characters replaced, or something else altogether.
std::string glob(Dice& dice, const std::vector<std::string>& names) {
  auto text = dice.of(names);
  switch (dice.below(6)) {
    case 0: return "*";
    case 1: return text;
    case 2: return text.substr(0, static_cast<std::size_t>(dice.below(static_cast<int>(text.size())))) + "*";
    case 3: return "*" + text.substr(static_cast<std::size_t>(dice.below(static_cast<int>(text.size()))));
    default: break;
  }
  const auto at = static_cast<std::size_t>(dice.below(static_cast<int>(text.size())));
  text[at] = dice.one_in(2) ? '?' : '*';
  return text;
}

std::vector<std::string> globs(Dice& dice, const std::vector<std::string>& names, int most) {
  std::vector<std::string> made;
  for (int i = 1 + dice.below(most); i > 0; --i) {
    auto one = glob(dice, names);
    if (std::find(made.begin(), made.end(), one) == made.end()) made.push_back(std::move(one));
  }
  return made;
}

support::Labels labels(Dice& dice) {
  support::Labels made;
  for (const auto& key : kKeys) {
    if (!dice.one_in(3)) made[key] = dice.of(kValues);
  }
  return made;
}

Json requirement(Dice& dice) {
  static const std::vector<std::string> kOperators = {"In", "NotIn", "Exists", "DoesNotExist"};
  const auto op = dice.of(kOperators);
  Json made = {{"key", dice.of(kKeys)}, {"operator", op}};
  if (op == "In" || op == "NotIn") {
    std::set<std::string> values = {dice.of(kValues), dice.of(kValues)};
    made["values"] = values;
  }
  return made;
}

Json selector(Dice& dice) {
  Json made = Json::object();
  if (dice.one_in(2)) made["matchLabels"] = {{dice.of(kKeys), dice.of(kValues)}};
  for (int i = dice.below(3); i > 0; --i) made["matchExpressions"].push_back(requirement(dice));
  return made;
}

Json registry(Dice& dice, int number) {
  Json namespaces = Json::object();
  const int kind = dice.below(3);
  if (kind != 0) namespaces["selector"] = selector(dice);
  if (kind != 1) namespaces["names"] = globs(dice, kNames, 4);
  if (dice.one_in(3)) namespaces["exclude"] = globs(dice, kNames, 2);
  Json accounts = Json::object();
  if (!dice.one_in(4)) accounts["names"] = globs(dice, kAccounts, 3);
  if (dice.one_in(3)) accounts["selector"] = selector(dice);
  if (dice.one_in(12)) accounts["mode"] = "None";
  Json made = {{"apiVersion", "harborpull.io/v1alpha1"}, {"kind", "HarborRegistry"}};
  made["metadata"]["name"] = "agree-" + std::to_string(number);
  made["spec"] = {{"host", "harbor.example.com"},
                  {"credential", {{"secretRef", {{"name", "none"}}}}},
                  {"namespaces", namespaces},
                  {"serviceAccounts", accounts},
                  {"secretName", "secret-" + std::to_string(number)},
                  {"suspend", dice.one_in(16)}};
  return made;
}

/// It selects everything and comes last: when the policy knows it, it knows all.
Json registry_of_everything() {
  Dice dice;
  auto made = registry(dice, 0);
  made["metadata"]["name"] = "everything";
  made["spec"]["namespaces"] = {{"selector", Json::object()}};
  made["spec"]["serviceAccounts"] = {{"names", {"*"}}};
  made["spec"]["secretName"] = kEverything;
  made["spec"]["suspend"] = false;
  return made;
}

api::Labels sorted(const support::Labels& labels) { return {labels.begin(), labels.end()}; }

/// What the operator's own code says.
bool operator_says(const api::HarborRegistry& registry, const api::Namespace& ns, const api::ServiceAccount& account) {
  return !registry.spec.suspend && !ns.ignored && !account.ignored &&
         !plan::always_excluded(ns.meta.name, support::kOperatorNamespace) &&
         plan::selects(registry.spec.namespaces, ns) && plan::selects(registry.spec.service_accounts, account);
}

void install_policy_for(const support::ControlPlane& cluster, const std::vector<std::string>& secret_names) {
  auto text = support::read_file(support::deploy_folder(kPolicyOption) + "/policy.yaml");
  const auto at = text.find(kAllowed);
  REQUIRE(at != std::string::npos);
  std::string list;
  for (const auto& name : secret_names) list += (list.empty() ? "'" : ", '") + name + "'";
  text.replace(at, std::string(kAllowed).size(), "[" + list + "]");
  const auto file = cluster.folder() / "policy.yaml";
  support::write_file(file, text);
  support::require_kubectl(cluster, {"apply", "-f", file.string()});
}

struct Case {
  api::Namespace ns;
  api::ServiceAccount account;
  std::vector<std::string> references;  ///< what the policy added
};

void wait_until_all_are_known(const support::Client& admin) {
  admin.create("/api/v1/namespaces", support::namespace_object("warm-up")).require();
  support::eventually("all registries are known", support::Millis{20'000}, [&] {
    const auto found = reference_names(born(admin, "warm-up", "probe"));
    return std::find(found.begin(), found.end(), kEverything) != found.end();
  });
}

/// The one that the cluster itself makes.
Json default_account(const support::Client& admin, const std::string& ns) {
  Json found;
  support::eventually("there is a default ServiceAccount", support::Millis{20'000}, [&] {
    const auto answer = admin.get(support::service_account_path(ns, "default"));
    found = answer.json;
    return answer.ok();
  });
  return found;
}

/// A namespace as generated, and what the policy makes of ServiceAccounts in it; only `default` is really made.
std::vector<Case> ask_policy(const support::Client& admin, Dice& dice, const std::string& name) {
  auto object = support::namespace_object(name, labels(dice));
  Case one;
  one.ns.meta.name = name;
  one.ns.ignored = dice.one_in(8);
  if (one.ns.ignored || dice.one_in(4)) {
    object["metadata"]["annotations"]["harborpull.io/ignore"] = one.ns.ignored ? "true" : "no";
  }
  const auto made = admin.create("/api/v1/namespaces", object).require();
  one.ns.labels = sorted(made.at("metadata").at("labels").get<support::Labels>());
  one.account.meta.name = "default";
  one.references = reference_names(default_account(admin, name));
  std::vector<Case> cases = {one};
  for (const auto& account : kAccounts) {
    const auto of_account = labels(dice);
    one.account.meta.name = account;
    one.account.labels = sorted(of_account);
    one.references = reference_names(born(admin, name, account, of_account));
    cases.push_back(one);
  }
  return cases;
}

struct Tally {
  std::size_t pairs = 0;
  std::size_t selected = 0;
};

void compare(const Case& one, const std::vector<api::HarborRegistry>& registries, Tally& tally) {
  for (const auto& registry : registries) {
    const auto& found = one.references;
    const bool policy = std::find(found.begin(), found.end(), registry.spec.secret_name) != found.end();
    ++tally.pairs;
    tally.selected += policy ? 1 : 0;
    INFO("seed " << kSeed << ": " << one.ns.meta.name << "/" << one.account.meta.name << " and " << registry.meta.name);
    CHECK(policy == operator_says(registry, one.ns, one.account));
  }
}

}  // namespace

TEST_CASE("policy and operator select the same namespaces and ServiceAccounts", "[integration]") {
  auto& cluster = support::shared_control_plane();
  support::install(cluster);
  Dice dice;
  std::vector<api::HarborRegistry> registries;
  std::vector<std::string> secret_names;
  for (int i = 0; i < kRegistries; ++i) {
    const auto object = registry(dice, i);
    INFO(object.dump());
    const auto stored = cluster.client().apply(support::registry_path("agree-" + std::to_string(i)), object).require();
    registries.push_back(*api::parse_harbor_registry(stored));
    secret_names.push_back(registries.back().spec.secret_name);
  }
  secret_names.emplace_back(kEverything);
  install_policy_for(cluster, secret_names);
  cluster.client().apply(support::registry_path("everything"), registry_of_everything()).require();

  wait_until_all_are_known(cluster.client());
  Tally tally;
  for (const auto& name : kNames) {
    for (const auto& one : ask_policy(cluster.client(), dice, name)) compare(one, registries, tally);
  }
  std::cout << tally.pairs << " pairs of registry and ServiceAccount, " << tally.selected << " of them selected\n";
  CHECK(tally.selected * 20 > tally.pairs);  // neither answer is rare
  CHECK(tally.selected * 3 < tally.pairs * 2);
}
