// What the status is told of Harbor and of the credential: from board and state Secrets.
#pragma once

#include "plan/credential_status.hpp"
#include "reconcile/deps.hpp"

namespace reconcile {

[[nodiscard]] plan::CredentialReport credential_report(const api::HarborRegistry& registry, const plan::Entry& entry,
                                                       const Deps& deps);

}  // namespace reconcile
