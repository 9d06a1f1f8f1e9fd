// What `harbor-pull check` asks: whether an installation can work, and whether it does.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kube/api.hpp"

namespace reconcile {

struct Finding {
  bool ok = false;
  std::string text = {};  ///< one line: what was found and, when it is not as it should be, how to mend it
};

/// The CRD, each right of plan::rights_needed, and what each HarborRegistry says of itself. Asks and changes nothing;
/// blocks. An API server that does not answer is a finding.
[[nodiscard]] std::vector<Finding> self_check(kube::Api& api, std::string_view ns,
                                              const std::vector<std::string>& secret_names);

}  // namespace reconcile
