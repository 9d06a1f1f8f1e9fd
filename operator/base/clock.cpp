#include "base/clock.hpp"

#include <absl/time/time.h>

namespace base {
namespace {

class RealClock final : public Clock {
 public:
  [[nodiscard]] WallTime now() const override {
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
  [[nodiscard]] SteadyTime steady() const override { return std::chrono::steady_clock::now(); }
};

std::string format(WallTime time, const char* pattern) {
  return absl::FormatTime(pattern, absl::FromChrono(std::chrono::time_point_cast<std::chrono::nanoseconds>(time)),
                          absl::UTCTimeZone());
}

}  // namespace

const Clock& real_clock() {
  static const RealClock clock;
  return clock;
}

std::string rfc3339(WallTime time) { return format(time, "%Y-%m-%dT%H:%M:%SZ"); }

std::string rfc3339_micro(WallTime time) { return format(time, "%Y-%m-%dT%H:%M:%E6SZ"); }

Result<WallTime> parse_rfc3339(std::string_view text) {
  absl::Time time;
  std::string why;
  if (!absl::ParseTime(absl::RFC3339_full, absl::string_view(text.data(), text.size()), &time, &why)) {
    return fail(ErrorKind::kInvalid, "not an RFC 3339 time");
  }
  return std::chrono::time_point_cast<std::chrono::microseconds>(absl::ToChronoTime(time));
}

}  // namespace base
