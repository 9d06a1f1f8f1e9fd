// Small texts: percent-encoding, times as Harbor writes them, random strings, lists.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harbor/double/exchange.hpp"

namespace harbor_double {

/// Milliseconds since 1970; every decision gets its time as a parameter.
using Time = std::int64_t;

/// `+` is a blank. Nothing for a malformed escape.
[[nodiscard]] std::optional<std::string> unescape(std::string_view text);
/// Parameters with a malformed escape are left out, as Go does it.
[[nodiscard]] Pairs parse_query(std::string_view query);
/// Decoded (a `+` stays), doubled slashes merged.
[[nodiscard]] std::string clean_path(std::string_view path);

[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);
/// Digits with an optional sign, all of it.
[[nodiscard]] std::optional<std::int64_t> to_number(std::string_view text);
[[nodiscard]] bool all_digits(std::string_view text);
[[nodiscard]] std::string lower(std::string text);

/// 2026-11-23T07:26:28.133Z
[[nodiscard]] std::string rfc3339(Time time);
/// 2026-11-23T07:26:28Z
[[nodiscard]] std::string rfc3339_seconds(Time time);
/// Of the header Date.
[[nodiscard]] std::string http_date(Time time);
/// What rfc3339() writes, or a number of seconds since 1970.
[[nodiscard]] std::optional<Time> parse_time(std::string_view text);

[[nodiscard]] std::string random_text(std::size_t length);
[[nodiscard]] std::string random_hex(std::size_t length);
[[nodiscard]] std::size_t random_below(std::size_t bound);

/// In a random order, as Go walks a map.
template <class List>
void shuffle(List& list) {
  for (std::size_t left = list.size(); left > 1; --left) {
    std::swap(list[left - 1], list[random_below(left)]);
  }
}

}  // namespace harbor_double
