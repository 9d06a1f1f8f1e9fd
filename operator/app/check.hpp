// `harbor-pull check`: whether this installation can work, and whether it does; what `helm test` runs.
#pragma once

#include "app/options.hpp"

namespace app {

/// Prints one line for each finding of reconcile::self_check, as whoever the configuration says we are. While something
/// is amiss it looks again, until `options.timeout` is over. Exit codes: 0 all well, 1 something is amiss, 2 no cluster
/// is configured.
[[nodiscard]] int run_check(CheckOptions options);

}  // namespace app
