// The client of one Harbor with everything that it stands on.
#pragma once

#include "base/clock.hpp"
#include "http/proxy_choice.hpp"
#include "reconcile/harbor_access.hpp"
#include "runtime/lease.hpp"
#include "runtime/metrics.hpp"

namespace app {

struct HarborLinkDeps {
  const base::Clock& clock;
  runtime::Metrics& metrics;
  const runtime::Leadership& leadership;
  http::ProxyRules proxy = {};
};

/// Makes clients over cpprestsdk, by the proxy that leads to their Harbor, counted in `metrics`. While this process
/// does not surely lead they change nothing at Harbor: anything but GET and HEAD then fails with kCancelled.
[[nodiscard]] reconcile::HarborFactory harbor_factory(const HarborLinkDeps& deps);

}  // namespace app
