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
  // Not through nanoseconds: those end in 2262, and a robot may live longer.
  const auto since_epoch = absl::Microseconds(time.time_since_epoch().count());
  return absl::FormatTime(pattern, absl::UnixEpoch() + since_epoch, absl::UTCTimeZone());
}

Result<WallTime> parse(std::string_view text, const char* pattern, const char* complaint) {
  absl::Time time;
  std::string why;
  if (!absl::ParseTime(pattern, absl::string_view(text.data(), text.size()), &time, &why)) {
    return fail(ErrorKind::kInvalid, complaint);
  }
  return WallTime(std::chrono::microseconds(absl::ToUnixMicros(time)));
}

}  // namespace

const Clock& real_clock() {
  static const RealClock clock;
  return clock;
}

std::string rfc3339(WallTime time) { return format(time, "%Y-%m-%dT%H:%M:%SZ"); }

std::string rfc3339_micro(WallTime time) { return format(time, "%Y-%m-%dT%H:%M:%E6SZ"); }

Result<WallTime> parse_rfc3339(std::string_view text) {
  return parse(text, absl::RFC3339_full, "not an RFC 3339 time");
}

Result<WallTime> parse_http_date(std::string_view text) {
  return parse(text, "%a, %d %b %E4Y %H:%M:%S GMT", "not an HTTP date");
}

}  // namespace base
