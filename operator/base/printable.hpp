// Text of others, made fit for a line of ours.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace base {

/// One printable line of at most `cap` bytes: C0 and C1 controls become spaces, a character is never cut in two. `raw`
/// is UTF-8.
[[nodiscard]] std::string printable(std::string_view raw, std::size_t cap);

}  // namespace base
