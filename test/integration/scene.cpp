#include "integration/scene.hpp"

#include <atomic>
#include <iostream>

#include "base/digest.hpp"

namespace integration {
namespace {

const std::string kRegistries = "/apis/harborpull.io/v1alpha1/harborregistries";
const std::string kOwnSecrets = "/api/v1/namespaces/harbor-pull-system/secrets";

/// Once a program: everything that ships, from the manifests that ship.
void install_once() {
  static const bool installed = [] {
    support::install(support::shared_control_plane());
    return true;
  }();
  REQUIRE(installed);
}

std::string next_id() {
  static std::atomic<int> next{0};
  return "s" + std::to_string(++next);
}

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Scene::Scene(Begin begin, support::OperatorOptions options) : id_(next_id()) {
  install_once();
  if (begin == Begin::kWithOperator) start_operator(std::move(options));
}

Scene::~Scene() {
  try {
    sweep();
    look_for_canary();
  } catch (const std::exception& error) {
    FAIL_CHECK("sweeping up: " << error.what());
  }
}

support::Operator& Scene::op() {
  REQUIRE_FALSE(operators_.empty());
  return *operators_.back();
}

support::Operator& Scene::start_operator(support::OperatorOptions options) {
  operators_.push_back(std::make_unique<support::Operator>(cluster(), std::move(options)));
  operators_.back()->wait_ready();
  return *operators_.back();
}

void Scene::stop_operator() {
  said_.push_back(op().metrics());
  const auto exit = op().terminate();
  CHECK(exit.code == 0);
  said_.push_back(op().log_text());
  operators_.pop_back();
}

void Scene::kill_operator() {
  op().kill9();
  said_.push_back(op().log_text());
  operators_.pop_back();
}

std::string Scene::make_namespace(const std::string& stem, const support::Labels& labels) {
  const auto name = stem + "-" + id_ + "-" + std::to_string(++made_);
  admin().create("/api/v1/namespaces", support::namespace_object(name, labels)).require();
  namespaces_.push_back(name);
  return name;
}

std::string Scene::make_credential(const std::string& name, const std::string& suffix) {
  auto secret = support::basic_auth_secret(support::kOperatorNamespace, name, "robot$" + name, password(suffix));
  admin().apply(kOwnSecrets + "/" + name, secret).require();
  if (!holds(others_, kOwnSecrets + "/" + name)) others_.push_back(kOwnSecrets + "/" + name);
  return name;
}

void Scene::make(const std::string& collection, const Json& object) {
  admin().create(collection, object).require();
  others_.push_back(collection + "/" + object.at("metadata").at("name").get<std::string>());
}

void Scene::make_registry(const std::string& name, const Json& spec) {
  const Json object = {{"apiVersion", "harborpull.io/v1alpha1"},
                       {"kind", "HarborRegistry"},
                       {"metadata", {{"name", name}}},
                       {"spec", spec}};
  if (!holds(registries_, name)) registries_.push_back(name);
  admin().apply(support::registry_path(name), object).require();
}

Json Scene::spec(const std::string& credential, const std::string& host) const {
  // Nobody listens there: without a Harbor everything has to work as well, and no name is looked up.
  return {{"host", host},
          {"endpoint", "http://127.0.0.1:1"},
          {"tls", {{"verification", "Insecure"}}},
          {"credential", {{"secretRef", {{"name", credential}}}}},
          {"namespaces", {{"selector", {{"matchLabels", {{"scene", id_}}}}}}}};
}

void Scene::patch_registry(const std::string& name, const Json& merge_patch) {
  admin().merge_patch(support::registry_path(name), merge_patch).require();
}

Json Scene::registry(const std::string& name) const { return admin().get(support::registry_path(name)).json; }

Json Scene::wait_condition(const std::string& name, const std::string& type, const std::string& status,
                           const std::string& reason, Millis patience) {
  Json last;
  eventually(name + " has condition " + type + "=" + status + " " + reason, patience, [&]() -> Seen {
    last = registry(name);
    const auto found = support::condition(last, type);
    if (found.is_null()) return {false, last.dump()};
    const bool current = found.at("observedGeneration") == last.at("metadata").at("generation");
    return {current && found.at("status") == status && found.at("reason") == reason,
            last.value("status", Json()).dump()};
  });
  return last;
}

Json Scene::wait_counts(const std::string& name, const std::string& namespaces) {
  Json last;
  eventually(name + " counts " + namespaces, kSoon, [&]() -> Seen {
    last = registry(name);
    const auto status = last.value("status", Json::object());
    const auto ready = support::condition(last, "Ready");
    const bool decided = ready.is_object() && ready.at("reason") != "Progressing";
    return {decided && status.value("namespaces", "") == namespaces, status.dump()};
  });
  return last;
}

void Scene::wait_secret(const std::string& ns, const std::string& password, const std::string& host,
                        const std::string& secret) {
  eventually("the pull Secret of " + ns + " holds the password", kSoon, [&]() -> Seen {
    const auto found = support::auths(admin(), ns, secret);
    return {found.is_object() && found.contains(host) && found.at(host).at("password") == password, found.dump()};
  });
}

void Scene::wait_no_secret(const std::string& ns, const std::string& secret) {
  eventually("Secret " + secret + " is gone from " + ns, kSoon,
             [&] { return admin().get(support::secret_path(ns, secret)).status == 404; });
}

void Scene::wait_attached(const std::string& ns, const std::string& account, const std::string& secret) {
  eventually("ServiceAccount " + ns + "/" + account + " has the reference", kSoon,
             [&] { return holds(support::pull_secret_names(admin(), ns, account), secret); });
}

void Scene::wait_detached(const std::string& ns, const std::string& account, const std::string& secret) {
  eventually("ServiceAccount " + ns + "/" + account + " has lost the reference and the record", kSoon, [&]() -> Seen {
    const auto object = admin().get(support::service_account_path(ns, account)).require();
    const bool recorded =
        object.at("metadata").value("annotations", Json::object()).contains("attached.harborpull.io/" + secret);
    return {!recorded && !holds(support::pull_secret_names(admin(), ns, account), secret), object.dump()};
  });
}

Json Scene::wait_event(const std::string& kind, const std::string& ns, const std::string& name,
                       const std::string& reason) {
  Json found;
  eventually("an event " + reason + " regarding " + kind + " " + ns + "/" + name, kSoon, [&] {
    for (const auto& event :
         admin().list("/apis/events.k8s.io/v1/namespaces/" + (ns.empty() ? "default" : ns) + "/events")) {
      const auto regarding = event.value("regarding", Json::object());
      if (regarding.value("kind", "") != kind || regarding.value("name", "") != name ||
          event.value("reason", "") != reason)
        continue;
      found = event;
      return true;
    }
    return false;
  });
  return found;
}

void Scene::learn_secrets() {
  for (const auto& secret : admin().list(kOwnSecrets + "?fieldSelector=type%3Dharborpull.io%2Frobot-state")) {
    const auto text = base::base64_decode(secret.at("data").at("state.json").get<std::string>());
    const auto state = Json::parse(text.value_or(""), nullptr, false);
    if (!state.is_object() || !holds(registries_, state.value("registry", ""))) continue;
    for (const auto& robot : state.value("robots", Json::array())) {
      if (const auto known = robot.value("secret", ""); !known.empty()) also_look_for(known);
    }
  }
}

void Scene::sweep() {
  learn_secrets();
  for (const auto& one : operators_) {
    if (one->running()) said_.push_back(one->metrics());
  }
  // While an operator runs it clears up after a registry; without one the finalizer is taken off by hand.
  const bool alive = std::any_of(operators_.begin(), operators_.end(), [](const auto& one) { return one->running(); });
  for (const auto& name : registries_) {
    said_.push_back(registry(name).dump());
    admin().remove(support::registry_path(name));
    if (!alive) admin().merge_patch(support::registry_path(name), {{"metadata", {{"finalizers", nullptr}}}});
  }
  for (const auto& name : registries_) {
    eventually("HarborRegistry " + name + " is gone", Millis{30'000},
               [&] { return admin().get(support::registry_path(name)).status == 404; });
  }
  for (const auto& path : others_) admin().remove(path);
  for (const auto& name : namespaces_) admin().remove(support::namespace_path(name));
  for (const auto& one : operators_) {
    if (one->running()) one->terminate();
    said_.push_back(one->log_text());
  }
}

void Scene::look_for_canary() {
  std::map<std::string, std::string> texts;
  for (std::size_t i = 0; i < said_.size(); ++i) texts["log, metrics or status " + std::to_string(i)] = said_[i];
  for (const auto& event : admin().list("/api/v1/events")) {
    texts["event " + event.at("metadata").at("name").get<std::string>()] = event.dump();
  }
  for (const auto& where : support::scan_for(secrets_, texts)) FAIL_CHECK("a password is in " << where);
}

}  // namespace integration
