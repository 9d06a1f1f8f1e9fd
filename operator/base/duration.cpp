#include "base/duration.hpp"

#include <absl/time/time.h>

#include <limits>

namespace base {

Result<Millis> parse_duration(std::string_view text) {
  constexpr auto kMost = std::numeric_limits<Millis::rep>::max();
  absl::Duration duration;
  if (!absl::ParseDuration(absl::string_view(text.data(), text.size()), &duration) || duration < absl::ZeroDuration() ||
      duration >= absl::Milliseconds(kMost)) {
    return fail(ErrorKind::kInvalid, "not a duration; write one such as 10m, 24h or 1h30m");
  }
  return Millis(absl::ToInt64Milliseconds(duration));
}

}  // namespace base
