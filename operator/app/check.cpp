#include "app/check.hpp"

#include <algorithm>
#include <iostream>

#include "app/one_shot.hpp"
#include "app/process.hpp"
#include "base/mutex.hpp"
#include "base/version.hpp"
#include "reconcile/self_check.hpp"

namespace app {
namespace {

constexpr base::Millis kPeriod{1'000};

bool all_well(const std::vector<reconcile::Finding>& findings) {
  return std::ranges::all_of(findings, [](const auto& finding) { return finding.ok; });
}

}  // namespace

int run_check(CheckOptions options) {
  prepare_process();
  const SignalStop signals;
  const auto cluster = connect_once(options.cluster);
  if (!cluster) return refuse("check", cluster.error());
  const reconcile::SelfCheckTools tools{options.leader_elect,
                                        [&](base::Millis time) { base::sleep_for(time, signals.token()); }};
  const auto look = [&] {
    return reconcile::self_check(*cluster->api, cluster->ns, options.cluster.secret_names, tools);
  };

  const auto findings = look_until(look, all_well, {kPeriod, options.timeout, signals.token()});
  std::cout << "harbor-pull " << base::kVersion << " at " << cluster->server << ", namespace " << cluster->ns << '\n';
  for (const auto& finding : findings) std::cout << (finding.ok ? "ok    " : "FAIL  ") << finding.text << '\n';
  std::cout.flush();
  return all_well(findings) ? 0 : 1;
}

}  // namespace app
