#include "app/watches.hpp"

#include <memory>

#include "kube/informer.hpp"
#include "kube/ingest.hpp"
#include "reconcile/deps.hpp"
#include "reconcile/writer.hpp"

namespace app {
namespace {

/// Beyond every wait that an informer makes on purpose (list: 60 s; silent watch and back-off are cut into 15 s).
constexpr std::chrono::minutes kSilence{5};
/// How often it is looked whether any registry wants Pods watched, while none does. In memory, so it costs nothing.
constexpr base::Millis kPodsWanted{500};

}  // namespace

template <class T>
void Watches::follow(Followed<T> what) {
  deps_.metrics.watch_store(what.kind, [&store = what.store] { return static_cast<double>(store.size()); });
  auto& watch = watches_.emplace_back();
  watch.last_sign = deps_.clock.steady().time_since_epoch().count();
  watch.thread = std::jthread([this, &watch, what = std::move(what)](const std::stop_token& stop) {
    const auto heartbeat = [this, &watch] { watch.last_sign = deps_.clock.steady().time_since_epoch().count(); };
    const kube::OnChange<T> gated = [this, &what](const typename kube::Store<T>::Change& change) {
      if (enqueue_) what.on_change(change);
    };
    kube::run_informer<T>({deps_.transport, deps_.clock, base::system_random(), deps_.log, heartbeat}, what.collection,
                          what.parse, what.store, gated, stop);
  });
}

void Watches::start() {
  auto& world = deps_.world;
  follow<api::HarborRegistry>(
      {"HarborRegistry", kube::harbor_registries(), world.registries, kube::parse_registry, [this](const auto& change) {
         deps_.registries.add(change.after ? change.after->meta.name : change.before->meta.name);
       }});
  follow<api::Namespace>({"Namespace", kube::namespaces(), world.namespaces, kube::parse_namespace,
                          [this](const auto& change) { namespace_changed(change); }});
  follow<api::ServiceAccount>({"ServiceAccount", kube::service_accounts(), world.accounts, kube::parse_service_account,
                               [this](const auto& change) {
                                 deps_.namespaces.add(change.after ? change.after->meta.ns : change.before->meta.ns);
                               }});
  follow<api::SourceSecret>({"SourceSecret", kube::secrets_in(world.own_namespace), world.sources,
                             kube::parse_source_secret, [this](const auto& change) { source_changed(change); }});
  follow<api::ConfigMap>({"ConfigMap", kube::config_maps_in(world.own_namespace), world.config_maps,
                          kube::parse_config_map, [this](const auto&) { enqueue_all_registries(); }});
  follow_pods();
  const auto digester = reconcile::docker_config_digester(deps_.keys);
  for (auto& [name, store] : world.pull_secrets) {
    follow<api::PullSecret>({"PullSecret", kube::secrets_named(name), store,
                             [digester](std::string_view json) { return kube::parse_pull_secret(json, digester); },
                             [this](const auto& change) { secret_changed(change); }});
  }
}

bool Watches::pods_wanted() const {
  bool wanted = false;
  deps_.world.registries.for_each([&](const api::HarborRegistry& registry) {
    wanted |= registry.spec.pod_recovery == api::PodRecovery::kEvict && !registry.deleting && !registry.spec.suspend;
  });
  return wanted;
}

void Watches::follow_pods() {
  deps_.metrics.watch_store("Pod", [this] { return static_cast<double>(deps_.world.pods.size()); });
  auto& watch = watches_.emplace_back();
  watch.last_sign = deps_.clock.steady().time_since_epoch().count();
  watch.thread = std::jthread([this, &watch](const std::stop_token& stop) {
    const auto heartbeat = [this, &watch] { watch.last_sign = deps_.clock.steady().time_since_epoch().count(); };
    do {
      heartbeat();
      if (pods_wanted()) watch_pods_until(stop, heartbeat);
    } while (base::sleep_for(kPodsWanted, stop));
  });
}

void Watches::watch_pods_until(const std::stop_token& stop, const std::function<void()>& heartbeat) {
  // On the heap only since GCC 12 takes a stop_source on the stack for uninitialised.
  const auto enough = std::make_unique<std::stop_source>();
  const std::stop_callback both(stop, [&] { enough->request_stop(); });
  // Each sign of life is an occasion to see that nobody wants it any more.
  const auto beat = [&] {
    heartbeat();
    if (!pods_wanted()) enough->request_stop();
  };
  const kube::OnChange<api::Pod> on_change = [this](const auto& change) {
    const auto& pod = change.after ? *change.after : *change.before;
    const bool waits = !pod.waits.empty() || (change.before && !change.before->waits.empty());
    if (enqueue_ && waits) deps_.pods.add(reconcile::pod_key(pod.meta));
  };
  const auto lost = [this](const base::Error* error) { pods_lost(error); };
  kube::run_informer<api::Pod>({deps_.transport, deps_.clock, base::system_random(), deps_.log, beat, lost},
                               kube::pending_pods(), kube::parse_pod, deps_.world.pods, on_change, enough->get_token());
  for (const auto& change : deps_.world.pods.replace({}, 0)) on_change(change);
  pods_lost(nullptr);
}

void Watches::pods_lost(const base::Error* error) {
  const bool refused = error != nullptr && error->kind == base::ErrorKind::kForbidden;
  if (deps_.world.pod_watch_refused.exchange(refused) != refused && enqueue_) enqueue_all_registries();
}

void Watches::namespace_changed(const kube::Store<api::Namespace>::Change& change) {
  deps_.namespaces.add(change.after ? change.after->meta.name : change.before->meta.name);
  // A registry that is leaving may have waited for just this namespace.
  if (!change.after || change.after->terminating) enqueue_leaving_registries();
}

void Watches::source_changed(const kube::Store<api::SourceSecret>::Change& change) {
  // Our own writes are known already; this is somebody else's hand in a state.
  const auto& secret = change.after ? *change.after : *change.before;
  const auto state = reconcile::state_in(secret);
  if (!state) return enqueue_all_registries();
  const auto& identity = state->identity;
  deps_.credentials.add(reconcile::credential_key(identity));
  if (identity.ns.empty()) {
    deps_.registries.add(identity.registry);
  } else {
    deps_.namespaces.add(identity.ns);
  }
}

void Watches::secret_changed(const kube::Store<api::PullSecret>::Change& change) {
  deps_.namespaces.add(change.after ? change.after->meta.ns : change.before->meta.ns);
  if (!change.after) enqueue_leaving_registries();
}

void Watches::enqueue_leaving_registries() {
  deps_.world.registries.for_each([this](const api::HarborRegistry& registry) {
    if (registry.deleting) deps_.registries.add_after(registry.meta.name, reconcile::kGather);
  });
}

void Watches::enqueue_all_registries() {
  deps_.world.registries.for_each([this](const api::HarborRegistry& registry) {
    deps_.registries.add(registry.meta.name);
    deps_.credentials.add(registry.meta.name);  // an account, or a CA
  });
}

bool Watches::synced() const {
  const auto& world = deps_.world;
  bool all = world.registries.synced() && world.namespaces.synced() && world.accounts.synced() &&
             world.sources.synced() && world.config_maps.synced();
  for (const auto& [name, store] : world.pull_secrets) all = all && store.synced();
  return all;
}

bool Watches::alive() const {
  const auto now = deps_.clock.steady().time_since_epoch();
  for (const auto& watch : watches_) {
    if (now - base::SteadyTime::duration(watch.last_sign.load()) > kSilence) return false;
  }
  return true;
}

}  // namespace app
