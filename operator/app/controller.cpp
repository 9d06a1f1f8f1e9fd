#include "app/controller.hpp"

#include <unistd.h>

#include <limits.h>
#include <cstdlib>

#include "api/names.hpp"
#include "app/connect.hpp"
#include "app/fenced_api.hpp"
#include "app/harbor_link.hpp"
#include "app/process.hpp"
#include "app/proxy_environment.hpp"
#include "app/watches.hpp"
#include "base/digest.hpp"
#include "base/version.hpp"
#include "reconcile/credential_reconciler.hpp"
#include "reconcile/pod_reconciler.hpp"
#include "reconcile/registry_reconciler.hpp"
#include "reconcile/state_key.hpp"
#include "runtime/health.hpp"
#include "runtime/http_server.hpp"

namespace app {
namespace {

/// After a burst the process is small again within this time.
constexpr std::chrono::seconds kTrimPeriod{30};
/// Credentials that are looked after at once, so calls to Harbors under way: parallel creates can deadlock in Harbor,
/// and a few are enough (500 robots in seconds).
constexpr int kHarborCalls = 4;
constexpr base::BackoffPolicy kHarborBackoff{std::chrono::milliseconds{500}, std::chrono::minutes{5}, 0.2};

std::string unique_identity() {
  char host[HOST_NAME_MAX + 1] = "";
  gethostname(host, sizeof host - 1);
  return std::string(host) + "_" + base::hex(base::keyed_digest(base::random_bytes(16), "identity"));
}

/// Everything that lives as long as the process. Members are destroyed from the last to the first: threads end before
/// what they use.
class Operator {
 public:
  /// `options.cluster.ns` is decided by now.
  Operator(ControllerOptions options, std::unique_ptr<http::Transport> transport, runtime::Metrics& metrics,
           const base::Log& log)
      : options_(std::move(options)),
        log_(log),
        metrics_(metrics),
        transport_(std::move(transport)),
        api_(kube::make_api(*transport_)),
        world_(options_.cluster.ns, options_.cluster.secret_names),
        watches_({*transport_, clock_, log_, keys_, world_, namespaces_, registries_, credentials_, pods_, metrics_}) {
    keys_.memory = base::random_bytes(32);
  }

  base::Status serve();
  int run(const std::stop_token& stop);

 private:
  void lead(const std::stop_token& stop);
  bool prepare_to_lead(const std::stop_token& stop);
  void reconcile_until(const std::stop_token& stop);

  const ControllerOptions options_;
  const base::Log log_;
  runtime::Metrics& metrics_;
  const base::Clock& clock_ = base::real_clock();
  const std::string identity_ = unique_identity();
  std::unique_ptr<http::Transport> transport_;
  std::unique_ptr<kube::Api> api_;
  runtime::Leadership leadership_{clock_};
  FencedApi fenced_{*api_, leadership_};
  plan::DigestKeys keys_;
  reconcile::World world_;
  runtime::Queue namespaces_{clock_};
  runtime::Queue registries_{clock_};
  runtime::Queue credentials_{clock_};
  runtime::Queue pods_{clock_};
  Watches watches_;
  std::unique_ptr<runtime::HttpServer> server_;
};

base::Status Operator::serve() {
  const std::vector<runtime::Check> live = {{"watches", [this] { return watches_.alive(); }}};
  const std::vector<runtime::Check> ready = {{"caches", [this] { return watches_.synced(); }}};
  auto server = runtime::HttpServer::start(
      options_.listen,
      {{"/livez", [live] { return runtime::judge(live); }},
       {"/healthz", [live] { return runtime::judge(live); }},
       {"/readyz", [ready] { return runtime::judge(ready); }},
       {"/metrics",
        [this] {
          return runtime::Page{200, "text/plain; version=0.0.4; charset=utf-8", metrics_.expose()};
        }}},
      log_);
  if (!server) return base::fail(std::move(server.error()));
  server_ = std::move(*server);
  log_.info("serving probes and metrics", {{"port", std::to_string(server_->port())}});
  return {};
}

int Operator::run(const std::stop_token& stop) {
  watches_.start();
  const std::jthread housekeeping([](const std::stop_token& ending) {
    while (base::sleep_for(kTrimPeriod, ending)) trim_memory();
  });
  if (!options_.leader_elect) {
    leadership_.hold_until(base::SteadyTime::max());
    lead(stop);
    return 0;
  }
  runtime::LeaseOptions lease{
      .ns = options_.cluster.ns, .name = std::string(api::kLease), .identity = identity_, .leadership = &leadership_};
  const auto end = runtime::run_with_lease(
      lease, *api_, clock_, base::system_random(), log_,
      [this](const std::stop_token& leading) {
        metrics_.set_leader(api::kLease, true);
        lead(leading);
        metrics_.set_leader(api::kLease, false);
      },
      stop);
  return end == runtime::LeaseEnd::kLost ? 1 : 0;
}

bool Operator::prepare_to_lead(const std::stop_token& stop) {
  for (int failures = 1; !stop.stop_requested(); ++failures) {
    auto key = reconcile::ensure_state_key(fenced_, options_.cluster.ns);
    if (key) {
      keys_.annotation = std::move(*key);
      break;
    }
    if (failures == 1)
      log_.error("cannot read or make the state Secret; trying again", {{"error", key.error().message}});
    base::sleep_for(base::delay(base::kWatchBackoff, failures, base::system_random()), stop);
  }
  // Never act on half of the world. A short poll, once per leadership: the stores fill within milliseconds.
  while (!watches_.synced() && base::sleep_for(base::Millis{5}, stop)) {
  }
  return !stop.stop_requested();
}

void Operator::lead(const std::stop_token& stop) {
  if (prepare_to_lead(stop)) reconcile_until(stop);
}

void Operator::reconcile_until(const std::stop_token& stop) {
  reconcile::CredentialBoard board;
  reconcile::RobotStore robots(world_, fenced_, metrics_);
  reconcile::BookKeeper books(world_, reconcile::credential_sources(robots, board), keys_);
  reconcile::Ledger ledger;
  reconcile::PodBoard pod_board;
  reconcile::EventRecorder events(fenced_, clock_, log_, metrics_, identity_);
  const reconcile::Deps deps{world_, books,    ledger, board,       robots,      pod_board,    fenced_, clock_,
                             keys_,  metrics_, events, namespaces_, registries_, credentials_, pods_};
  reconcile::NamespaceReconciler by_namespace(deps, options_.create_default_account);
  runtime::Controller namespace_controller({"namespace", options_.workers}, namespaces_, by_namespace, clock_,
                                           base::system_random(), log_, metrics_);
  reconcile::RegistryReconciler by_registry(deps, by_namespace,
                                            [&](const std::string& ns) { namespace_controller.forget(ns); });
  runtime::Controller registry_controller({"harborregistry", 1}, registries_, by_registry, clock_,
                                          base::system_random(), log_, metrics_);
  reconcile::HarborAccess access(world_, harbor_factory({clock_, metrics_, leadership_, options_.proxy}));
  reconcile::CredentialReconciler by_credential(deps, access, options_.robot_cleanup_timeout);
  runtime::Controller credential_controller({"credential", kHarborCalls, kHarborBackoff}, credentials_, by_credential,
                                            clock_, base::system_random(), log_, metrics_);
  reconcile::PodReconciler by_pod(deps);
  runtime::Controller pod_controller({"pod", 1}, pods_, by_pod, clock_, base::system_random(), log_, metrics_);
  watches_.enqueue_from_now_on();
  by_registry.start();
  by_pod.start();
  const std::jthread events_thread([&] { events.run(stop); });
  const std::jthread credential_thread([&] { credential_controller.run(stop); });
  const std::jthread registry_thread([&] { registry_controller.run(stop); });
  const std::jthread pod_thread([&] { pod_controller.run(stop); });
  namespace_controller.run(stop);
}

}  // namespace

int run_controller(ControllerOptions options) {
  prepare_process();
  const SignalStop signals;
  const base::Log log(options.log_level, options.log_format);
  const auto config = find_config(options.cluster);
  if (!config) return refuse("controller", config.error());
  options.cluster.ns = own_namespace(options.cluster, *config);

  auto proxy = read_proxy_environment();
  if (!proxy) return refuse("controller", proxy.error());
  options.proxy = std::move(*proxy);

  runtime::Metrics metrics;
  auto transport = connect(*config, base::real_clock(), log, metrics);
  if (!transport) return refuse("controller", transport.error());
  log.info("starting",
           {{"version", std::string(base::kVersion)}, {"cluster", config->server}, {"namespace", options.cluster.ns}});
  log_proxies(options.proxy, log);
  int code = 0;
  {
    Operator op(options, std::move(*transport), metrics, log);
    if (const auto served = op.serve(); !served) return refuse("controller", served.error());
    code = op.run(signals.token());
    // Without the lease another process may write by now: no destructor of ours may talk to the API server.
    if (code != 0) std::_Exit(code);
  }
  log.info("stopped");
  // All that is ours has ended and been joined. What is left are the exit handlers of libraries and their threads, and
  // one of them was seen not to end; SIGTERM promises an end.
  std::_Exit(code);
}

}  // namespace app
