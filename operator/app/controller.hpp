// The composition root of the operator: makes every concrete part, owns every thread.
#pragma once

#include "app/options.hpp"

namespace app {

/// Runs until SIGTERM or SIGINT (0), until the lease is lost (1), or fails at the start with 2 and a sentence. Call
/// once, from main's thread, before any other thread exists.
[[nodiscard]] int run_controller(ControllerOptions options);

}  // namespace app
