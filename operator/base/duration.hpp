// Durations as people write them.
#pragma once

#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace base {

/// Reads a Go duration: 10m, 1h30m, 1.5h, 250ms; less than a millisecond is dropped. Fails with kInvalid on what is
/// empty, negative, without a unit, infinite or too long for Millis.
[[nodiscard]] Result<Millis> parse_duration(std::string_view text);

}  // namespace base
