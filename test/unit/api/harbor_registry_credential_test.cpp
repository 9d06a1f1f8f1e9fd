// Where Harbor is and with which credential, as the spec says it.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "api/harbor_registry.hpp"

namespace {

using Json = nlohmann::json;
using std::chrono::hours;
using std::chrono::minutes;

Json given() { return Json::parse(R"({"secretRef": {"name": "c"}})"); }
Json shared_robot() { return Json::parse(R"({"robot": {"adminRef": {"name": "admin"}, "projects": ["base"]}})"); }
Json robot_each() {
  return Json::parse(R"({"robot": {"adminRef": {"name": "admin"}, "sharing": "PerNamespace",
                                   "projectFrom": "NamespaceName"}})");
}

api::HarborRegistry parse(const Json& credential, const Json& more = Json::object()) {
  auto spec = Json::parse(R"({"host": "harbor.example.com", "namespaces": {"selector": {}}})");
  spec["credential"] = credential;
  spec.update(more);
  const auto registry = api::parse_harbor_registry({{"metadata", {{"name", "prod"}}}, {"spec", spec}});
  REQUIRE(registry);
  return *registry;
}

api::HarborRegistrySpec good(const Json& credential, const Json& more = Json::object()) {
  const auto registry = parse(credential, more);
  INFO(registry.spec_error);
  CHECK(registry.spec_error.empty());
  return registry.spec;
}

/// The complaint about a robot after fields of it were replaced; null takes one away.
std::string error_of_robot(Json credential, const char* fields) {
  credential["robot"].update(Json::parse(fields));
  return parse(credential).spec_error;
}

std::string error_with(const char* fields) { return parse(given(), Json::parse(fields)).spec_error; }

}  // namespace

TEST_CASE("Harbor is called where images are pulled from, or at the endpoint", "[api]") {
  CHECK(good(given()).endpoint.empty());
  CHECK(api::endpoint_of(good(given())) == "https://harbor.example.com");
  CHECK(api::endpoint_of(good(given(), {{"host", "harbor.example.com:8443"}})) == "https://harbor.example.com:8443");
  const auto spec = good(given(), {{"endpoint", "https://10.0.0.7:443"}});
  CHECK(spec.endpoint == "https://10.0.0.7:443");
  CHECK(api::endpoint_of(spec) == "https://10.0.0.7:443");
}

TEST_CASE("an endpoint with anything but scheme, host and port is refused and not kept", "[api]") {
  for (const std::string bad :
       {"", "harbor.example.com", "ftp://harbor.example.com", "https://", "https://:443",
        "https://harbor.example.com:", "https://harbor.example.com/", "https://harbor.example.com/api",
        "https://user:password@harbor.example.com", "https://harbor.example.com?a=b", "https://harbor.example.com#a",
        "https://[::1]:443", "HTTPS://harbor.example.com", "https://Harbor.example.com",
        "https://harbor.example.com:80:80", " https://harbor.example.com"}) {
    INFO(bad);
    const auto registry = parse(given(), {{"endpoint", bad}});
    CHECK(registry.spec_error.find("spec.endpoint is not https://host[:port]") == 0);
    CHECK(registry.spec_error.find("password") == std::string::npos);
    CHECK(registry.spec.endpoint.empty());
  }
}

TEST_CASE("an http endpoint needs an explicit word", "[api]") {
  CHECK(error_with(R"({"endpoint": "http://harbor"})").find("spec.tls.verification: Insecure") != std::string::npos);
  CHECK_FALSE(error_with(R"({"endpoint": "http://harbor", "tls": {"verification": "Full"}})").empty());
  const auto spec = good(given(), Json::parse(R"({"endpoint": "http://harbor", "tls": {"verification": "Insecure"}})"));
  CHECK(spec.tls.verification == api::TlsVerification::kInsecure);
  CHECK(api::endpoint_of(spec) == "http://harbor");
}

TEST_CASE("the CA comes from a ConfigMap or a Secret", "[api]") {
  CHECK(good(given()).tls == api::TlsSpec{});
  CHECK(good(given()).tls.verification == api::TlsVerification::kFull);
  const auto map = good(given(), Json::parse(R"({"tls": {"caRef": {"kind": "ConfigMap", "name": "ca"}}})")).tls;
  CHECK(map.ca_ref == api::CaRef{api::CaRef::Kind::kConfigMap, "ca", "ca.crt"});
  const auto secret =
      good(given(), Json::parse(R"({"tls": {"caRef": {"kind": "Secret", "name": "ca", "key": "tls.crt"}}})")).tls;
  CHECK(secret.ca_ref == api::CaRef{api::CaRef::Kind::kSecret, "ca", "tls.crt"});
}

TEST_CASE("a CA beside Insecure is refused, since it would do nothing", "[api]") {
  CHECK(error_with(R"({"tls": {"verification": "Insecure", "caRef": {"kind": "Secret", "name": "ca"}}})") ==
        "spec.tls.caRef does nothing with verification: Insecure; leave one of them out");
}

TEST_CASE("an unknown verification is refused and checks in full", "[api]") {
  const auto registry = parse(given(), Json::parse(R"({"tls": {"verification": "Sometimes"}})"));
  CHECK(registry.spec_error.find("spec.tls.verification is \"Sometimes\"") == 0);
  CHECK(registry.spec.tls.verification == api::TlsVerification::kFull);
}

TEST_CASE("a given Secret may name projects", "[api]") {
  CHECK(good(given()).credential_projects.empty());
  const auto spec = good(Json::parse(R"({"secretRef": {"name": "c", "projects": ["base", "team-a"]}})"));
  CHECK(spec.credential_secret == "c");
  CHECK(spec.credential_projects == std::vector<std::string>{"base", "team-a"});
  CHECK_FALSE(spec.robot);
}

TEST_CASE("the smallest robot is shared, lives 30 days and overlaps a day", "[api]") {
  const auto spec = good(shared_robot());
  CHECK(spec.credential_secret.empty());
  api::RobotSpec robot;
  robot.admin_secret = "admin";
  robot.projects = {"base"};
  CHECK(spec.robot == robot);
  CHECK(robot.sharing == api::Sharing::kShared);
  CHECK(robot.project_from == api::ProjectFrom::kNone);
  CHECK(robot.lifetime_days == 30);
  CHECK_FALSE(robot.renew_before);
  CHECK(robot.overlap == hours(24));
}

TEST_CASE("every field of a robot is read", "[api]") {
  const auto spec = good(Json::parse(R"({"robot": {
    "adminRef": {"name": "admin"}, "sharing": "PerNamespace", "projects": ["base"], "projectFrom": "NamespaceLabel",
    "projectLabel": "example.com/project", "lifetimeDays": 7, "renewBefore": "36h", "overlap": "1h30m"}})"));
  CHECK(spec.robot == api::RobotSpec{"admin",
                                     api::Sharing::kPerNamespace,
                                     {"base"},
                                     api::ProjectFrom::kNamespaceLabel,
                                     "example.com/project",
                                     7,
                                     hours(36),
                                     minutes(90)});
  CHECK(good(robot_each()).robot->project_from == api::ProjectFrom::kNamespaceName);
  CHECK(good(robot_each()).robot->projects.empty());
}

TEST_CASE("a credential is exactly one of a Secret and a robot", "[api]") {
  auto both = given();
  both.update(shared_robot());
  for (const auto& bad : {both, Json::object(), Json{{"token", "x"}}}) {
    CHECK(parse(bad).spec_error == "spec.credential is not exactly one of secretRef, robot; write one of them");
  }
}

TEST_CASE("a robot's projects go with how it is shared", "[api]") {
  CHECK(error_of_robot(shared_robot(), R"({"projects": null})").find("spec.credential.robot.projects is empty") == 0);
  CHECK(error_of_robot(shared_robot(), R"({"projects": []})").find("spec.credential.robot.projects is empty") == 0);
  CHECK(error_of_robot(shared_robot(), R"({"projectFrom": "NamespaceName"})")
            .find("spec.credential.robot.projectFrom goes with sharing: PerNamespace only") == 0);
  CHECK(error_of_robot(robot_each(), R"({"projectFrom": null})").find("spec.credential.robot.projectFrom is missing") ==
        0);
  CHECK(error_of_robot(robot_each(), R"({"projectFrom": "NamespaceLabel"})")
            .find("spec.credential.robot.projectLabel is missing") == 0);
  CHECK(error_of_robot(robot_each(), R"({"projectLabel": "a"})")
            .find("spec.credential.robot.projectLabel goes with projectFrom: NamespaceLabel only") == 0);
  CHECK(error_of_robot(robot_each(), R"({"projectFrom": "Moon"})").find("NamespaceName, NamespaceLabel") !=
        std::string::npos);
}

TEST_CASE("a lifetime is whole days or for ever", "[api]") {
  for (const auto* good : {"-1", "1", "3650"}) {
    CHECK(error_of_robot(shared_robot(), (R"({"lifetimeDays": )" + std::string(good) + "}").c_str()).empty());
  }
  for (const auto* bad : {"0", "-2", "3651", "1e30", "1.5", "18446744073709551615", "\"30\"", "true"}) {
    INFO(bad);
    const auto error = error_of_robot(shared_robot(), (R"({"lifetimeDays": )" + std::string(bad) + "}").c_str());
    CHECK(error.find("spec.credential.robot.lifetimeDays is ") == 0);
  }
}

TEST_CASE("a robot is renewed within its lifetime", "[api]") {
  CHECK(error_of_robot(shared_robot(), R"({"renewBefore": "720h"})").find("is not shorter than lifetimeDays") !=
        std::string::npos);
  CHECK(error_of_robot(shared_robot(), R"({"renewBefore": "719h59m59s"})").empty());
  CHECK(error_of_robot(shared_robot(), R"({"renewBefore": "720h", "lifetimeDays": -1})").empty());
  CHECK_FALSE(error_of_robot(shared_robot(), R"({"renewBefore": "24h", "lifetimeDays": 1})").empty());
}

TEST_CASE("a duration out of its range is refused with the range", "[api]") {
  const std::vector<std::pair<std::string, std::string>> told = {
      {error_with(R"({"interval": "1s"})"), "spec.interval is not a duration from 5s to 24h"},
      {error_with(R"({"interval": "25h"})"), "spec.interval is not a duration from 5s to 24h"},
      {error_with(R"({"interval": 600})"), "spec.interval is not a duration from 5s to 24h"},
      {error_with(R"({"interval": "soon"})"), "spec.interval is not a duration from 5s to 24h"},
      {error_of_robot(shared_robot(), R"({"renewBefore": "30s"})"), "renewBefore is not a duration of at least 1m"},
      {error_of_robot(shared_robot(), R"({"overlap": "721h"})"), "overlap is not a duration of at most 720h"},
      {error_of_robot(shared_robot(), R"({"overlap": "-1h"})"), "overlap is not a duration of at most 720h"},
  };
  for (const auto& [error, part] : told) {
    INFO(error);
    CHECK(error.find(part) != std::string::npos);
    CHECK(error.find("; write one such as 10m") != std::string::npos);
  }
  CHECK(good(given()).interval == minutes(10));
  CHECK(good(given(), {{"interval", "1h30m"}}).interval == minutes(90));
}

TEST_CASE("what is of the wrong kind is refused with its place", "[api]") {
  const std::vector<std::pair<std::string, std::string>> bad = {
      {error_with(R"({"tls": "Full"})"), "spec.tls is of type string"},
      {error_with(R"({"tls": {"caRef": "ca"}})"), "spec.tls.caRef is of type string"},
      {error_with(R"({"tls": {"caRef": {"name": "ca"}}})"), "spec.tls.caRef.kind is missing"},
      {error_with(R"({"tls": {"caRef": {"kind": "Secret"}}})"), "spec.tls.caRef.name is missing"},
      {error_with(R"({"tls": {"caRef": {"kind": "Secret", "name": "ca", "key": ""}}})"),
       "spec.tls.caRef.key is missing"},
      {error_with(R"({"credential": {"secretRef": {"name": "c", "projects": "base"}}})"),
       "spec.credential.secretRef.projects is of type string"},
      {error_with(R"({"credential": {"robot": []}})"), "spec.credential.robot is of type array"},
      {error_of_robot(shared_robot(), R"({"adminRef": null})"), "spec.credential.robot.adminRef.name is missing"},
      {error_of_robot(shared_robot(), R"({"adminRef": "a"})"), "spec.credential.robot.adminRef is of type string"},
      {error_of_robot(shared_robot(), R"({"projects": [1]})"), "spec.credential.robot.projects[0] is of type number"},
      {error_of_robot(shared_robot(), R"({"sharing": "Some"})"), "spec.credential.robot.sharing is \"Some\""},
  };
  for (const auto& [error, begin] : bad) {
    INFO(error);
    CHECK(error.find(begin) == 0);
    CHECK(error.find("; ") != std::string::npos);
  }
}
