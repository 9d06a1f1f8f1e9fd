// Digests, base64 and random bytes, by OpenSSL.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace base {

/// First half of an HMAC-SHA-256: enough to tell contents apart, half the memory.
using Digest = std::array<std::uint8_t, 16>;

/// HMAC-SHA-256 of `data` under `key`, cut to 16 bytes.
[[nodiscard]] Digest keyed_digest(std::string_view key, std::string_view data);
[[nodiscard]] std::string hex(const Digest& digest);

/// Standard alphabet with padding, one line.
[[nodiscard]] std::string base64_encode(std::string_view bytes);
/// Accepts padded standard base64 and ignores line ends. Fails with kInvalid; the message never quotes the input.
[[nodiscard]] Result<std::string> base64_decode(std::string_view text);

/// `count` bytes from the system's generator.
[[nodiscard]] std::string random_bytes(std::size_t count);

/// Name and version of the library behind all this, as it is loaded; with what we were built with, when that differs.
[[nodiscard]] std::string crypto_library();

}  // namespace base
