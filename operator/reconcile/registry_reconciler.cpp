#include "reconcile/registry_reconciler.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/names.hpp"
#include "base/contains.hpp"
#include "kube/ingest.hpp"
#include "kube/request.hpp"
#include "plan/finalizer.hpp"
#include "plan/reasons.hpp"
#include "reconcile/credential_report.hpp"
#include "reconcile/pod_reconciler.hpp"

namespace reconcile {

using base::ErrorKind;
using base::fail;
using base::Status;
using runtime::Outcome;

namespace {

constexpr base::Millis kStatusPeriod{1'000};  // design: written at most once a second

/// Seconds since 1970 of an RFC 3339 text; nullopt when there is none.
std::optional<double> seconds_of(const std::string& time) {
  const auto parsed = base::parse_rfc3339(time);
  if (!parsed) return std::nullopt;
  return std::chrono::duration<double>(parsed->time_since_epoch()).count();
}

}  // namespace

RegistryReconciler::RegistryReconciler(const Deps& deps, NamespaceReconciler& namespaces,
                                       std::function<void(const std::string&)> retry_now)
    : deps_(deps), namespaces_(namespaces), retry_now_(std::move(retry_now)) {}

void RegistryReconciler::start() {
  started_ = deps_.clock.steady();
  fan_out();
  deps_.world.namespaces.for_each(
      [&](const api::Namespace& ns) { deps_.namespaces.add(ns.meta.name, runtime::Priority::kBulk); });
  deps_.world.registries.for_each(
      [&](const api::HarborRegistry& registry) { deps_.registries.add(registry.meta.name, runtime::Priority::kBulk); });
}

base::Result<Outcome> RegistryReconciler::reconcile(const std::string& key, const base::Log& log,
                                                    const std::stop_token&) {
  fan_out();
  const auto registry = deps_.world.registries.get("", key);
  const auto book = deps_.books.current();
  const auto* entry = book->find(key);
  if (!registry || entry == nullptr) {
    forget(key);
    return Outcome{};
  }
  wake_credential(*registry, *entry);
  if (may_go(*registry, *entry)) {
    const auto removed = remove_finalizer(*registry, log);
    if (!removed) return fail(removed.error());
    return Outcome{};
  }
  const bool working = entry->standing == plan::Standing::kActive || entry->standing == plan::Standing::kHeld;
  if (working && !base::contains(registry->finalizers, api::kFinalizer)) {
    const auto added = add_finalizer(*registry);
    if (!added) return fail(added.error());
    deps_.registries.add(key);  // now it may place things
    return Outcome{};
  }
  handle_trigger(*registry, *entry);
  warn_of_refused_pods(*registry, *entry);
  return publish(*registry, *entry, log);
}

void RegistryReconciler::wake_credential(const api::HarborRegistry& registry, const plan::Entry& entry) {
  const Concern now{registry.generation,
                    registry.reconcile_requested_at,
                    registry.rotate_requested_at,
                    registry.deleting,
                    base::contains(registry.finalizers, api::kFinalizer),
                    entry.standing == plan::Standing::kFrozen,
                    entry.auth};
  auto& known = concerns_[registry.meta.name];
  if (known == now) return;
  known = now;
  deps_.credentials.add(registry.meta.name);
}

bool RegistryReconciler::may_go(const api::HarborRegistry& registry, const plan::Entry& entry) const {
  // By the object's own word: it may be newer than the Book, in which a registry that is only suspended is frozen, too.
  if (registry.deleting && registry.spec.deletion_policy == api::DeletionPolicy::kRetain) return true;
  return entry.standing == plan::Standing::kLeaving && remaining(entry.name) == 0 &&
         deps_.robots.states(entry.name).empty();
}

std::int64_t RegistryReconciler::remaining(const std::string& name) const {
  return deps_.ledger.awaited(name) + static_cast<std::int64_t>(holding_namespaces(name, deps_.world).size());
}

void RegistryReconciler::fan_out() {
  for (const auto& change : deps_.books.refresh()) {
    std::set<std::string> concerned;
    for (const auto* entry : {&change.before, &change.after}) {
      if (!*entry) continue;
      const auto meant = meant_namespaces(**entry, deps_.world);
      concerned.insert(meant.begin(), meant.end());
    }
    const auto holding = holding_namespaces(change.registry, deps_.world);
    concerned.insert(holding.begin(), holding.end());
    look_again_at(change.registry, {concerned.begin(), concerned.end()}, runtime::Priority::kBulk);
    deps_.registries.add(change.registry);
  }
}

void RegistryReconciler::look_again_at(const std::string& registry, const std::vector<std::string>& namespaces,
                                       runtime::Priority priority) {
  deps_.ledger.expect(registry, namespaces);
  for (const auto& ns : namespaces) deps_.namespaces.add(ns, priority);
}

Status RegistryReconciler::add_finalizer(const api::HarborRegistry& registry) {
  return patch_finalizers(registry, plan::add_finalizer_document(registry), "add");
}

Status RegistryReconciler::remove_finalizer(const api::HarborRegistry& registry, const base::Log& log) {
  const auto patch = plan::remove_finalizer_document(registry);
  if (patch.empty()) return {};
  auto removed = patch_finalizers(registry, patch, "remove");
  if (removed) log.info("cleaned up; the registry may go");
  return removed;
}

Status RegistryReconciler::patch_finalizers(const api::HarborRegistry& registry, const std::string& patch,
                                            std::string_view action) {
  const auto path = kube::harbor_registry_path(registry.meta.name);
  const auto answer = deps_.api.call(kube::json_patch(path, patch), kube::Content::kPlain, {kWriteDeadline});
  const bool gone = !answer && answer.error().kind == ErrorKind::kNotFound;
  deps_.metrics.write_done("finalizer", action, answer || gone ? "success" : "error");
  if (gone) return {};
  if (!answer) return fail(answer.error());
  // Without its last finalizer a deleted object is gone, and the watch will say so; taking the answer in would revive
  // it.
  auto written = kube::parse_registry(*answer);
  if (written && !(written->deleting && written->finalizers.empty()))
    deps_.world.registries.absorb(std::move(*written));
  return {};
}

void RegistryReconciler::handle_trigger(const api::HarborRegistry& registry, const plan::Entry& entry) {
  const auto& trigger = registry.reconcile_requested_at;
  auto& handled = handled_trigger_[registry.meta.name];
  if (trigger.empty() || trigger == handled || trigger == registry.status.last_handled_reconcile_at) return;
  handled = trigger;
  namespaces_.forget_contention();
  auto concerned = meant_namespaces(entry, deps_.world);
  for (const auto& ns : concerned) retry_now_(ns);
  look_again_at(registry.meta.name, concerned, runtime::Priority::kFresh);
}

base::Result<Outcome> RegistryReconciler::publish(const api::HarborRegistry& registry, const plan::Entry& entry,
                                                  const base::Log& log) {
  // A credential that is about to be verified: what was said of the one before stays true until then.
  const bool undecided = entry.standing == plan::Standing::kHeld && entry.reason == plan::kProgressing &&
                         entry.credential && !registry.status.conditions.empty();
  if (undecided) return Outcome{};
  const auto tally = deps_.ledger.tally(entry, deps_.world);
  const auto credential = credential_report(registry, entry, deps_);
  const auto status = plan::plan_status(
      {registry, entry, tally, credential, entry.standing == plan::Standing::kLeaving ? remaining(entry.name) : 0,
       base::rfc3339(deps_.clock.now()), deps_.pod_board.count(entry.name), pods_refused()});
  const auto* ready = plan::find_condition(status, "Ready");
  deps_.metrics.set_registry(entry.name, status.selected, status.synced, status.failed,
                             ready != nullptr && ready->status == "True");
  deps_.metrics.set_credential_expiry(entry.name, seconds_of(status.credential.expires_at));
  if (status == registry.status) return Outcome{};

  // A first status appears at once; after a start, what is known already is not announced anew while the namespaces are
  // walked.
  const auto now = deps_.clock.steady();
  const auto last = published_.find(entry.name);
  const bool fresh = last == published_.end() && registry.status.conditions.empty();
  const auto since = now - (last == published_.end() ? started_ : last->second);
  if (!fresh && since < kStatusPeriod) {
    return Outcome{std::chrono::duration_cast<base::Millis>(kStatusPeriod - since) + base::Millis{1}};
  }
  published_[entry.name] = now;
  const auto written = write_status(registry, status);
  if (!written && written.error().kind == ErrorKind::kNotFound) return Outcome{};
  if (!written) return fail(written.error());
  log.info("status", {{"ready", ready->status}, {"reason", ready->reason}, {"namespaces", status.namespaces}});
  // A policy that came, or went, decides what becomes of Pods with a list of their own.
  if (status.references_placed_by != registry.status.references_placed_by) wake_all_pods(deps_);
  announce(registry, status);
  return Outcome{};
}

Status RegistryReconciler::write_status(const api::HarborRegistry& registry, const api::HarborRegistryStatus& status) {
  const nlohmann::json document = {{"apiVersion", api::kApiVersion},
                                   {"kind", api::kKind},
                                   {"metadata", {{"name", registry.meta.name}, {"uid", registry.meta.uid}}},
                                   {"status", api::status_json(status)}};
  const auto request = kube::apply(kube::harbor_registry_path(registry.meta.name) + "/status", document.dump(), true);
  const auto answer = deps_.api.call(request, kube::Content::kPlain, {kWriteDeadline});
  deps_.metrics.write_done("status", "update", answer ? "success" : "error");
  if (!answer) return fail(answer.error());
  auto written = kube::parse_registry(*answer);
  if (written) deps_.world.registries.absorb(std::move(*written));
  return {};
}

bool RegistryReconciler::pods_refused() const {
  return deps_.world.pod_watch_refused || deps_.world.pod_eviction_refused;
}

void RegistryReconciler::warn_of_refused_pods(const api::HarborRegistry& registry, const plan::Entry& entry) {
  if (!entry.evicts_pods || !pods_refused()) {
    told_of_refused_pods_.erase(entry.name);
    return;
  }
  if (!told_of_refused_pods_.insert(entry.name).second) return;
  record(registry, {true, plan::kPodRecoveryForbidden, "Evict", std::string(plan::kPodsRefused)});
}

void RegistryReconciler::warn_of_insecure(const api::HarborRegistry& registry) {
  if (registry.spec.tls.verification != api::TlsVerification::kInsecure || registry.deleting) return;
  if (registry.status.observed_generation == registry.generation) return;  // told when the spec was new
  record(registry, {true, plan::kInsecureTls, "Verify",
                    "spec.tls.verification is Insecure: whoever stands between the operator and " +
                        api::endpoint_of(registry.spec) + " can read the credential"});
}

void RegistryReconciler::announce(const api::HarborRegistry& registry, const api::HarborRegistryStatus& status) {
  warn_of_insecure(registry);
  const auto* before = plan::find_condition(registry.status, "Ready");
  const auto* now = plan::find_condition(status, "Ready");
  const bool same = before != nullptr && before->status == now->status && before->reason == now->reason;
  if (same || now->reason == plan::kProgressing) return;
  record(registry, {now->status != "True" && now->reason != plan::kSuspended, now->reason, "Sync", now->message});
}

void RegistryReconciler::record(const api::HarborRegistry& registry, const Remark& remark) {
  deps_.events.record({regarding(registry), remark.warning, std::string(remark.reason), remark.action, remark.note});
}

void RegistryReconciler::forget(const std::string& name) {
  deps_.metrics.forget_registry(name);
  published_.erase(name);
  handled_trigger_.erase(name);
  concerns_.erase(name);
  told_of_refused_pods_.erase(name);
  deps_.credentials.add(name);
}

}  // namespace reconcile
