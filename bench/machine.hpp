// What the figures were taken on, and how much else it had to do.
#pragma once

#include <string>

namespace bench {

/// "Intel Xeon …, 2 cores, Linux 6.1, 2025-01-31".
[[nodiscard]] std::string machine();

/// Share of all cores (0 to 1) that is in use while this sleeps for a second. Call it while nothing of ours works.
[[nodiscard]] double busy_share();
/// The load averages of 1, 5 and 15 minutes.
[[nodiscard]] std::string load_average();

}  // namespace bench
