#include "plan/placement.hpp"

#include "base/contains.hpp"
#include "plan/selection.hpp"

namespace plan {

bool tells_of_placement(const Entry& entry, const api::ServiceAccount& account) {
  return base::contains(account.attached, entry.secret_name) &&
         base::contains(account.pull_secrets, entry.secret_name) && !account.ignored && !account.terminating &&
         selects(entry.service_accounts, account);
}

std::string_view placed_by(const Entry& entry, const api::ServiceAccount& account) {
  return base::contains(account.born_with, entry.secret_name) ? kByAdmissionPolicy : kByOperator;
}

std::string placement_text(std::string_view placed_by) {
  if (placed_by == kByAdmissionPolicy) return "; placed at creation by the admission policy";
  if (placed_by != kByOperator) return {};
  return "; placed by the operator after creation: on Kubernetes 1.36 and newer install deploy/admission, so that no "
         "Pod "
         "can be too early";
}

}  // namespace plan
