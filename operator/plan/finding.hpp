// A condition without its bookkeeping: what a judgement comes to.
#pragma once

#include <string>

namespace plan {

struct Finding {
  std::string status = {};  ///< True, False, Unknown
  std::string reason = {};  ///< plan/reasons.hpp
  std::string message = {};
  bool operator==(const Finding&) const = default;
};

}  // namespace plan
