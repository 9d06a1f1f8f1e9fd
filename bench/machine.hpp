// What the figures were taken on, and how much else it had to do.
#pragma once

#include <sys/types.h>

#include <string>

namespace bench {

/// "Intel Xeon …, 2 cores, Linux 6.1, 2025-01-31".
[[nodiscard]] std::string machine();

/// Share of all cores (0 to 1) that is in use while this sleeps for a second. Call it while nothing of ours works.
[[nodiscard]] double busy_share();
/// The load averages of 1, 5 and 15 minutes.
[[nodiscard]] std::string load_average();

/// Resident memory in MiB. `own` is what no file backs (heap, stacks, written data): it does not depend on which pages
/// of the program and its libraries happen to be mapped.
struct Memory {
  double all = 0;
  double own = 0;
};
/// Throws support::Failure when the process is gone.
[[nodiscard]] Memory memory_of(pid_t pid);

}  // namespace bench
