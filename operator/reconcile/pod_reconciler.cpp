#include "reconcile/pod_reconciler.hpp"

#include "api/names.hpp"
#include "base/contains.hpp"
#include "kube/request.hpp"
#include "plan/placement.hpp"
#include "plan/reasons.hpp"
#include "reconcile/writer.hpp"

namespace reconcile {
namespace {

using base::ErrorKind;
using runtime::Outcome;
using Kind = plan::PodVerdict::Kind;

/// What the eviction API says itself, without a Retry-After (kubernetes pkg/registry/core/pod/storage/eviction.go).
constexpr base::Millis kHeld{10'000};

/// When the right to evict may have come: nothing tells of it.
constexpr base::Millis kRefusedAgain{10'000};

}  // namespace

/// What the guard counts by: each registry has a Secret and a generation of its own.
std::string PodReconciler::case_of(const Case& of) { return of.pod.owner_uid + "/" + of.verdict.entry->name; }

void wake_pods(const Deps& deps, const std::string& ns) {
  for (const auto& pod : deps.world.pods.in_namespace(ns)) {
    if (!pod.waits.empty()) deps.pods.add(pod_key(pod.meta));
  }
}

void wake_all_pods(const Deps& deps) {
  deps.world.pods.for_each([&](const api::Pod& pod) {
    if (!pod.waits.empty()) deps.pods.add(pod_key(pod.meta), runtime::Priority::kBulk);
  });
}

void PodReconciler::start() { wake_all_pods(deps_); }

base::Result<Outcome> PodReconciler::reconcile(const std::string& key, const base::Log& log, const std::stop_token&) {
  const auto slash = key.find('/');
  const std::string ns = key.substr(0, slash);
  const auto pod = deps_.world.pods.get(ns, key.substr(slash + 1));
  if (!pod || pod->waits.empty()) return clear(key);
  const auto book = book_for(deps_, ns);
  const auto account = deps_.world.accounts.get(ns, plan::account_of(*pod));
  const auto served = policy_serves();
  const auto verdict =
      plan::judge_pod({*pod, deps_.world.namespaces.get("", ns), account, *book, deps_.world.own_namespace, served});
  const bool by_policy = verdict.entry != nullptr && base::contains(served, verdict.entry->name);
  const Case now{key, *pod, verdict, by_policy, log};
  switch (verdict.kind) {
    case Kind::kNone: return clear(key);
    case Kind::kLater: return wait(now);
    case Kind::kBeyond: return give_up(now, verdict.cure);
    case Kind::kEvict: return try_eviction(now);
  }
  return base::fail(ErrorKind::kInternal, "no such verdict");
}

std::vector<std::string> PodReconciler::policy_serves() const {
  // Should it be gone since it was seen, an eviction is in vain once, and then the owner is given up.
  std::vector<std::string> served;
  deps_.world.registries.for_each([&](const api::HarborRegistry& registry) {
    if (registry.status.references_placed_by == plan::kByAdmissionPolicy) served.push_back(registry.meta.name);
  });
  return served;
}

std::optional<plan::EvictionBasis> PodReconciler::basis(const Case& of) const {
  const auto& entry = *of.verdict.entry;
  if (!deps_.ledger.secret_right(of.pod.meta.ns, entry.name)) return std::nullopt;
  const auto store = deps_.world.pull_secrets.find(entry.secret_name);
  if (store == deps_.world.pull_secrets.end()) return std::nullopt;
  const auto secret = store->second.get(of.pod.meta.ns, entry.secret_name);
  if (!secret || secret->terminating) return std::nullopt;
  return plan::EvictionBasis{secret->data, entry.generation, of.by_policy};
}

base::Result<Outcome> PodReconciler::try_eviction(const Case& of) {
  using Answer = plan::EvictionGuard::Answer;
  // Without the Secret there is nothing to be made again for; whoever writes it wakes us.
  const auto on = basis(of);
  if (!on) return wait(of);
  const auto answer = guard_.ask(case_of(of), of.pod.meta.uid, *on);
  if (answer == Answer::kDone) return clear(of.key);
  if (answer == Answer::kGivenUp) {
    return give_up(of, of.pod.owner + " made it again without the Secret after an eviction: add " +
                           of.verdict.entry->secret_name +
                           " to the imagePullSecrets of its template, or find what takes it away");
  }
  const auto held = held_until_.find(of.key);
  const auto now = deps_.clock.steady();
  if (held != held_until_.end() && held->second > now)
    return wait(of, std::chrono::ceil<base::Millis>(held->second - now));
  if (const auto delay = rate_.take(deps_.clock.steady())) return wait(of, delay);
  return evict(of, *on);
}

base::Result<Outcome> PodReconciler::evict(const Case& of, const plan::EvictionBasis& basis) {
  const auto& meta = of.pod.meta;
  std::vector<std::string> siblings;
  for (const auto& other : deps_.world.pods.in_namespace(meta.ns)) {
    if (other.owner_uid == of.pod.owner_uid) siblings.push_back(other.meta.uid);
  }
  guard_.begin(case_of(of), basis, siblings);  // before: a reply may be lost
  const auto answer =
      deps_.api.call(kube::evict(meta.ns, meta.name, meta.uid), kube::Content::kPlain, {kWriteDeadline});
  if (!answer) return conclude(of, answer.error());
  guard_.done(case_of(of), meta.uid);
  deps_.metrics.eviction_done(of.verdict.entry->name, "success");
  note_refused(false);
  of.log.info("pod evicted", {{"owner", of.pod.owner}, {"registry", of.verdict.entry->name}});
  record(of, false, plan::kRecoveredByEviction,
         "evicted, so that " + of.pod.owner + " makes it again: it waits for an image of " + of.verdict.entry->host +
             " and is older than the reference to Secret " + of.verdict.entry->secret_name +
             " that its ServiceAccount has now");
  return clear(of.key);
}

base::Result<Outcome> PodReconciler::conclude(const Case& of, const base::Error& error) {
  const auto& registry = of.verdict.entry->name;
  // Gone, or another one by that name: what is there now comes by the watch.
  if (error.kind == ErrorKind::kNotFound) return clear(of.key);
  if (error.kind == ErrorKind::kConflict) return wait(of, kHeld);
  if (error.kind == ErrorKind::kThrottled) {
    deps_.metrics.eviction_done(registry, "held");
    of.log.info("eviction held", {{"by", error.message}});
    const auto pause = std::max(error.retry_after.value_or(kHeld), base::Millis{1'000});
    held_until_[of.key] = deps_.clock.steady() + pause;  // whoever wakes us meanwhile
    return wait(of, pause);
  }
  if (error.reason == plan::kNamespaceTerminating) return clear(of.key);
  deps_.metrics.eviction_done(registry, "error");
  if (error.kind == ErrorKind::kForbidden) {
    refused_at_ = of.key;
    note_refused(true);
    return wait(of, kRefusedAgain);
  }
  (void)wait(of);
  return base::fail(error);
}

void PodReconciler::note_refused(bool refused) {
  if (deps_.world.pod_eviction_refused.exchange(refused) == refused) return;
  deps_.world.registries.for_each(
      [this](const api::HarborRegistry& registry) { deps_.registries.add_after(registry.meta.name, kGather); });
}

Outcome PodReconciler::wait(const Case& of, std::optional<base::Millis> again_after) {
  const PodNote now{of.verdict.entry->name, of.pod.meta.uid, false};
  if (deps_.pod_board.set(of.key, now) != now) deps_.registries.add_after(now.registry, kGather);
  return Outcome{again_after};
}

Outcome PodReconciler::give_up(const Case& of, const std::string& cure) {
  const auto& entry = *of.verdict.entry;
  const PodNote now{entry.name, of.pod.meta.uid, true};
  if (deps_.pod_board.set(of.key, now) == now) return Outcome{};
  deps_.registries.add_after(now.registry, kGather);
  record(of, true, plan::kPodNotRecoverable,
         "waits for an image of " + entry.host + " without Secret " + entry.secret_name +
             ", and eviction would not help; " + cure);
  return Outcome{};
}

Outcome PodReconciler::clear(const std::string& key) {
  held_until_.erase(key);
  const auto before = deps_.pod_board.clear(key);
  if (before.registry.empty()) return Outcome{};
  deps_.registries.add_after(before.registry, kGather);
  // Nobody would find out any more that the right is there by now; the next refusal says so again.
  if (key == refused_at_) note_refused(false);
  return Outcome{};
}

void PodReconciler::record(const Case& of, bool warning, std::string_view reason, std::string note) {
  const auto& meta = of.pod.meta;
  deps_.events.record(
      {{"v1", "Pod", meta.ns, meta.name, meta.uid}, warning, std::string(reason), "Evict", std::move(note)});
}

}  // namespace reconcile
