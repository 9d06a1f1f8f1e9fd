#include "reconcile/prover.hpp"

#include <algorithm>
#include <cstdlib>

#include "harbor/challenge.hpp"
#include "harbor/errors.hpp"
#include "harbor/token.hpp"
#include "plan/reasons.hpp"

namespace reconcile {
namespace {

using base::ErrorKind;
using State = plan::Proof::State;

/// Scopes of one request: it all stands in a URL.
constexpr std::size_t kScopesAtOnce = 20;
/// Any repository will do: Harbor's permissions are by project.
constexpr const char* kProbe = "/harbor-pull-probe";
/// Expiry is counted in days and tokens live 30 minutes: below this a difference does no harm.
constexpr std::chrono::minutes kSkewThatMatters{5};

std::string word(std::string_view reason) { return std::string(reason); }

plan::Proof away(const base::Error& error) {
  const auto trouble = trouble_of(error, "");
  return {State::kUnreachable, trouble.reason, trouble.message, {}};
}

plan::Proof rejected(std::string_view reason, std::string message) {
  return {State::kRejected, word(reason), std::move(message), {}};
}

plan::Proof not_accepted(const ProofRequest& request) {
  return rejected(plan::kAuthenticationFailed, "Harbor at " + request.endpoint + " does not accept " +
                                                   request.account.username +
                                                   ": wrong password, or the account is disabled, expired or deleted");
}

/// Rounded, so that the sentence stays the same while clocks drift.
std::string skew_text(std::chrono::seconds offset) {
  const auto minutes = (std::abs(offset.count()) + 30) / 60;
  const auto rounded = minutes < 60 ? minutes / 5 * 5 : minutes / 60 * 60;
  return "Harbor's clock is about " + std::to_string(rounded) + " minutes " +
         (offset.count() > 0 ? "ahead of" : "behind") +
         " ours: expiry and renewal are reckoned by Harbor's, but tokens may be refused; set both clocks by NTP";
}

plan::Finding reach_of(const harbor::Api& harbor, const ProofRequest& request, const std::string& realm) {
  if (auto problem = harbor::realm_problem(realm, {request.endpoint, request.host}); !problem.empty()) {
    return {"False", word(plan::kRealmMismatch), std::move(problem)};
  }
  const auto offset = harbor.clock_offset();
  if (offset && std::chrono::abs(*offset) >= kSkewThatMatters) {
    return {"True", word(plan::kClockSkew), skew_text(*offset)};
  }
  return {"True", word(plan::kReachable), "Harbor answers at " + request.endpoint};
}

/// A reason that users know: then whoever made the error knew better than the table.
bool is_ours(std::string_view reason) {
  static constexpr std::string_view kOurs[] = {
      plan::kProjectNotFound, plan::kPermissionDenied, plan::kAuthenticationFailed,    plan::kRegistryUnreachable,
      plan::kTlsUntrusted,    plan::kRealmMismatch,    plan::kCredentialSecretMissing, plan::kCredentialInvalid,
      plan::kWriteFailed,     plan::kWriteRefused,
  };
  return std::find(std::begin(kOurs), std::end(kOurs), reason) != std::end(kOurs);
}

std::string repository(const std::string& project) { return project + kProbe; }

/// One proof under way. All references outlive it.
struct Asking {
  harbor::Api& harbor;
  const ProofRequest& request;
  const std::stop_token& stop;
};

/// Why a project cannot be pulled from. Harbor hides from a token whether it is not there or not allowed.
plan::Proof why_not(const Asking& asking, const std::string& project) {
  const auto& [harbor, request, stop] = asking;
  const auto exists = harbor.project_exists(request.account, project, stop);
  if (!exists && harbor_is_away(exists.error())) return away(exists.error());
  if (exists && !*exists) {
    return rejected(plan::kProjectNotFound, "Harbor at " + request.endpoint + " has no project " + project);
  }
  return rejected(plan::kPermissionDenied,
                  request.account.username + " may not pull from project " + project + " of " + request.endpoint);
}

/// Asks for one group of projects; kProved when the account pulls from all of them.
plan::Proof prove_projects(const Asking& asking, harbor::TokenQuery query, const std::vector<std::string>& projects) {
  const auto& [harbor, request, stop] = asking;
  for (const auto& project : projects) query.scopes.push_back("repository:" + repository(project) + ":pull");
  const auto token = harbor.token(request.account, query, stop);
  if (!token && token.error().kind == ErrorKind::kUnauthorized) return not_accepted(request);
  if (!token) return away(token.error());
  // With a scope a wrong password gets the token of nobody.
  if (token->subject.empty()) return not_accepted(request);
  for (const auto& project : projects) {
    if (!harbor::allows(*token, repository(project), "pull")) return why_not(asking, project);
  }
  return {State::kProved, word(plan::kVerified), {}, {}};
}

plan::Proof prove_account(const Asking& asking, const harbor::TokenQuery& query) {
  const auto& [harbor, request, stop] = asking;
  const auto token = harbor.token(request.account, query, stop);
  if (!token && token.error().kind == ErrorKind::kUnauthorized) return not_accepted(request);
  if (!token) return away(token.error());
  const auto& projects = request.projects;
  for (std::size_t from = 0; from < projects.size(); from += kScopesAtOnce) {
    const auto to = std::min(from + kScopesAtOnce, projects.size());
    const auto begin = projects.begin();
    auto proof = prove_projects(asking, query,
                                {begin + static_cast<std::ptrdiff_t>(from), begin + static_cast<std::ptrdiff_t>(to)});
    if (proof.state != State::kProved) return proof;
  }
  return {State::kProved, word(plan::kVerified), {}, {}};
}

}  // namespace

bool refused(const plan::Proof& proof) {
  return proof.state == State::kRejected && proof.reason == plan::kAuthenticationFailed;
}

bool harbor_is_away(const base::Error& error) {
  switch (error.kind) {
    case ErrorKind::kUnavailable:
    case ErrorKind::kTimeout:
    case ErrorKind::kTls:
    case ErrorKind::kThrottled:
    case ErrorKind::kTooLarge:
    case ErrorKind::kCancelled: return true;
    default: return error.reason == harbor::kRedirect || error.reason == harbor::kMalformed;
  }
}

plan::Trouble trouble_of(const base::Error& error, const std::string& who) {
  const std::string prefix = who.empty() ? "" : who + ": ";
  if (is_ours(error.reason)) return {error.reason, error.message};
  if (error.kind == ErrorKind::kTls) return {word(plan::kTlsUntrusted), error.message};
  if (harbor_is_away(error)) return {word(plan::kRegistryUnreachable), error.message};
  if (error.kind == ErrorKind::kUnauthorized) return {word(plan::kAuthenticationFailed), prefix + error.message};
  if (error.kind == ErrorKind::kForbidden) return {word(plan::kPermissionDenied), prefix + error.message};
  if (error.kind == ErrorKind::kNotFound) return {word(plan::kProjectNotFound), error.message};
  return {word(plan::kRotationFailed), prefix + error.message};
}

Gate knock(harbor::Api& harbor, const ProofRequest& request, const std::stop_token& stop) {
  Gate gate;
  const auto challenge = harbor.challenge(stop);
  if (!challenge) {
    const auto trouble = trouble_of(challenge.error(), "");
    const bool known = harbor_is_away(challenge.error());
    gate.reach = {"False", known ? trouble.reason : word(plan::kRegistryUnreachable), trouble.message};
    return gate;
  }
  gate.reach = reach_of(harbor, request, challenge->realm);
  gate.token.service = challenge->service;
  // The credential goes to our own endpoint only, wherever the realm points.
  if (auto path = harbor::token_path(challenge->realm)) gate.token.path = std::move(*path);
  gate.open = true;
  return gate;
}

ProofResult prove(harbor::Api& harbor, const ProofRequest& request, const std::stop_token& stop) {
  auto gate = knock(harbor, request, stop);
  if (!gate.open) {
    plan::Proof proof{State::kUnreachable, gate.reach.reason, gate.reach.message, {}};
    return {std::move(gate.reach), std::move(proof)};
  }
  auto proof = prove_account({harbor, request, stop}, gate.token);
  if (proof.state == State::kUnreachable) gate.reach = {"False", proof.reason, proof.message};
  return {std::move(gate.reach), std::move(proof)};
}

}  // namespace reconcile
