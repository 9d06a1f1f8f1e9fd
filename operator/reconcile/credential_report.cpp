#include "reconcile/credential_report.hpp"

#include "plan/robot_plan.hpp"
#include "plan/robot_wish.hpp"

namespace reconcile {
namespace {

using plan::Proof;

/// What a restart may take for proved: see plan::judge. Kept while Harbor cannot be asked, gone once it says no.
std::string proved_hash(const api::HarborRegistry& registry, const plan::Entry& entry, const Proof& proof,
                        const plan::DigestKeys& keys) {
  if (!entry.credential || registry.spec.robot) return {};
  auto hash = plan::credential_hash(*entry.credential, keys);
  const bool told = proof.of == entry.auth;
  if (told && proof.state == Proof::State::kProved) return hash;
  if (told && proof.state == Proof::State::kRejected) return {};
  return registry.status.credential.content_hash == hash ? hash : "";
}

/// Of the renewal only what the spec says counts, so any namespace will do.
std::optional<plan::RobotWish> wish_for_times(const api::HarborRegistry& registry) {
  if (!registry.spec.robot) return std::nullopt;
  auto wish = plan::robot_wish(registry, nullptr);
  return wish ? std::optional(std::move(*wish)) : std::nullopt;
}

void add(plan::CredentialReport& report, const plan::RobotState& state, const plan::RobotWish& wish,
         const CredentialBoard& board) {
  const auto* current = state.newest(plan::RobotPhase::kCurrent);
  if (current == nullptr) return;
  const auto trouble = state.identity.ns.empty() ? std::nullopt : board.record(state.identity).trouble;
  if (trouble && report.stuck.count++ == 0) {
    report.stuck.example = state.identity.ns;
    report.stuck.trouble = *trouble;
  }
  plan::add_robot(report.facts, {*current, plan::renewal_of(*current, wish)}, state.identity.ns.empty());
}

}  // namespace

plan::CredentialReport credential_report(const api::HarborRegistry& registry, const plan::Entry& entry,
                                         const Deps& deps) {
  const plan::RobotIdentity own{registry.meta.name, ""};
  plan::CredentialReport report;
  report.reach = deps.board.reach(registry.meta.name);
  report.record = deps.board.record(own);
  report.robot = registry.spec.robot.has_value();
  report.facts.content_hash = proved_hash(registry, entry, report.record.proof, deps.keys);
  const auto states = deps.robots.states(registry.meta.name);
  if (registry.deleting) report.remaining = static_cast<std::int64_t>(states.size());
  const auto wish = wish_for_times(registry);
  for (const auto& state : states) {
    if (wish && entry.per_namespace != state.identity.ns.empty()) add(report, state, *wish, deps.board);
  }
  return report;
}

}  // namespace reconcile
