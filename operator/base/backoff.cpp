#include "base/backoff.hpp"

#include <algorithm>
#include <cmath>
#include <random>

namespace base {

Random system_random() {
  return [] {
    thread_local std::minstd_rand engine{std::random_device{}()};
    return std::uniform_real_distribution<double>{0.0, 1.0}(engine);
  };
}

std::chrono::milliseconds delay(const BackoffPolicy& policy, int failures, const Random& random) {
  if (failures < 1) return std::chrono::milliseconds{0};
  const double doubled = static_cast<double>(policy.first.count()) * std::exp2(std::min(failures - 1, 40));
  const double capped = std::min(doubled, static_cast<double>(policy.cap.count()));
  const double stretched = policy.jitter > 0 ? capped * (1.0 + policy.jitter * random()) : capped;
  return std::chrono::milliseconds{static_cast<std::int64_t>(stretched)};
}

}  // namespace base
