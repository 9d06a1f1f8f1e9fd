#include "bench/floor.hpp"

#include "api/names.hpp"
#include "bench/parallel.hpp"
#include "kube/request.hpp"
#include "plan/documents.hpp"

namespace bench {
namespace {

using support::Failure;
using support::Json;

constexpr const char* kIdentity = "bench-floor";
constexpr const char* kNoUid = "00000000-0000-0000-0000-000000000000";
constexpr std::chrono::milliseconds kDeadline{60'000};
constexpr std::size_t kMaxBody = 8U << 20U;

Json role() {
  return {{"apiVersion", "rbac.authorization.k8s.io/v1"},
          {"kind", "ClusterRole"},
          {"metadata", {{"name", kIdentity}}},
          {"rules",
           {{{"apiGroups", {""}},
             {"resources", {"secrets"}},
             {"resourceNames", {kFloorSecretName}},
             {"verbs", {"get", "list", "watch", "create", "patch", "delete"}}},
            {{"apiGroups", {""}}, {"resources", {"serviceaccounts"}}, {"verbs", {"get", "list", "watch", "patch"}}},
            {{"apiGroups", {""}}, {"resources", {"namespaces"}}, {"verbs", {"get", "list", "watch"}}}}}};
}

Json binding() {
  return {
      {"apiVersion", "rbac.authorization.k8s.io/v1"},
      {"kind", "ClusterRoleBinding"},
      {"metadata", {{"name", kIdentity}}},
      {"roleRef", {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "ClusterRole"}, {"name", kIdentity}}},
      {"subjects", {{{"kind", "ServiceAccount"}, {"name", kIdentity}, {"namespace", support::kOperatorNamespace}}}}};
}

support::Client make_client(const Scene& scene) {
  const std::string rbac = "/apis/rbac.authorization.k8s.io/v1/";
  const auto& admin = scene.admin();
  const Json account = {{"apiVersion", "v1"}, {"kind", "ServiceAccount"}, {"metadata", {{"name", kIdentity}}}};
  admin.create(support::namespace_path(support::kOperatorNamespace) + "/serviceaccounts", account).require();
  admin.create(rbac + "clusterroles", role()).require();
  admin.create(rbac + "clusterrolebindings", binding()).require();
  const auto token = admin.token_for(support::kOperatorNamespace, kIdentity);
  return {scene.plane().server(), support::read_file(scene.plane().ca_file()), token};
}

/// Until the server's authorizer knows the new role, every request would be refused.
void await_rights(const support::Client& client) {
  support::eventually("the floor has its rights", Millis{30'000},
                      [&] { return client.get("/api/v1/namespaces?limit=1").ok(); });
}

const plan::DigestKeys& keys() {
  static const plan::DigestKeys fixed{std::string(32, 'm'), std::string(32, 'a')};
  return fixed;
}

}  // namespace

Floor::Floor(const Scene& scene) : client_(make_client(scene)) { await_rights(client_); }

void Floor::warm_up(int connections) const {
  in_parallel(static_cast<std::size_t>(connections) * 2, connections, [&](std::size_t) { send({"GET", "/version"}); });
}

void Floor::send(http::Request request) const {
  const auto target = request.target;
  const auto response = client_.transport().send(client_.authorized(std::move(request)), {kDeadline, kMaxBody, {}});
  if (!response) {
    throw Failure("floor: " + response.error().message);
  }
  if (response->status >= 300) {
    throw Failure("floor: " + target + ": HTTP " + std::to_string(response->status) + " " + response->body);
  }
}

void Floor::send_all(const std::vector<http::Request>& requests, int concurrency) const {
  in_parallel(requests.size(), concurrency, [&](std::size_t i) { send(requests[i]); });
}

http::Request Floor::secret_request(const std::string& ns, const std::string& password, bool force) {
  plan::SecretDocument document{ns, kFloorSecretName, {}, {"bench"}, {}};
  document.auths[kHost] = {base::SecretString("robot$bench"), base::SecretString(password)};
  const auto body = plan::secret_document(document, keys());
  return kube::apply(kube::secret_path(ns, kFloorSecretName), std::string(body.reveal()), force);
}

http::Request Floor::account_request(const std::string& ns, const std::string& uid) {
  api::ServiceAccount seen;
  seen.meta.ns = ns;
  seen.meta.name = "default";
  seen.meta.uid = uid;
  return kube::json_patch(kube::service_account_path(ns, "default"), plan::attach_document(seen, kFloorSecretName));
}

Reactor::Reactor(const Floor& floor, const std::vector<std::string>& namespaces, const std::string& password,
                 int concurrency)
    : floor_(floor), accounts_(floor.client(), "/api/v1/serviceaccounts?fieldSelector=metadata.name%3Ddefault") {
  for (const auto& ns : namespaces) {
    ready_[ns] = {Floor::secret_request(ns, password, false), Floor::account_request(ns, kNoUid)};
  }
  floor_.warm_up(concurrency);
  threads_.emplace_back([this](const std::stop_token& stop) { follow(stop); });
  for (int i = 0; i < concurrency; ++i) {
    threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  }
}

Reactor::~Reactor() {
  for (auto& thread : threads_) {
    thread.request_stop();
  }
}

void Reactor::namespace_made(const std::string& ns) { push(ready_.at(ns).secret); }

std::string Reactor::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void Reactor::follow(const std::stop_token& stop) {
  std::set<std::string> done;
  std::size_t seen = 0;
  // Never fits, so each call works through what comes until its time is up.
  const auto look = [&](const support::Event& event) {
    ++seen;
    if (ready_.contains(event.ns()) && done.insert(event.ns()).second) {
      react(event);
    }
    return false;
  };
  while (!stop.stop_requested()) {
    (void)accounts_.find(Millis{200}, look, seen);
  }
}

void Reactor::react(const support::Event& event) {
  auto request = ready_.at(event.ns()).account;
  request.body.replace(request.body.find(kNoUid), std::string_view(kNoUid).size(),
                       event.object["metadata"].value("uid", ""));
  push(std::move(request));
}

void Reactor::push(http::Request request) {
  const std::lock_guard lock(mutex_);
  queue_.push_back(std::move(request));
  changed_.notify_one();
}

void Reactor::work(const std::stop_token& stop) {
  for (;;) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [&] { return !queue_.empty(); })) {
      return;
    }
    auto request = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    try {
      floor_.send(std::move(request));
    } catch (const std::exception& error) {
      lock.lock();
      failure_ = error.what();
    }
  }
}

}  // namespace bench
