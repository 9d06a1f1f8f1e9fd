// How long to wait before the next attempt. Pure but for the random source that is passed in.
#pragma once

#include <chrono>
#include <functional>

namespace base {

/// Delays that double from `first` to `cap`; with `jitter` j each is stretched by a factor in [1, 1 + j].
struct BackoffPolicy {
  std::chrono::milliseconds first{5};
  std::chrono::milliseconds cap{1'000'000};
  double jitter = 0.0;
};

/// Constants of client-go: workqueue/default_rate_limiters.go (5 ms to 1000 s per key).
inline constexpr BackoffPolicy kQueueBackoff{std::chrono::milliseconds{5}, std::chrono::milliseconds{1'000'000}, 0.0};
/// Constants of client-go: tools/cache/reflector.go (0.8 s to 30 s, jitter 1.0, so up to 60 s).
inline constexpr BackoffPolicy kWatchBackoff{std::chrono::milliseconds{800}, std::chrono::milliseconds{30'000}, 1.0};

/// Returns a number in [0, 1).
using Random = std::function<double()>;
/// Seeded from the system; thread-safe.
[[nodiscard]] Random system_random();

/// The delay after `failures` failures in a row (1 is the first). `failures` < 1 gives zero.
[[nodiscard]] std::chrono::milliseconds delay(const BackoffPolicy& policy, int failures, const Random& random);

}  // namespace base
