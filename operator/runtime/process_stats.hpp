// What the kernel says about this process, under the names of the Prometheus client libraries.
#pragma once

#include <vector>

namespace runtime {

struct ProcessReading {
  const char* name;
  const char* help;
  bool counter;  ///< else a gauge
  double value;
};

/// Reads /proc/self and two limits; what cannot be read is left out. A few system calls, no state.
[[nodiscard]] std::vector<ProcessReading> read_process();

}  // namespace runtime
