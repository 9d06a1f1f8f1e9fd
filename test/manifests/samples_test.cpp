// What people copy: deploy/samples against the schema and the code.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "api/names.hpp"
#include "schema.hpp"
#include "yaml.hpp"

using namespace manifests;

namespace {

using Json = nlohmann::json;

std::vector<Json> objects_of_kind(const std::string& kind) {
  std::vector<Json> found;
  for (const auto& entry : std::filesystem::directory_iterator(HARBOR_PULL_SOURCE_DIR "/deploy/samples")) {
    for (const auto& object : load_all("deploy/samples/" + entry.path().filename().string())) {
      if (object.at("kind") == kind) found.push_back(object);
    }
  }
  return found;
}

bool has_sample_secret(const std::string& name) {
  const auto secrets = objects_of_kind("Secret");
  return std::any_of(secrets.begin(), secrets.end(),
                     [&](const Json& secret) { return secret.at("metadata").at("name") == name; });
}

}  // namespace

TEST_CASE("the sample registries can be applied as they are", "[manifests]") {
  const auto samples = objects_of_kind(std::string(api::kKind));
  CHECK(samples.size() == 6);
  const auto known = leaves("spec", part("spec"));
  std::set<std::string> names;
  for (const auto& object : samples) {
    const auto registry = api::parse_harbor_registry(object);
    REQUIRE(registry);
    INFO(registry->meta.name);
    CHECK(object.at("apiVersion") == std::string(api::kApiVersion));
    CHECK(registry->spec_error.empty());
    CHECK(registry->spec.host.find(".example.com") != std::string::npos);
    CHECK(names.insert(registry->meta.name).second);
    const auto& spec = registry->spec;
    CHECK(has_sample_secret(spec.robot ? spec.robot->admin_secret : spec.credential_secret));
    std::set<std::string> written;
    value_leaves("spec", object.at("spec"), written);
    for (auto path : written) {
      const auto label = path.find("matchLabels.");
      if (label != std::string::npos) path = path.substr(0, label) + "matchLabels{}";
      INFO(path);
      CHECK(known.count(path) == 1);
    }
  }
}

TEST_CASE("every sample opens by saying what it is for", "[manifests]") {
  for (const auto& entry : std::filesystem::directory_iterator(HARBOR_PULL_SOURCE_DIR "/deploy/samples")) {
    std::string first;
    std::getline(std::ifstream(entry.path()), first);
    INFO(entry.path());
    CHECK(first.substr(0, 2) == "# ");
  }
}

TEST_CASE("the samples show each way to come by a credential", "[manifests]") {
  const auto spec_of = [](const char* path) { return parse(load(path).at("spec")).spec; };
  CHECK_FALSE(spec_of("deploy/samples/harborregistry.yaml").robot);
  const auto shared = spec_of("deploy/samples/harborregistry-robot.yaml").robot;
  const auto each = spec_of("deploy/samples/harborregistry-robot-per-namespace.yaml").robot;
  REQUIRE(shared);
  REQUIRE(each);
  CHECK(shared->sharing == api::Sharing::kShared);
  CHECK(each->sharing == api::Sharing::kPerNamespace);
}

TEST_CASE("the sample of a proxy cache may pull of each project that it rewrites to", "[manifests]") {
  const auto spec = parse(load("deploy/samples/harborregistry-proxy-cache.yaml").at("spec")).spec;
  const auto& written = load("deploy/samples/harborregistry-proxy-cache.yaml").at("spec").at("images").at("rewrites");
  REQUIRE(written.size() == 2);
  REQUIRE(spec.robot);
  for (const auto& rewrite : written) {
    const auto to = rewrite.at("to").get<std::string>();
    REQUIRE(to.rfind(spec.host + "/", 0) == 0);
    const auto path = to.substr(spec.host.size() + 1);
    const auto& projects = spec.robot->projects;
    CHECK(std::count(projects.begin(), projects.end(), path.substr(0, path.find('/'))) == 1);
  }
}

TEST_CASE("the sample of several registries has two hosts for one Secret", "[manifests]") {
  std::set<std::string> hosts;
  std::set<std::string> secrets;
  for (const auto& object : load_all("deploy/samples/harborregistries-in-one-secret.yaml")) {
    if (object.at("kind") != std::string(api::kKind)) continue;
    const auto spec = parse(object.at("spec")).spec;
    hosts.insert(spec.host);
    secrets.insert(spec.secret_name);
  }
  CHECK(hosts.size() == 2);
  CHECK(secrets == std::set<std::string>{std::string(api::kDefaultSecretName)});
}

TEST_CASE("the sample credentials are Secrets where the operator looks for them", "[manifests]") {
  const auto secrets = objects_of_kind("Secret");
  CHECK(secrets.size() == 3);
  for (const auto& secret : secrets) {
    CHECK(secret.at("metadata").at("namespace") == std::string(api::kDefaultNamespace));
    CHECK(secret.at("type") == std::string(api::kBasicAuthType));
    CHECK(secret.at("stringData").contains("username"));
    CHECK(secret.at("stringData").contains("password"));
  }
}
