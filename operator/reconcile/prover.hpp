// Asks a Harbor whether a credential pulls, as a node would: the challenge, the token service without and with scopes.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "harbor/api.hpp"
#include "plan/credential_record.hpp"
#include "plan/finding.hpp"

namespace reconcile {

struct ProofRequest {
  std::string endpoint = {};  ///< what we talk to
  std::string host = {};      ///< the registry in image names
  harbor::Account account = {};
  std::vector<std::string> projects = {};  ///< of which it must be able to pull
};

/// What Harbor said. `reach` is about Harbor itself; `proof.of` is left empty.
struct ProofResult {
  plan::Finding reach = {};
  plan::Proof proof = {};
};

/// Four requests at most, plus one for each 20 projects and one for each project that is refused; blocks, 10 s at most
/// for each. A 401 to a user may be Harbor's lock after another's wrong password: worth a second look after 1.6 s.
[[nodiscard]] ProofResult prove(harbor::Api& harbor, const ProofRequest& request, const std::stop_token& stop);

/// Harbor does not know the credential, or did not say so only because of its lock.
[[nodiscard]] bool refused(const plan::Proof& proof);

/// Whether Harbor answers, without any credential: what `prove` begins with.
struct Gate {
  plan::Finding reach = {};
  harbor::TokenQuery token = {};  ///< where to ask for tokens, when reach is not about an error
  bool open = false;              ///< tokens can be asked for
};
[[nodiscard]] Gate knock(harbor::Api& harbor, const ProofRequest& request, const std::stop_token& stop);

/// What a failed call to Harbor means to the user: reason and sentence. `who` names the account: "Secret ns/name".
[[nodiscard]] plan::Trouble trouble_of(const base::Error& error, const std::string& who);
/// Harbor itself cannot be used now; says nothing about an account.
[[nodiscard]] bool harbor_is_away(const base::Error& error);

}  // namespace reconcile
