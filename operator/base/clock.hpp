// Time as a parameter: the only way to learn what time it is.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace base {

using Millis = std::chrono::milliseconds;
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

/// Thread-safe. The real one is `real_clock()`; tests pass their own.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual WallTime now() const = 0;       ///< for timestamps that others read
  [[nodiscard]] virtual SteadyTime steady() const = 0;  ///< for durations and deadlines
};

/// The machine's clocks; lives for the whole process.
[[nodiscard]] const Clock& real_clock();

/// Whole seconds since 1970.
[[nodiscard]] inline std::int64_t unix_seconds(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}
/// RFC 3339 in UTC, whole seconds: 2026-11-23T18:42:00Z (metav1.Time).
[[nodiscard]] std::string rfc3339(WallTime time);
/// RFC 3339 in UTC with six decimals (metav1.MicroTime).
[[nodiscard]] std::string rfc3339_micro(WallTime time);
/// Reads both forms, any offset. Fails with kInvalid.
[[nodiscard]] Result<WallTime> parse_rfc3339(std::string_view text);
/// Reads the Date header of HTTP (RFC 9110, IMF-fixdate): Mon, 23 Nov 2026 18:42:00 GMT. Fails with kInvalid.
[[nodiscard]] Result<WallTime> parse_http_date(std::string_view text);

}  // namespace base
