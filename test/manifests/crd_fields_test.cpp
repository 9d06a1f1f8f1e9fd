// Field by field, the schema against the parser: each one does something, with the same default and the same words.
#include <catch2/catch.hpp>
#include <map>

#include "schema.hpp"
#include "yaml.hpp"

using namespace manifests;

namespace {

using Json = nlohmann::json;

/// What is required and nothing else, for each way to write it.
std::vector<Json> smallest_specs() {
  const auto with = [](const char* credential, const char* tls) {
    return Json{{"host", "harbor.example.com"},
                {"credential", Json::parse(credential)},
                {"tls", Json::parse(tls)},
                {"namespaces", {{"selector", Json::object()}}}};
  };
  auto bare = with(R"({"secretRef": {"name": "c"}})", "{}");
  bare.erase("tls");
  return {bare, with(R"({"robot": {"adminRef": {"name": "c"}, "projects": ["p"]}})",
                     R"({"caRef": {"kind": "Secret", "name": "ca"}})")};
}

/// Between them the two hold every field.
enum Base { kGiven, kRobot };

Json full_spec(Base base) {
  auto spec = Json::parse(R"({
    "host": "harbor.example.com", "endpoint": "https://harbor.example.com",
    "tls": {"verification": "Full", "caRef": {"kind": "ConfigMap", "name": "ca", "key": "k"}},
    "credential": {"secretRef": {"name": "c", "projects": ["p"]}},
    "namespaces": {"names": ["a"], "exclude": ["b"], "selector": {
      "matchLabels": {"l": "v"}, "matchExpressions": [{"key": "k", "operator": "In", "values": ["v"]}]}},
    "serviceAccounts": {"mode": "Attach", "names": ["a"], "selector": {
      "matchLabels": {"l": "v"}, "matchExpressions": [{"key": "k", "operator": "In", "values": ["v"]}]}},
    "images": {"rewrites": [{"from": "docker.io", "to": "harbor.example.com/hub"}]},
    "secretName": "s", "pods": {"recovery": "None"}, "interval": "1m", "deletionPolicy": "Delete", "suspend": false})");
  if (base == kGiven) return spec;
  spec["tls"] = {{"verification", "Insecure"}};
  spec["credential"] = Json::parse(R"({"robot": {
    "adminRef": {"name": "c"}, "sharing": "PerNamespace", "projects": ["p"], "projectFrom": "NamespaceLabel",
    "projectLabel": "l", "lifetimeDays": 7, "renewBefore": "1h", "overlap": "1h"}})");
  return spec;
}

/// A document that differs from full_spec(base) at the pointer and nowhere else.
struct Change {
  std::string pointer = {};
  Json value = {};
  Base base = kGiven;
  bool fits = true;  ///< else it goes with none of the other fields' values, and the code must say so
};

void add_selector(std::map<std::string, Change>& changes, const std::string& of) {
  const auto path = "spec." + of + ".selector.";
  const auto pointer = "/" + of + "/selector/";
  changes[path + "matchLabels{}"] = {pointer + "matchLabels/l", "x"};
  changes[path + "matchExpressions[].key"] = {pointer + "matchExpressions/0/key", "x"};
  changes[path + "matchExpressions[].operator"] = {pointer + "matchExpressions/0/operator", "NotIn"};
  changes[path + "matchExpressions[].values[]"] = {pointer + "matchExpressions/0/values/0", "x"};
}

std::map<std::string, Change> spec_changes() {
  std::map<std::string, Change> changes = {
      {"spec.host", {"/host", "other.example.com", kGiven, false}},
      {"spec.endpoint", {"/endpoint", "https://other.example.com"}},
      {"spec.tls.verification", {"/tls/verification", "Full", kRobot}},
      {"spec.tls.caRef.kind", {"/tls/caRef/kind", "Secret"}},
      {"spec.tls.caRef.name", {"/tls/caRef/name", "x"}},
      {"spec.tls.caRef.key", {"/tls/caRef/key", "x"}},
      {"spec.credential.secretRef.name", {"/credential/secretRef/name", "x"}},
      {"spec.credential.secretRef.projects[]", {"/credential/secretRef/projects/0", "x"}},
      {"spec.credential.robot.adminRef.name", {"/credential/robot/adminRef/name", "x", kRobot}},
      {"spec.credential.robot.sharing", {"/credential/robot/sharing", "Shared", kRobot, false}},
      {"spec.credential.robot.projects[]", {"/credential/robot/projects/0", "x", kRobot}},
      {"spec.credential.robot.projectFrom", {"/credential/robot/projectFrom", "NamespaceName", kRobot, false}},
      {"spec.credential.robot.projectLabel", {"/credential/robot/projectLabel", "x", kRobot}},
      {"spec.credential.robot.lifetimeDays", {"/credential/robot/lifetimeDays", 8, kRobot}},
      {"spec.credential.robot.renewBefore", {"/credential/robot/renewBefore", "2h", kRobot}},
      {"spec.credential.robot.overlap", {"/credential/robot/overlap", "2h", kRobot}},
      {"spec.namespaces.names[]", {"/namespaces/names/0", "x"}},
      {"spec.namespaces.exclude[]", {"/namespaces/exclude/0", "x"}},
      {"spec.serviceAccounts.mode", {"/serviceAccounts/mode", "None"}},
      {"spec.serviceAccounts.names[]", {"/serviceAccounts/names/0", "x"}},
      {"spec.secretName", {"/secretName", "x"}},
      {"spec.images.rewrites[].from", {"/images/rewrites/0/from", "quay.io"}},
      {"spec.images.rewrites[].to", {"/images/rewrites/0/to", "harbor.example.com/x"}},
      {"spec.pods.recovery", {"/pods/recovery", "Evict"}},
      {"spec.interval", {"/interval", "2m"}},
      {"spec.deletionPolicy", {"/deletionPolicy", "Retain"}},
      {"spec.suspend", {"/suspend", true}},
  };
  add_selector(changes, "namespaces");
  add_selector(changes, "serviceAccounts");
  return changes;
}

/// spec.a[].b as /a/0/b.
Json::json_pointer pointer_of(const std::string& path) {
  std::string text;
  for (const char c : path.substr(std::string("spec").size())) {
    if (c != ']') text += c == '.' ? "/" : c == '[' ? "/0" : std::string(1, c);
  }
  return Json::json_pointer(text);
}

}  // namespace

TEST_CASE("the defaults of the schema are those of the code", "[manifests]") {
  std::set<std::string> filled_in;
  for (const auto& bare : smallest_specs()) {
    auto filled = bare;
    fill_defaults(part("spec"), filled);
    REQUIRE(filled != bare);
    CHECK(parse(bare).spec_error.empty());
    CHECK(parse(filled).spec_error.empty());
    CHECK(parse(filled) == parse(bare));
    walk("spec", part("spec"), [&](const std::string& path, const Json& node) {
      if (node.contains("default") && filled.contains(pointer_of(path))) filled_in.insert(path);
    });
  }
  walk("spec", part("spec"), [&](const std::string& path, const Json& node) {
    INFO(path);
    CHECK(node.contains("default") == (filled_in.count(path) == 1));
  });
  auto status = Json::object();
  fill_defaults(Json{{"properties", {{"status", part("status")}}}}, status);
  auto object = registry_with(smallest_specs().front());
  object.update(status);
  CHECK(api::parse_harbor_registry(object)->status == api::HarborRegistryStatus{});
}

TEST_CASE("what the schema requires the code requires", "[manifests]") {
  std::set<std::string> required;
  walk("spec", part("spec"), [&](const std::string& path, const Json& node) {
    for (const auto& name : get(node, "required")) required.insert(path + "." + name.get<std::string>());
  });
  CHECK(required.count("spec.host") == 1);
  std::set<std::string> proved;
  for (const auto base : {kGiven, kRobot}) {
    for (const auto& path : required) {
      INFO(path);
      const auto place = pointer_of(path);
      auto spec = full_spec(base);
      if (!spec.contains(place)) continue;
      spec[place.parent_pointer()].erase(place.back());
      CHECK(parse(spec).spec_error.find(path.substr(path.find_last_of('.'))) != std::string::npos);
      proved.insert(path);
    }
  }
  CHECK(proved == required);
}

TEST_CASE("every field of the spec does something", "[manifests]") {
  std::set<std::string> known;
  for (const auto& [path, change] : spec_changes()) known.insert(path);
  CHECK(leaves("spec", part("spec")) == known);
  for (const auto& [path, change] : spec_changes()) {
    INFO(path);
    auto spec = full_spec(change.base);
    const auto before = parse(spec);
    REQUIRE(before.spec_error.empty());
    const Json::json_pointer pointer(change.pointer);
    REQUIRE(spec.contains(pointer));
    spec[pointer] = change.value;
    const auto after = parse(spec);
    CHECK(after.spec_error.empty() == change.fits);
    CHECK_FALSE(after.spec == before.spec);
  }
}

TEST_CASE("the words of an enum are those that the code knows", "[manifests]") {
  walk("spec", part("spec"), [](const std::string& path, const Json& node) {
    if (!node.contains("enum")) return;
    INFO(path);
    const auto change = spec_changes().at(path);
    for (const auto& word : node.at("enum")) {
      auto spec = full_spec(change.base);
      spec[Json::json_pointer(change.pointer)] = word;
      const auto error = parse(spec).spec_error;
      CHECK(error.find("does not know") == std::string::npos);
    }
  });
}

TEST_CASE("the bounds of numbers and durations are those of the code", "[manifests]") {
  const auto accepted = [](Base base, const char* pointer, const Json& value) {
    auto spec = full_spec(base);
    spec[Json::json_pointer(pointer)] = value;
    return parse(spec).spec_error.empty();
  };
  const auto& robot = part("spec").at("properties").at("credential").at("properties").at("robot").at("properties");
  const auto& days = robot.at("lifetimeDays");
  CHECK(days.at("minimum") == api::kNeverExpires);
  CHECK(accepted(kRobot, "/credential/robot/lifetimeDays", days.at("maximum")));
  CHECK_FALSE(accepted(kRobot, "/credential/robot/lifetimeDays", days.at("maximum").get<int>() + 1));
  CHECK_FALSE(accepted(kRobot, "/credential/robot/lifetimeDays", 0));
  const std::vector<std::tuple<Base, const char*, const char*, bool>> durations = {
      {kGiven, "/interval", "4999ms", false},
      {kGiven, "/interval", "5s", true},
      {kGiven, "/interval", "24h", true},
      {kGiven, "/interval", "24h0m1s", false},
      {kRobot, "/credential/robot/renewBefore", "59s", false},
      {kRobot, "/credential/robot/renewBefore", "1m", true},
      {kRobot, "/credential/robot/renewBefore", "167h59m59s", true},
      {kRobot, "/credential/robot/renewBefore", "168h", false},
      {kRobot, "/credential/robot/overlap", "0s", true},
      {kRobot, "/credential/robot/overlap", "720h", true},
      {kRobot, "/credential/robot/overlap", "720h1ms", false},
  };
  for (const auto& [base, pointer, text, good] : durations) {
    INFO(pointer << " " << text);
    CHECK(accepted(base, pointer, text) == good);
  }
}
