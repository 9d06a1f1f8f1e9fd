// Encodings that every HTTP client of ours needs. Pure functions.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace http {

/// RFC 3986: everything but unreserved characters.
[[nodiscard]] std::string percent_encode(std::string_view text);

/// Seconds of a Retry-After, at most 5 min. RFC 9110 allows a date too; the servers that we talk to send seconds, so a
/// date counts as absent.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value);

}  // namespace http
