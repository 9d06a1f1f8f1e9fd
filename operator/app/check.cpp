#include "app/check.hpp"

#include <algorithm>
#include <iostream>

#include "app/connect.hpp"
#include "app/process.hpp"
#include "base/mutex.hpp"
#include "base/version.hpp"
#include "kube/api.hpp"
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
  const base::Log log(base::LogLevel::kError, base::LogFormat::kText);
  const auto config = find_config(options.cluster);
  if (!config) return refuse(config.error());
  const auto ns = own_namespace(options.cluster, *config);
  const auto& clock = base::real_clock();
  runtime::Metrics metrics;
  auto transport = connect(*config, clock, log, metrics);
  if (!transport) return refuse(transport.error());
  const auto api = kube::make_api(**transport);

  const auto until = clock.steady() + options.timeout;
  auto findings = reconcile::self_check(*api, ns, options.cluster.secret_names);
  while (!all_well(findings) && clock.steady() < until && base::sleep_for(kPeriod, signals.token())) {
    findings = reconcile::self_check(*api, ns, options.cluster.secret_names);
  }
  std::cout << "harbor-pull " << base::kVersion << " at " << config->server << ", namespace " << ns << '\n';
  for (const auto& finding : findings) std::cout << (finding.ok ? "ok    " : "FAIL  ") << finding.text << '\n';
  std::cout.flush();
  return all_well(findings) ? 0 : 1;
}

}  // namespace app
