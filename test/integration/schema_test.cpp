// What the API server itself says to a HarborRegistry, before any operator reads it: each rule of the schema at work.
#include <algorithm>

#include "integration/scene.hpp"

using namespace integration;

namespace {

const std::string kTry = "/apis/harborpull.io/v1alpha1/harborregistries?dryRun=All&fieldValidation=Strict";

Json given() { return Json::parse(R"({"secretRef": {"name": "c"}})"); }
Json shared_robot() { return Json::parse(R"({"robot": {"adminRef": {"name": "admin"}, "projects": ["base"]}})"); }
Json robot_each() {
  return Json::parse(R"({"robot": {"adminRef": {"name": "admin"}, "sharing": "PerNamespace",
                                   "projectFrom": "NamespaceName"}})");
}

Json spec_with(const Json& credential) {
  return {{"host", kHost}, {"credential", credential}, {"namespaces", {{"names", {"a"}}}}};
}

/// What the API server makes of it. Nothing is stored.
Answer tried(const Json& spec) {
  const Json object = {{"apiVersion", "harborpull.io/v1alpha1"},
                       {"kind", "HarborRegistry"},
                       {"metadata", {{"name", "tried"}}},
                       {"spec", spec}};
  const Scene scene(Scene::Begin::kWithoutOperator);
  return scene.admin().create(kTry, object);
}

/// The API server refuses this field, and says `told` of it and nothing else.
void check_refused(const Json& spec, const std::string& field, const std::string& told) {
  const auto answer = tried(spec);
  INFO(spec.dump() << "\n" << answer.text());
  CHECK(answer.status == 422);
  CHECK(answer.text().find(told) != std::string::npos);
  bool named = false;
  for (const auto& cause : answer.json.value(Json::json_pointer("/details/causes"), Json::array())) {
    named = named || cause.value("field", "") == field;
    CHECK(cause.value("message", "").find("rule error") == std::string::npos);
    CHECK(cause.value("message", "").find("failed rule") == std::string::npos);
  }
  CHECK(named);
}

Json check_accepted(const Json& spec) {
  const auto answer = tried(spec);
  INFO(spec.dump() << "\n" << answer.text());
  REQUIRE(answer.status == 201);
  return answer.json.at("spec");
}

/// A spec with a given Secret and these fields besides.
Json with(const char* fields) {
  auto spec = spec_with(given());
  spec.update(Json::parse(fields));
  return spec;
}

/// The same with a robot, fields of which are replaced.
Json robot_with(Json credential, const char* fields) {
  credential["robot"].update(Json::parse(fields));
  return spec_with(credential);
}

std::string field(const char* name, const std::string& value) { return Json{{name, value}}.dump(); }

}  // namespace

TEST_CASE("the API server refuses a host that cannot be meant, and says how to write it", "[integration]") {
  for (const auto& [host, told] : std::vector<std::pair<std::string, std::string>>{
           {"https://harbor.example.com", "without https:// and without a path"},
           {"harbor.example.com/library", "without https:// and without a path"},
           {"Harbor.Example.com", "in lower case"},
           {"harbor", "host needs a dot or a port"},
           {"harbor.example.com:70000", "from 1 to 65535"}}) {
    check_refused(with(field("host", host).c_str()), "spec.host", told);
  }
}

TEST_CASE("the API server refuses a selection that cannot be meant, and says how to write it", "[integration]") {
  const auto selecting = [](const char* selector) {
    auto spec = spec_with(given());
    spec["namespaces"]["selector"] = Json::parse(selector);
    return spec;
  };
  const std::string selector = "spec.namespaces.selector.";
  const std::string first = selector + "matchExpressions[0].";
  check_refused(selecting(R"({"matchExpressions": [{"key": "env", "operator": "Near", "values": ["prod"]}]})"),
                first + "operator", "Unsupported value: \"Near\"");
  check_refused(selecting(R"({"matchExpressions": [{"key": "env", "operator": "In"}]})"), first + "values",
                "In and NotIn need at least one value");
  check_refused(selecting(R"({"matchExpressions": [{"key": "env", "operator": "Exists", "values": ["prod"]}]})"),
                first + "values", "Exists and DoesNotExist take none");
  check_refused(selecting(R"({"matchExpressions": [{"key": "not a label", "operator": "Exists"}]})"), first + "key",
                "a label is name or prefix/name");
  check_refused(selecting(R"({"matchLabels": {"env": "not a value"}})"), selector + "matchLabels[env]",
                "a label's value has letters");
  check_refused(with(R"({"namespaces": {}})"), "spec.namespaces", "say which namespaces: selector, names or both");
  check_refused(with(R"({"namespaces": {"names": ["team-[a-z]"]}})"), "spec.namespaces.names[0]",
                "of glob characters only * and ? are known");
}

TEST_CASE("the API server refuses an endpoint with more than scheme, host and port", "[integration]") {
  for (const std::string good : {"https://harbor.example.com", "https://10.0.0.7:8443", "https://harbor-core:65535"}) {
    check_accepted(with(field("endpoint", good).c_str()));
  }
  for (const std::string bad :
       {"harbor.example.com", "ftp://harbor.example.com", "https://", "https://user:word@harbor.example.com",
        "https://harbor.example.com/", "https://harbor.example.com/api", "https://harbor.example.com?a=b",
        "https://[::1]", "https://Harbor.example.com", "HTTPS://harbor.example.com", "https://harbor.example.com:"}) {
    check_refused(with(field("endpoint", bad).c_str()), "spec.endpoint",
                  "endpoint is https://host[:port] or http://host[:port]");
  }
  for (const std::string bad : {"https://harbor.example.com:0", "https://harbor.example.com:65536"}) {
    check_refused(with(field("endpoint", bad).c_str()), "spec.endpoint", "the port of endpoint is a number from 1");
  }
}

TEST_CASE("the API server takes an http endpoint only with an explicit word", "[integration]") {
  check_accepted(with(R"({"endpoint": "http://harbor", "tls": {"verification": "Insecure"}})"));
  for (const auto* bad : {R"({"endpoint": "http://harbor"})", R"({"endpoint": "http://harbor", "tls": {}})",
                          R"({"endpoint": "http://harbor", "tls": null})",
                          R"({"endpoint": "http://harbor", "tls": {"verification": "Full"}})"}) {
    check_refused(with(bad), "spec.tls.verification", "say so explicitly with verification: Insecure");
  }
}

TEST_CASE("the API server knows where a CA can be, and that Insecure needs none", "[integration]") {
  CHECK(check_accepted(with("{}")).at("tls") == Json{{"verification", "Full"}});
  CHECK(check_accepted(with(R"({"tls": {"caRef": {"kind": "Secret", "name": "ca.of-us"}}})")).at("tls") ==
        Json::parse(R"({"verification": "Full", "caRef": {"kind": "Secret", "name": "ca.of-us", "key": "ca.crt"}})"));
  check_refused(with(R"({"tls": {"verification": "Insecure", "caRef": {"kind": "Secret", "name": "ca"}}})"),
                "spec.tls.caRef", "caRef does nothing with verification: Insecure");
  check_refused(with(R"({"tls": {"verification": "Sometimes"}})"), "spec.tls.verification", "Unsupported value");
  check_refused(with(R"({"tls": {"caRef": {"name": "ca"}}})"), "spec.tls.caRef.kind", "Required value");
  check_refused(with(R"({"tls": {"caRef": {"kind": "Pod", "name": "ca"}}})"), "spec.tls.caRef.kind",
                "Unsupported value");
  check_refused(with(R"({"tls": {"caRef": {"kind": "Secret"}}})"), "spec.tls.caRef.name", "Required value");
  check_refused(with(R"({"tls": {"caRef": {"kind": "Secret", "name": "CA"}}})"), "spec.tls.caRef.name",
                "the name of a ConfigMap or Secret has lower-case letters");
  check_refused(with(R"({"tls": {"caRef": {"kind": "Secret", "name": "ca", "key": "a/b"}}})"), "spec.tls.caRef.key",
                "a key of a ConfigMap or Secret has letters");
}

TEST_CASE("the API server takes an interval from 5s to 24h", "[integration]") {
  CHECK(check_accepted(with("{}")).at("interval") == "10m");
  for (const std::string good : {"5s", "24h", "1h30m", "1.5h", "5000ms", "999ms999m"}) {
    check_accepted(with(field("interval", good).c_str()));
  }
  for (const std::string bad : {"", "4s", "4999ms", "24h1s", "10", "-10m", "10 m", "1d", "soon", "inf", "PT10M",
                                "1234567h", "999999h999999h99999h"}) {
    check_refused(with(field("interval", bad).c_str()), "spec.interval", bad.empty() ? "at least 1" : "from 5s to 24h");
  }
}

TEST_CASE("the API server takes rewrites from other registries into this one only", "[integration]") {
  const auto rewrites = [](const std::string& from, const std::string& to) {
    auto spec = spec_with(given());
    spec["images"]["rewrites"] = {{{"from", from}, {"to", to}}};
    return spec;
  };
  const std::string path = "spec.images.rewrites";
  const std::string to = std::string(kHost) + "/hub";
  for (const auto* good : {"docker.io", "docker.io/library", "quay.io/prometheus/node-exporter", "localhost:5000",
                           "localhost", "10.0.0.1:80/a__b"}) {
    check_accepted(rewrites(good, to));
  }
  for (const auto* bad : {"Docker.io", "docker.io/", "docker.io/a:1", "docker.io/a@sha256", "https://docker.io", "*"}) {
    check_refused(rewrites(bad, to), path + "[0].from", "from is a registry, or a registry and a path");
  }
  check_refused(rewrites("library", to), path + "[0].from", "from begins with a registry");
  check_refused(rewrites("index.docker.io/library", to), path + "[0].from", "write docker.io");
  check_refused(rewrites("docker.io", "hub"), path + "[0].to", "to is spec.host and a path");
  check_refused(rewrites("docker.io", to + "/"), path + "[0].to", "to is spec.host and a path");
  check_refused(rewrites("docker.io", "other.example.com/hub"), path, "every to begins with spec.host");
  check_refused(rewrites(kHost, to), path, "from is another registry than spec.host");
  check_refused(rewrites(std::string(kHost) + "/old", to), path, "from is another registry than spec.host");
  auto twice = rewrites("docker.io", to);
  twice["images"]["rewrites"].push_back({{"from", "docker.io"}, {"to", to + "2"}});
  check_refused(twice, path + "[1]", "Duplicate value");
}

TEST_CASE("the API server takes exactly one of a given Secret and a robot", "[integration]") {
  auto both = given();
  both.update(shared_robot());
  for (const auto& bad : {both, Json::object()}) {
    check_refused(spec_with(bad), "spec.credential",
                  "write exactly one of secretRef, a Secret that is given, and robot");
  }
  check_refused(spec_with({{"secretRef", Json::object()}}), "spec.credential.secretRef.name", "Required value");
  check_refused(spec_with({{"robot", {{"projects", {"base"}}}}}), "spec.credential.robot.adminRef", "Required value");
  check_refused(robot_with(shared_robot(), R"({"adminRef": {"name": "Admin"}})"), "spec.credential.robot.adminRef.name",
                "a Secret's name has lower-case letters");
}

TEST_CASE("the API server fills in what a robot is by default", "[integration]") {
  CHECK(check_accepted(spec_with(shared_robot())).at("credential") ==
        Json::parse(R"({"robot": {"adminRef": {"name": "admin"}, "projects": ["base"], "sharing": "Shared",
                                  "lifetimeDays": 30, "overlap": "24h"}})"));
}

TEST_CASE("the API server knows how Harbor's projects are called", "[integration]") {
  const auto projects = [](const Json& names) {
    auto credential = given();
    credential["secretRef"]["projects"] = names;
    return spec_with(credential);
  };
  const std::string path = "spec.credential.secretRef.projects";
  check_accepted(projects({"a", "team-a", "team_a.b-1", std::string(255, 'p')}));
  for (const auto* bad : {"Team", "-a", "a-", "a--b", "a/b", "a b", "*"}) {
    check_refused(projects({"base", bad}), path + "[1]", "a project's name has lower-case letters and digits");
  }
  check_refused(projects({std::string(256, 'p')}), path + "[0]", "255");
  check_refused(projects({"a", "a"}), path + "[1]", "Duplicate value");
  auto many = Json::array();
  for (int i = 0; i < 64; ++i) many.push_back(std::string(252, 'p') + std::to_string(100 + i));
  check_accepted(projects(many));
  auto robot = shared_robot();
  robot["robot"]["projects"] = many;
  check_accepted(spec_with(robot));
  many.push_back("one-more");
  check_refused(projects(many), path, "64");
  check_refused(robot_with(shared_robot(), R"({"projects": ["Base"]})"), "spec.credential.robot.projects[0]",
                "a project's name has lower-case letters and digits");
}

TEST_CASE("the API server holds a robot's projects to how it is shared", "[integration]") {
  const std::string robot = "spec.credential.robot.";
  check_accepted(spec_with(robot_each()));
  check_accepted(robot_with(robot_each(), R"({"projects": ["base"]})"));
  check_accepted(robot_with(robot_each(), R"({"projectFrom": "NamespaceLabel", "projectLabel": "example.com/p"})"));
  check_refused(robot_with(shared_robot(), R"({"projects": []})"), robot + "projects", "name at least one project");
  check_refused(spec_with({{"robot", {{"adminRef", {{"name", "admin"}}}}}}), robot + "projects",
                "name at least one project");
  check_refused(robot_with(shared_robot(), R"({"projectFrom": "NamespaceName"})"), robot + "projectFrom",
                "goes with sharing: PerNamespace only");
  check_refused(robot_with(shared_robot(), R"({"sharing": "PerNamespace"})"), robot + "projectFrom",
                "write projectFrom: NamespaceName or NamespaceLabel");
  for (const auto& bad :
       {robot_with(robot_each(), R"({"projectFrom": "NamespaceLabel"})"),
        robot_with(robot_each(), R"({"projectLabel": "p"})"), robot_with(shared_robot(), R"({"projectLabel": "p"})")}) {
    check_refused(bad, robot + "projectLabel", "exactly when projectFrom is NamespaceLabel");
  }
  check_refused(robot_with(robot_each(), R"({"projectFrom": "NamespaceLabel", "projectLabel": "not a label"})"),
                robot + "projectLabel", "a label is name or prefix/name");
  check_refused(robot_with(robot_each(), R"({"projectFrom": "Moon"})"), robot + "projectFrom", "Unsupported value");
  check_refused(robot_with(shared_robot(), R"({"sharing": "Some"})"), robot + "sharing", "Unsupported value");
}

TEST_CASE("the API server holds a robot to a lifetime that can be renewed", "[integration]") {
  const std::string robot = "spec.credential.robot.";
  for (const auto* good :
       {R"({"lifetimeDays": -1})", R"({"lifetimeDays": 1})", R"({"lifetimeDays": 3650})", R"({"renewBefore": "1m"})",
        R"({"renewBefore": "719h59m59s"})", R"({"lifetimeDays": -1, "renewBefore": "9000h"})",
        R"({"lifetimeDays": 3650, "renewBefore": "87599h"})", R"({"overlap": "0s"})", R"({"overlap": "720h"})"}) {
    check_accepted(robot_with(shared_robot(), good));
  }
  for (const auto* bad : {R"({"lifetimeDays": 0})", R"({"lifetimeDays": -2})", R"({"lifetimeDays": 3651})",
                          R"({"lifetimeDays": 9000000000000000000, "renewBefore": "1h"})"}) {
    check_refused(robot_with(shared_robot(), bad), robot + "lifetimeDays", "lifetimeDays");
  }
  for (const auto* bad : {R"({"renewBefore": "720h"})", R"({"renewBefore": "24h", "lifetimeDays": 1})",
                          R"({"renewBefore": "87600h", "lifetimeDays": 3650})"}) {
    check_refused(robot_with(shared_robot(), bad), robot + "renewBefore", "renewBefore is shorter than lifetimeDays");
  }
  for (const auto* bad : {R"({"renewBefore": "59s"})", R"({"renewBefore": "10d"})", R"({"renewBefore": "-1h"})"}) {
    check_refused(robot_with(shared_robot(), bad), robot + "renewBefore", "a duration of at least 1m");
  }
  for (const auto* bad : {R"({"overlap": "721h"})", R"({"overlap": "720h1ms"})", R"({"overlap": "a day"})"}) {
    check_refused(robot_with(shared_robot(), bad), robot + "overlap", "a duration of at most 720h");
  }
}

TEST_CASE("the API server takes the samples", "[integration]") {
  const Scene scene(Scene::Begin::kWithoutOperator);
  const auto samples = support::project_root() / "deploy" / "samples";
  const auto ran = scene.cluster().kubectl({"apply", "--dry-run=server", "-f", samples.string()});
  INFO(ran.out << ran.err);
  CHECK(ran.code == 0);
  CHECK(std::count(ran.out.begin(), ran.out.end(), '\n') == 9);
  CHECK(ran.err.empty());
}

TEST_CASE("the API server keeps what is known of the credential, and shows when it ends", "[integration]") {
  Scene scene(Scene::Begin::kWithoutOperator);
  scene.make_registry("known", scene.spec("any"));
  const auto status_path = support::registry_path("known") + "/status";
  const auto known = Json::parse(R"({"robot": "robot$base+pull-prod-g3", "robots": 1,
      "expiresAt": "2100-01-31T18:42:00Z", "nextRotation": "2100-01-21T18:42:00Z",
      "contentHash": "5bdcc146bf60754e6a042426089575c7"})");
  const auto put = [&](const Json& credential) {
    return scene.admin().merge_patch(status_path, {{"status", {{"credential", credential}}}});
  };
  CHECK(put(known).require().at("status").at("credential") == known);
  const auto ran = scene.cluster().kubectl({"get", "hreg", "known"});
  INFO(ran.out << ran.err);
  CHECK(ran.out.find("EXPIRES") != std::string::npos);
  CHECK(ran.out.find("2100-01-31T18:42:00Z") != std::string::npos);
  for (const auto* bad : {R"({"contentHash": "5bdc"})", R"({"expiresAt": "soon"})", R"({"robots": -1})"}) {
    INFO(bad);
    CHECK(put(Json::parse(bad)).status == 422);
  }
}
