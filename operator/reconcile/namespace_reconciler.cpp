#include "reconcile/namespace_reconciler.hpp"

#include <algorithm>

#include "api/managed_fields.hpp"
#include "api/names.hpp"
#include "base/overloaded.hpp"
#include "kube/request.hpp"
#include "plan/reasons.hpp"
#include "reconcile/pod_reconciler.hpp"

namespace reconcile {

using base::ErrorKind;
using base::Status;

/// What one pass knows and gathers.
struct NamespaceReconciler::Run {
  const std::string& ns;
  const base::Log& log;
  std::uint64_t began = 0;
  std::shared_ptr<const plan::Book> book = {};
  Records records = {};
  // The order is a promise: a Secret is not deleted while a reference to it could not be taken away, and no reference
  // is added to one that could not be written.
  std::set<std::string> undetached = {};
  std::set<std::string> unwritten = {};
  std::optional<base::Error> first_error = {};
  std::optional<base::Millis> again_after = {};
};

namespace {

/// The one that the step is about; empty when it is about several.
std::string secret_of(const plan::Step& step) {
  return std::visit(base::Overloaded{
                        [](const plan::MakeAccount&) { return std::string(); },
                        [](const auto& s) { return s.secret_name; },
                    },
                    step);
}

/// For whom a step is done: a failure is theirs.
std::vector<std::string> beneficiaries(const plan::Step& step) {
  return std::visit(base::Overloaded{
                        [](const plan::WriteSecret& s) { return s.sources; },
                        [](const plan::Attach& s) { return s.registries; },
                        [](const plan::Refuse& s) { return s.registries; },
                        [](const auto&) { return std::vector<std::string>{}; },
                    },
                    step);
}

/// The namespace is on its way out, or the object is: nothing to do and nothing to say.
bool moot(const base::Error& error) {
  return error.kind == ErrorKind::kNotFound || error.reason == plan::kNamespaceTerminating;
}

std::string_view reason_of(const base::Error& error) {
  switch (error.kind) {
    case ErrorKind::kForbidden:
    case ErrorKind::kRejected:
    case ErrorKind::kInvalid:
    case ErrorKind::kTooLarge: return plan::kWriteRefused;
    default: return plan::kWriteFailed;
  }
}

/// Of `fights_`: a ServiceAccount that was made again starts in peace.
std::string fight_key(const api::Meta& meta, const std::string& secret_name) {
  return meta.ns + "/" + meta.name + "/" + meta.uid + "/" + secret_name;
}

void note_failure(Records& records, const std::vector<std::string>& registries, const Record& failure) {
  for (const auto& registry : registries) {
    auto& record = records[registry];
    if (record.state != Record::State::kFailed) record = failure;
  }
}

}  // namespace

base::Result<runtime::Outcome> NamespaceReconciler::reconcile(const std::string& key, const base::Log& log,
                                                              const std::stop_token& stop) {
  Run run{.ns = key, .log = log, .began = deps_.ledger.begin()};
  run.book = book_for(deps_, key);
  const auto plan = plan::plan_namespace(observe(key), *run.book, deps_.keys);
  for (const auto& claim : plan.claims) {
    Record record;
    if (claim.state == plan::Claim::State::kWaiting) record.state = Record::State::kWaiting;
    if (claim.state == plan::Claim::State::kFailed)
      record = {Record::State::kFailed, claim.reason, claim.message, false};
    run.records.emplace(claim.registry, std::move(record));
  }
  for (const auto& step : plan.steps) {
    if (stop.stop_requested()) return base::fail(ErrorKind::kCancelled, "stopping");
    apply(run, step);
  }
  return conclude(run);
}

plan::NamespaceFacts NamespaceReconciler::observe(const std::string& ns) const {
  plan::NamespaceFacts facts;
  facts.ns = deps_.world.namespaces.get("", ns);
  facts.own_namespace = deps_.world.own_namespace;
  facts.accounts = deps_.world.accounts.in_namespace(ns);
  facts.makes_default_account = makes_default_account_;
  for (const auto& [name, store] : deps_.world.pull_secrets) {
    facts.secret_names.push_back(name);
    if (auto secret = store.get(ns, name)) facts.secrets.push_back(std::move(*secret));
  }
  return facts;
}

void NamespaceReconciler::apply(Run& run, const plan::Step& step) {
  if (std::holds_alternative<plan::DeleteSecret>(step) && run.undetached.contains(secret_of(step))) return;
  if (std::holds_alternative<plan::Attach>(step) && run.unwritten.contains(secret_of(step))) return;
  const Status status = perform(run, step);
  if (status) {
    run.log.debug("step done", {{"step", plan::describe(step)}});
    return;
  }
  const auto& error = status.error();
  if (std::holds_alternative<plan::Detach>(step)) run.undetached.insert(secret_of(step));
  if (std::holds_alternative<plan::WriteSecret>(step)) run.unwritten.insert(secret_of(step));
  if (moot(error)) return;
  if (!run.first_error) run.first_error = error;
  if (error.kind != ErrorKind::kConflict) {
    note_failure(run.records, beneficiaries(step),
                 {Record::State::kFailed, std::string(reason_of(error)), plan::describe(step) + ": " + error.message,
                  std::holds_alternative<plan::Attach>(step)});
  }
}

Status NamespaceReconciler::perform(Run& run, const plan::Step& step) {
  return std::visit(base::Overloaded{
                        [&](const plan::MakeAccount& s) { return make_account(run, s); },
                        [&](const plan::WriteSecret& s) { return writer_.write(run.ns, s, *run.book); },
                        [&](const plan::DeleteSecret& s) { return writer_.remove(run.ns, s); },
                        [&](const plan::Attach& s) { return attach(run, s); },
                        [&](const plan::Detach& s) { return detach(s); },
                        [&](const plan::Refuse& s) {
                          note_failure(run.records, s.registries, {Record::State::kFailed, s.reason, s.message, false});
                          return Status{};
                        },
                    },
                    step);
}

Status NamespaceReconciler::attach(Run& run, const plan::Attach& step) {
  const auto& meta = step.seen.meta;
  const auto now = deps_.clock.steady();
  const std::string key = fight_key(meta, step.secret_name);
  bool contended = false;
  {
    const base::MutexLock lock(mutex_);
    forget_old_fights(now);
    contended = !plan::may_attach(fights_[key], now);
    if (contended) run.again_after = std::chrono::duration_cast<base::Millis>(fights_[key].hold_until - now);
  }
  if (contended) {
    note_contended(run, step);
    return {};
  }
  auto status = writer_.attach(step);
  if (status) {
    const base::MutexLock lock(mutex_);
    plan::note_attached(fights_[key], now);
  }
  return status;
}

Status NamespaceReconciler::make_account(const Run& run, const plan::MakeAccount& step) {
  auto status = writer_.make_account(run.ns, step);
  if (status) return status;
  // Best effort: whatever is in the way, the ServiceAccount that the cluster makes is attached to. But without the
  // right, which the API server says in these words (a quota or a webhook in others), there is no use in asking again.
  const bool no_right = status.error().kind == ErrorKind::kForbidden &&
                        status.error().message.find("cannot create resource") != std::string::npos;
  if (no_right && makes_default_account_.exchange(false)) {
    run.log.warn(
        "may not make ServiceAccount default, and goes on without: kubectl apply -k "
        "deploy/default-service-account gives the right; then restart the operator",
        {{"error", status.error().message}});
  }
  return {};
}

void NamespaceReconciler::forget_old_fights(base::SteadyTime now) {
  // Now and then: in a burst of thousands of attachments a sweep at each would be the work.
  if (now < next_sweep_) return;
  next_sweep_ = now + std::chrono::minutes{1};
  std::erase_if(fights_, [&](const auto& fight) { return plan::over(fight.second, now); });
}

Status NamespaceReconciler::detach(const plan::Detach& step) {
  auto status = writer_.detach(step);
  if (status) {
    // We took the entry away ourselves: when it is missing at the next attachment, nobody fought.
    const base::MutexLock lock(mutex_);
    fights_.erase(fight_key(step.seen.meta, step.secret_name));
  }
  return status;
}

void NamespaceReconciler::note_contended(Run& run, const plan::Attach& step) {
  const auto& meta = step.seen.meta;
  const auto request = kube::get(kube::service_account_path(meta.ns, meta.name));
  const auto object = deps_.api.call(request, kube::Content::kPlain, {kWriteDeadline});
  const std::string rival = object ? api::last_writer_of(*object, "imagePullSecrets") : std::string();
  note_failure(run.records, step.registries,
               {Record::State::kFailed, std::string(plan::kServiceAccountContended),
                "ServiceAccount " + meta.name + ": " + (rival.empty() ? "another writer" : "field manager " + rival) +
                    " keeps removing " + step.secret_name +
                    " from imagePullSecrets; let it ignore that field, or set serviceAccounts.mode to None and list "
                    "the Secret there",
                true});
}

base::Result<runtime::Outcome> NamespaceReconciler::conclude(Run& run) {
  // Not decided yet: somebody else was quicker, and the next look will tell.
  const bool undecided = run.first_error && run.first_error->kind == ErrorKind::kConflict;
  if (undecided) return base::fail(*run.first_error);
  const auto accounts = deps_.world.accounts.in_namespace(run.ns);  // as our own writes left them
  for (auto& [registry, record] : run.records) {
    if (const auto* entry = run.book->find(registry)) record.placement = plan::placement_of(*entry, accounts);
  }
  publish(run, deps_.ledger.note(run.ns, run.began, run.records));
  wake_credentials(run.ns);
  wake_pods(deps_, run.ns);
  if (run.first_error) return base::fail(*run.first_error);
  return runtime::Outcome{run.again_after};
}

void NamespaceReconciler::publish(const Run& run, const Ledger::Noted& noted) {
  for (const auto& registry : noted.changed) deps_.registries.add_after(registry, kGather);
  for (const auto& record : noted.newly_failed) {
    // It is told once, so also when the account is still on its way or never comes: then without a uid.
    const auto account = deps_.world.accounts.get(run.ns, api::kDefaultAccount);
    const std::string uid = account ? account->meta.uid : "";
    deps_.events.record({{"v1", "ServiceAccount", run.ns, std::string(api::kDefaultAccount), uid},
                         true,
                         record.reason,
                         "Sync",
                         record.message});
  }
}

void NamespaceReconciler::wake_credentials(const std::string& ns) const {
  const auto book = deps_.books.current();
  for (const auto& entry : book->entries) {
    const plan::RobotIdentity own{entry.name, ns};
    if (entry.per_namespace || deps_.robots.exists(own)) deps_.credentials.add(credential_key(own));
    // An old robot of all namespaces goes when the last of them holds another.
    const auto shared = deps_.robots.state({entry.name, ""});
    const bool wanted = entry.shared_robot && entry.standing != plan::Standing::kLeaving;
    if (shared && shared->any_unwanted(wanted)) deps_.credentials.add_after(entry.name, kGather);
  }
}

void NamespaceReconciler::forget_contention() {
  const base::MutexLock lock(mutex_);
  fights_.clear();
}

}  // namespace reconcile
