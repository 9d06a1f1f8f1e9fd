#include "harbor/double/text.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <random>

namespace harbor_double {
namespace {

std::optional<int> nibble(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  const int letter = std::tolower(static_cast<unsigned char>(digit));
  return letter >= 'a' && letter <= 'f' ? std::optional(letter - 'a' + 10) : std::nullopt;
}

std::optional<std::string> decode(std::string_view text, bool plus_is_blank) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '+' && plus_is_blank) {
      out += ' ';
    } else if (text[at] != '%') {
      out += text[at];
    } else {
      const auto high = at + 1 < text.size() ? nibble(text[at + 1]) : std::nullopt;
      const auto low = at + 2 < text.size() ? nibble(text[at + 2]) : std::nullopt;
      if (!high || !low) return std::nullopt;
      out += static_cast<char>(*high * 16 + *low);
      at += 2;
    }
  }
  return out;
}

std::string format(Time time, const char* pattern) {
  const std::time_t seconds = time / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  return {text, std::strftime(text, sizeof text, pattern, &parts)};
}

std::mt19937_64& engine() {
  thread_local std::mt19937_64 made{std::random_device{}()};
  return made;
}

std::string random_of(std::string_view alphabet, std::size_t length) {
  std::string text;
  while (text.size() < length) {
    text += alphabet[random_below(alphabet.size())];
  }
  return text;
}

}  // namespace

std::optional<std::string> unescape(std::string_view text) { return decode(text, true); }

Pairs parse_query(std::string_view query) {
  Pairs found;
  for (const auto& part : split(query, '&')) {
    const auto equals = part.find('=');
    const auto name = unescape(part.substr(0, equals));
    const auto value = unescape(equals == std::string::npos ? "" : part.substr(equals + 1));
    if (name && value && !part.empty()) found.emplace_back(*name, *value);
  }
  return found;
}

std::string clean_path(std::string_view path) {
  std::string out;
  for (const char c : decode(path, false).value_or(std::string(path))) {
    if (c != '/' || out.empty() || out.back() != '/') out += c;
  }
  return out;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(separator, begin), text.size());
    parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

std::optional<std::int64_t> to_number(std::string_view text) {
  std::int64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = read.ec == std::errc{} && read.ptr == text.data() + text.size();
  return whole ? std::optional(value) : std::nullopt;
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string rfc3339(Time time) {
  char millis[8];
  std::snprintf(millis, sizeof millis, ".%03dZ", static_cast<int>(time % 1000));
  return format(time, "%Y-%m-%dT%H:%M:%S") + millis;
}

std::string rfc3339_seconds(Time time) { return format(time, "%Y-%m-%dT%H:%M:%SZ"); }

std::string http_date(Time time) { return format(time, "%a, %d %b %Y %H:%M:%S GMT"); }

std::optional<Time> parse_time(std::string_view text) {
  if (const auto seconds = to_number(text)) return *seconds * 1000;
  std::tm parts{};
  const std::string copy(text);
  const char* const rest = strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return std::nullopt;
  const Time millis = *rest == '.' ? to_number(std::string_view(rest + 1).substr(0, 3)).value_or(0) : 0;
  return static_cast<Time>(timegm(&parts)) * 1000 + millis;
}

std::string random_text(std::size_t length) {
  return random_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", length);
}

std::string random_hex(std::size_t length) { return random_of("0123456789abcdef", length); }

std::size_t random_below(std::size_t bound) {
  return std::uniform_int_distribution<std::size_t>(0, bound - 1)(engine());
}

}  // namespace harbor_double
