#include "plan/placement.hpp"

#include "base/contains.hpp"
#include "plan/selection.hpp"

namespace plan {

Placement placement_of(const Entry& entry, const std::vector<api::ServiceAccount>& accounts) {
  Placement youngest;
  for (const auto& account : accounts) {
    const bool tells = base::contains(account.attached, entry.secret_name) &&
                       base::contains(account.pull_secrets, entry.secret_name) && !account.ignored &&
                       !account.terminating && selects(entry.service_accounts, account);
    if (!tells) continue;
    const bool born = base::contains(account.born_with, entry.secret_name);
    youngest.take({account.created, born ? kByAdmissionPolicy : kByOperator});
  }
  return youngest;
}

std::string placement_text(std::string_view placed_by) {
  if (placed_by == kByAdmissionPolicy) return "; placed at creation by the admission policy";
  if (placed_by != kByOperator) return {};
  return "; placed by the operator after creation: on Kubernetes 1.36 and newer install deploy/admission, so that no "
         "Pod "
         "can be too early";
}

}  // namespace plan
