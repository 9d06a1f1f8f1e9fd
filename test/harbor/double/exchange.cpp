#include "harbor/double/exchange.hpp"

#include <algorithm>
#include <cctype>

namespace harbor_double {

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

std::string Request::header(std::string_view name) const {
  const auto found = std::ranges::find_if(headers, [&](const auto& header) { return same_name(header.first, name); });
  return found == headers.end() ? "" : found->second;
}

bool Request::has_header(std::string_view name) const {
  return std::ranges::any_of(headers, [&](const auto& header) { return same_name(header.first, name); });
}

std::optional<std::string> Request::param(std::string_view name) const {
  const auto found = std::ranges::find_if(query, [&](const auto& pair) { return pair.first == name; });
  return found == query.end() ? std::nullopt : std::optional(found->second);
}

Response& Response::with(std::string name, std::string value) & {
  headers.emplace_back(std::move(name), std::move(value));
  return *this;
}

Response&& Response::with(std::string name, std::string value) && {
  headers.emplace_back(std::move(name), std::move(value));
  return std::move(*this);
}

}  // namespace harbor_double
