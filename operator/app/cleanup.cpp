#include "app/cleanup.hpp"

#include <iostream>

#include "app/one_shot.hpp"
#include "app/process.hpp"
#include "reconcile/registry_cleanup.hpp"

namespace app {
namespace {

constexpr base::Millis kPeriod{500};

}  // namespace

int run_cleanup(CleanupOptions options) {
  prepare_process();
  const SignalStop signals;
  const auto cluster = connect_once(options.cluster);
  if (!cluster) return refuse("cleanup", cluster.error());

  const auto left = look_until([&] { return reconcile::delete_registries(*cluster->api); },
                               [](const auto& names) { return names && names->empty(); },
                               {kPeriod, options.timeout, signals.token()});
  if (!left) return refuse("cleanup", left.error(), 1);
  for (const auto& registry : *left) {
    std::cout << "still there: HarborRegistry " << registry.name
              << (registry.why.empty() ? ": is the operator running?" : ": " + registry.why) << '\n';
  }
  if (left->empty()) std::cout << "no HarborRegistry is left\n";
  std::cout.flush();
  return left->empty() ? 0 : 1;
}

}  // namespace app
