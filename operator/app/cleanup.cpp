#include "app/cleanup.hpp"

#include <iostream>

#include "app/one_shot.hpp"
#include "app/process.hpp"
#include "base/mutex.hpp"
#include "reconcile/registry_cleanup.hpp"

namespace app {
namespace {

constexpr base::Millis kPeriod{500};

int refuse(const base::Error& error, int code) {
  std::cerr << "harbor-pull cleanup: " << error.message << '\n';
  return code;
}

}  // namespace

int run_cleanup(CleanupOptions options) {
  prepare_process();
  const SignalStop signals;
  const auto cluster = connect_once(options.cluster);
  if (!cluster) return refuse(cluster.error(), 2);

  const auto& clock = base::real_clock();
  const auto until = clock.steady() + options.timeout;
  auto left = reconcile::delete_registries(*cluster->api);
  while ((!left || !left->empty()) && clock.steady() < until && base::sleep_for(kPeriod, signals.token())) {
    left = reconcile::delete_registries(*cluster->api);
  }
  if (!left) return refuse(left.error(), 1);
  for (const auto& registry : *left) {
    std::cout << "still there: HarborRegistry " << registry.name
              << (registry.why.empty() ? ": is the operator running?" : ": " + registry.why) << '\n';
  }
  if (left->empty()) std::cout << "no HarborRegistry is left\n";
  std::cout.flush();
  return left->empty() ? 0 : 1;
}

}  // namespace app
