#include "reconcile/credential_reconciler.hpp"

#include <algorithm>

#include "api/names.hpp"
#include "base/contains.hpp"
#include "plan/namespace_plan.hpp"
#include "plan/reasons.hpp"
#include "plan/robot_wish.hpp"
#include "reconcile/robot_visit.hpp"

namespace reconcile {
namespace {

using base::ErrorKind;
using base::fail;
using base::Millis;
using plan::Proof;
using plan::Standing;
using runtime::Outcome;

/// Nobody could reach it a moment ago: not to be tried by each identity by itself.
bool away(const plan::Finding& reach) { return reach.status == "False" && plan::tells_of_absence(reach.reason); }

/// A Harbor to which there is not even a way.
plan::Finding no_way(const base::Error& error) {
  auto trouble = trouble_of(error, "");
  return {"False", std::move(trouble.reason), std::move(trouble.message)};
}

/// What follows from two looks in one run.
base::Result<Outcome> both(base::Result<Outcome> first, base::Result<Outcome> second) {
  if (!first) return first;
  if (!second || !first->again_after) return second;
  second->again_after = std::min(second->again_after.value_or(*first->again_after), *first->again_after);
  return second;
}

}  // namespace

base::Result<Outcome> CredentialReconciler::reconcile(const std::string& key, const base::Log& log,
                                                      const std::stop_token& stop) {
  const auto identity = identity_of(key);
  const auto registry = deps_.world.registries.get("", identity.registry);
  const auto book = deps_.books.current();
  const auto* entry = book->find(identity.registry);
  if (!registry || entry == nullptr) {
    memory_.forget(key);
    access_.forget(identity.registry);
    deps_.board.forget_registry(identity.registry);
    return Outcome{};
  }
  return look({*registry, *entry, identity, log, stop});
}

base::Result<Outcome> CredentialReconciler::look(const Run& run) {
  // Suspended, invalid or retained: not even a question. Before the finalizer nothing is made that it has to clear up.
  if (run.entry.standing == Standing::kFrozen) return Outcome{};
  if (!base::contains(run.registry.finalizers, api::kFinalizer)) return Outcome{};
  if (!run.identity.ns.empty()) return look_after_robots(run);
  wake_identities(run, false);
  const bool one_for_all = run.registry.spec.robot && !run.entry.per_namespace;
  if (one_for_all) return look_after_robots(run);
  // A robot for all may be left from before; its end holds up nothing else.
  auto left = deps_.robots.exists(run.identity) ? look_after_robots(run) : Outcome{};
  if (run.entry.standing == Standing::kLeaving) return left;
  return both(std::move(left), run.entry.per_namespace ? look_after_many(run) : verify_given(run));
}

void CredentialReconciler::note(const Run& run, const plan::Finding& reach, plan::CredentialRecord record) {
  const bool reach_changed = deps_.board.note_reach(run.identity.registry, reach);
  const bool record_changed = deps_.board.note(run.identity, std::move(record));
  if (reach_changed || record_changed) deps_.registries.add(run.identity.registry);
}

void CredentialReconciler::note_of_namespace(const Run& run, plan::CredentialRecord record) {
  if (!deps_.board.note(run.identity, std::move(record))) return;
  deps_.namespaces.add(run.identity.ns);
  deps_.registries.add_after(run.identity.registry, kGather);
}

// ---- a given credential ---------------------------------------------------------------------------------------------

base::Result<Outcome> CredentialReconciler::verify_given(const Run& run) {
  auto& memory = memory_.of(credential_key(run.identity));
  if (!run.entry.credential) {  // the Book says why
    if (deps_.board.note(run.identity, {})) deps_.registries.add(run.identity.registry);
    return Outcome{};
  }
  const auto now = deps_.clock.steady();
  const auto& spec = run.registry.spec;
  const auto harbor = access_.to(run.registry);
  const Verified what{run.entry.auth, harbor ? harbor->get() : nullptr, run.registry.reconcile_requested_at,
                      spec.credential_projects};
  if (memory.due(what, now, spec.interval)) return prove_given(run, harbor, what, memory);
  return Outcome{std::chrono::duration_cast<Millis>(*memory.verified_at + spec.interval - now) + Millis{1}};
}

base::Result<Outcome> CredentialReconciler::prove_given(const Run& run, const Way& harbor, const Verified& what,
                                                        IdentityMemory& memory) {
  const auto& spec = run.registry.spec;
  const auto& credential = *run.entry.credential;
  if (memory.suspected != run.entry.auth) memory.suspicion.clear();  // Harbor's lock outlives the wrong password
  memory.suspected = run.entry.auth;
  if (const auto wait = memory.suspicion.too_early(deps_.clock.steady()); wait > Millis{0}) return Outcome{wait};
  ProofResult result;
  if (harbor) {
    const harbor::Account account{std::string(credential.username.reveal()), credential.password};
    result = prove(**harbor, {run.entry.endpoint, spec.host, account, spec.credential_projects}, run.stop);
  } else {
    result.reach = no_way(harbor.error());
    result.proof = {Proof::State::kUnreachable, result.reach.reason, result.reach.message, {}};
  }
  if (run.stop.stop_requested()) return fail(ErrorKind::kCancelled, "stopping");
  auto& proof = result.proof;
  proof.of = run.entry.auth;
  const bool no = refused(proof);
  if (no && !memory.suspicion.confirm(deps_.clock.steady())) return Outcome{kSecondLook};
  if (!no) memory.suspicion.clear();
  const auto state = proof.state;
  const auto message = proof.message;
  note(run, result.reach, {std::move(proof), {}});
  if (state == Proof::State::kUnreachable) return fail(ErrorKind::kUnavailable, message);
  memory.note(what, deps_.clock.steady());
  return Outcome{spec.interval};
}

// ---- robots ---------------------------------------------------------------------------------------------------------

base::Result<std::optional<plan::RobotWish>> CredentialReconciler::wish_of(const Run& run) const {
  const auto& robot = run.registry.spec.robot;
  const bool many = robot && robot->sharing == api::Sharing::kPerNamespace;
  if (!robot || run.entry.standing == Standing::kLeaving || many == run.identity.ns.empty()) return std::nullopt;
  if (!many) return plan::robot_wish(run.registry, nullptr);
  const auto ns = deps_.world.namespaces.get("", run.identity.ns);
  if (!ns || !plan::means(run.entry, *ns, deps_.world.own_namespace)) return std::nullopt;
  return plan::robot_wish(run.registry, &*ns);
}

base::Result<Outcome> CredentialReconciler::look_after_robots(const Run& run) {
  const auto wish = wish_of(run);
  auto record = deps_.board.record(run.identity);
  if (!wish) {  // nothing is made and nothing is taken away until the namespace says what it wants
    record.trouble = trouble_of(wish.error(), "");
    note_of_namespace(run, std::move(record));
    return Outcome{};
  }
  if (!*wish && !deps_.robots.exists(run.identity)) {
    deps_.board.forget(run.identity);
    memory_.forget(credential_key(run.identity));
    return Outcome{};
  }
  auto stored = deps_.robots.read(run.identity);
  if (!stored) {
    record.trouble = {std::string(plan::kCredentialInvalid), stored.error().message};
    if (deps_.board.note(run.identity, std::move(record))) deps_.registries.add(run.identity.registry);
    return Outcome{run.registry.spec.interval};
  }
  const auto reach = deps_.board.reach(run.identity.registry);
  if (!run.identity.ns.empty() && away(reach) && run.entry.standing != Standing::kLeaving) {
    // The registry's own key asks again with back-off, and wakes this one when Harbor answers.
    if (stored->state.newest(plan::RobotPhase::kCurrent) == nullptr) {
      record.trouble = {reach.reason, reach.message};
      note_of_namespace(run, std::move(record));
    }
    return Outcome{};
  }
  const bool leaving = run.entry.standing == Standing::kLeaving;
  RobotVisit visit(
      {deps_, access_, memory_, run.registry, run.identity, *wish, leaving, give_up_after_, run.log, run.stop},
      std::move(*stored));
  auto outcome = visit.run();
  if (!run.identity.ns.empty() && away(deps_.board.reach(run.identity.registry))) {
    deps_.credentials.add(run.identity.registry);
  }
  return outcome;
}

base::Result<Outcome> CredentialReconciler::look_after_many(const Run& run) {
  const auto before = deps_.board.reach(run.identity.registry);
  const auto harbor = access_.to(run.registry);
  plan::Finding reach;
  if (harbor) {
    reach = knock(**harbor, {run.entry.endpoint, run.registry.spec.host, {}, {}}, run.stop).reach;
  } else {
    reach = no_way(harbor.error());
  }
  if (run.stop.stop_requested()) return fail(ErrorKind::kCancelled, "stopping");
  const bool is_away = away(reach);
  if (deps_.board.note_reach(run.identity.registry, reach)) deps_.registries.add(run.identity.registry);
  if (is_away) return fail(ErrorKind::kUnavailable, reach.message);
  auto& heard = memory_.of(credential_key(run.identity)).heard;
  auto said = what_is_said(run);
  if (away(before) || heard != said) wake_identities(run, true);
  heard = std::move(said);
  return Outcome{run.registry.spec.interval};
}

std::string CredentialReconciler::what_is_said(const Run& run) const {
  const auto& registry = run.registry;
  const auto admin = deps_.world.sources.get(deps_.world.own_namespace, registry.spec.robot->admin_secret);
  return std::to_string(registry.generation) + "\n" + registry.rotate_requested_at + "\n" +
         registry.reconcile_requested_at + "\n" + (admin ? std::to_string(admin->meta.resource_version) : "");
}

void CredentialReconciler::wake_identities(const Run& run, bool all) {
  for (const auto& state : deps_.robots.states(run.identity.registry)) {
    const auto& identity = state.identity;
    const auto ns = deps_.world.namespaces.get("", identity.ns);
    const bool wanted = run.entry.per_namespace && run.entry.standing != Standing::kLeaving && ns &&
                        plan::means(run.entry, *ns, deps_.world.own_namespace);
    if (!identity.ns.empty() && (all || !wanted)) {
      deps_.credentials.add(credential_key(identity), runtime::Priority::kBulk);
    }
  }
  if (!all) return;
  for (const auto& ns : meant_namespaces(run.entry, deps_.world)) {
    deps_.credentials.add(credential_key({run.identity.registry, ns}), runtime::Priority::kBulk);
  }
}

}  // namespace reconcile
