// `harbor-pull cleanup`: deletes every HarborRegistry and waits until they are gone; what an uninstall begins with.
#pragma once

#include "app/options.hpp"

namespace app {

/// The running operator does the work; this only asks for it and waits. Prints what is left when `options.timeout` is
/// over. Exit codes: 0 none is left, 1 some are, or the API server refuses, 2 no cluster is configured.
[[nodiscard]] int run_cleanup(CleanupOptions options);

}  // namespace app
