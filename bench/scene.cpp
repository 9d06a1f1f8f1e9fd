#include "bench/scene.hpp"

#include <algorithm>
#include <sstream>

#include "bench/options.hpp"
#include "bench/parallel.hpp"
#include "support/deploy_option.hpp"

namespace bench {
namespace {

using support::eventually;
using support::Json;

constexpr const char* kRegistry = "bench";
constexpr const char* kCredential = "bench-credential";

}  // namespace

std::string password(int number) {
  const auto digits = std::to_string(number);
  return "bench-password-" + std::string(6 - std::min<std::size_t>(digits.size(), 6), '0') + digits;
}

support::Labels selected() { return {{"env", "bench"}}; }

std::vector<std::string> names(const std::string& stem, int count) {
  std::vector<std::string> made;
  for (int i = 0; i < count; ++i) {
    made.push_back(stem + "-" + std::to_string(i));
  }
  return made;
}

Millis patience(int namespaces) { return Millis{60'000} + namespaces * Millis{200}; }

Scene::Scene(Record record) : plane_({.audit = record == Record::kAudit}) { support::install(plane_); }

Millis Scene::start_operator() {
  operator_.emplace(plane_, options_);
  const auto took = operator_->wait_ready(Millis{60'000});
  eventually("the operator leads", Millis{60'000},
             [&] { return metric_sum(operator_->metrics(), "leader_election_master_status") == 1; });
  return took;
}

void Scene::make_default_accounts() {
  support::apply_option(plane_, "default-service-account");
  options_.args.emplace_back("--create-default-service-account");
}

void Scene::stop_operator() {
  operator_->terminate();
  operator_.reset();
}

void Scene::set_password(const std::string& value) {
  const auto secret = support::basic_auth_secret(support::kOperatorNamespace, kCredential, "robot$bench", value);
  admin().apply(support::secret_path(support::kOperatorNamespace, kCredential), secret).require();
}

void Scene::apply_registry() {
  const Json registry = {{"apiVersion", "harborpull.io/v1alpha1"},
                         {"kind", "HarborRegistry"},
                         {"metadata", {{"name", kRegistry}}},
                         {"spec",
                          {{"host", kHost},
                           {"endpoint", "http://127.0.0.1:1"},  // nobody listens: what is measured is Kubernetes
                           {"tls", {{"verification", "Insecure"}}},
                           {"credential", {{"secretRef", {{"name", kCredential}}}}},
                           {"namespaces", {{"selector", {{"matchLabels", selected()}}}}}}}};
  admin().apply(support::registry_path(kRegistry), registry).require();
}

void Scene::remove_registry(Millis patience) {
  admin().remove(support::registry_path(kRegistry)).require();
  eventually("the HarborRegistry is gone", patience,
             [&] { return admin().get(support::registry_path(kRegistry)).status == 404; });
}

void Scene::make_namespace(const std::string& name, const support::Labels& labels) const {
  admin().create("/api/v1/namespaces", support::namespace_object(name, labels)).require();
}

void Scene::make_namespaces(const std::vector<std::string>& names, const support::Labels& labels,
                            const std::function<void(const std::string&)>& made) const {
  in_parallel(names.size(), kCreators, [&](std::size_t i) {
    make_namespace(names[i], labels);
    if (made) {
      made(names[i]);
    }
  });
}

std::vector<Json> Scene::default_accounts(const std::string& stem, std::size_t count) const {
  std::vector<Json> found;
  eventually("every namespace has its ServiceAccount", patience(static_cast<int>(count)), [&] {
    found = admin().list("/api/v1/serviceaccounts?fieldSelector=metadata.name%3Ddefault");
    std::erase_if(found, [&](const Json& account) {
      return !account["metadata"].value("namespace", "").starts_with(stem + "-");
    });
    return found.size() == count;
  });
  return found;
}

double metric_sum(const std::string& metrics, const std::string& name, const std::string& part) {
  double sum = 0;
  std::istringstream in(metrics);
  for (std::string line; std::getline(in, line);) {
    const bool named = line.starts_with(name + "{") || line.starts_with(name + " ");
    if (named && line.find(part) != std::string::npos) {
      sum += std::stod(line.substr(line.rfind(' ') + 1));
    }
  }
  return sum;
}

}  // namespace bench
