// What `harbor-pull check` asks: whether an installation can work, and whether it does.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "kube/api.hpp"

namespace reconcile {

struct Finding {
  bool ok = false;
  std::string text = {};  ///< one line: what was found and, when it is not as it should be, how to mend it
};

struct SelfCheckTools {
  bool leader_elect = true;  ///< whether operators hold a Lease, so that one can be seen to be at work
  std::function<void(std::chrono::milliseconds)> pause = {};  ///< waits that long, or less when nobody wants to know
};

/// Each right of plan::rights_needed, whether an operator leads, the CRD, and what each HarborRegistry says of itself.
/// Asks and changes nothing; blocks, some seconds for the leader. An API server that does not answer is a finding.
[[nodiscard]] std::vector<Finding> self_check(kube::Api& api, std::string_view ns,
                                              const std::vector<std::string>& secret_names,
                                              const SelfCheckTools& tools);

}  // namespace reconcile
