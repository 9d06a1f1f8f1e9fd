#include "reconcile/visit.hpp"

#include "plan/reasons.hpp"
#include "reconcile/prover.hpp"

namespace reconcile {

using base::ErrorKind;

plan::Trouble refusal_of(const VisitFacts& facts, const std::string& admin_name) {
  return {std::string(plan::kAuthenticationFailed), "Harbor at " + api::endpoint_of(facts.registry.spec) +
                                                        " does not accept " + admin_name +
                                                        " (spec.credential.robot.adminRef)"};
}

VisitStop stop_of(const VisitFacts& facts, const base::Error& error, const std::string& admin_name) {
  VisitStop stop{error};
  if (error.kind == ErrorKind::kConflict || error.kind == ErrorKind::kCancelled) return stop;
  stop.trouble = trouble_of(error, admin_name);
  if (error.kind != ErrorKind::kUnauthorized) return stop;
  const bool believed = facts.memory.note_refusal(facts.identity.registry, facts.deps.clock.steady());
  stop.trouble = believed ? std::optional(refusal_of(facts, admin_name)) : std::nullopt;
  stop.again = believed ? facts.registry.spec.interval : kSecondLook;
  return stop;
}

}  // namespace reconcile
