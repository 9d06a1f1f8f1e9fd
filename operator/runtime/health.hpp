// /livez and /readyz: named checks, each a question that is answered at once.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runtime/http_server.hpp"

namespace runtime {

struct Check {
  std::string name;
  std::function<bool()> ok;
};

/// "[+]name ok" or "[-]name failed" a line; 200 when all hold, else 503.
[[nodiscard]] Page judge(const std::vector<Check>& checks);

}  // namespace runtime
