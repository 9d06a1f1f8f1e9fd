// Empties a queue of what is due, without waiting.
#pragma once

#include <string>
#include <vector>

#include "runtime/queue.hpp"

/// Every key that is due now, in order, each taken and done at once. A marker behind them ends it, so that no take
/// blocks.
inline std::vector<std::string> drain(runtime::Queue& queue) {
  const std::string marker = "~end";
  std::vector<std::string> keys;
  queue.add(marker, runtime::Priority::kBulk);
  while (const auto key = queue.take({})) {
    queue.done(*key);
    if (*key != marker) {
      keys.push_back(*key);
    } else if (queue.stats().depth == 0) {
      break;
    } else {
      queue.add(marker, runtime::Priority::kBulk);
    }
  }
  return keys;
}
