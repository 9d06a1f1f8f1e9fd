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

int refuse(const base::Error& error) {
  std::cerr << "harbor-pull check: " << error.message << '\n';
  return 2;
}

}  // namespace

int run_check(CheckOptions options) {
  prepare_process();
  const SignalStop signals;
  const auto cluster = connect_once(options.cluster);
  if (!cluster) return refuse(cluster.error());
  const reconcile::SelfCheckTools tools{options.leader_elect,
                                        [&](base::Millis time) { base::sleep_for(time, signals.token()); }};
  const auto look = [&] {
    return reconcile::self_check(*cluster->api, cluster->ns, options.cluster.secret_names, tools);
  };

  const auto& clock = base::real_clock();
  const auto until = clock.steady() + options.timeout;
  auto findings = look();
  while (!all_well(findings) && clock.steady() < until && base::sleep_for(kPeriod, signals.token())) {
    findings = look();
  }
  std::cout << "harbor-pull " << base::kVersion << " at " << cluster->server << ", namespace " << cluster->ns << '\n';
  for (const auto& finding : findings) std::cout << (finding.ok ? "ok    " : "FAIL  ") << finding.text << '\n';
  std::cout.flush();
  return all_well(findings) ? 0 : 1;
}

}  // namespace app
