#include "runtime/health.hpp"

namespace runtime {

Page judge(const std::vector<Check>& checks) {
  Page page;
  for (const Check& check : checks) {
    const bool ok = check.ok();
    if (!ok) page.status = 503;
    page.body.append(ok ? "[+]" : "[-]").append(check.name).append(ok ? " ok\n" : " failed\n");
  }
  return page;
}

}  // namespace runtime
