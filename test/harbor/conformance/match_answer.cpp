#include "harbor/conformance/match_answer.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <regex>
#include <string_view>

#include "harbor/conformance/match_json.hpp"
#include "harbor/conformance/match_token.hpp"

namespace conformance {
namespace {

/// In lower case. What a proxy adds or a clock decides (Date, Server, X-Request-Id, Content-Length) is not among them.
constexpr std::array<std::string_view, 14> kCompared{"accept-ranges",
                                                     "cache-control",
                                                     "content-type",
                                                     "docker-content-digest",
                                                     "docker-distribution-api-version",
                                                     "etag",
                                                     "link",
                                                     "location",
                                                     "set-cookie",
                                                     "vary",
                                                     "www-authenticate",
                                                     "x-content-type-options",
                                                     "x-harbor-csrf-token",
                                                     "x-total-count"};

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// "sid=<hex>; Path=/" and "sid=0f…; Path=/" are the same cookie.
std::string without_values(const std::string& cookie) {
  static const std::regex kValue(R"(^(\w+)=[^;]+)");
  static const std::regex kExpires(R"(Expires=[^;]+)");
  return std::regex_replace(std::regex_replace(cookie, kValue, "$1=…"), kExpires, "Expires=…");
}

std::string comparable_value(const std::string& name, const std::string& value) {
  if (name == "set-cookie") return without_values(value);
  if (name == "x-harbor-csrf-token") return value.empty() ? "" : "…";
  return value;
}

std::string listed(const Headers& headers, const std::string& name) {
  std::string text;
  for (const auto& [key, value] : headers) {
    if (key == name) text += (text.empty() ? "" : " | ") + ("\"" + value + "\"");
  }
  return text.empty() ? "no such header" : text;
}

void compare_headers(const Headers& recorded, const Headers& got, std::vector<std::string>& found) {
  const Headers was = comparable_headers(recorded);
  const Headers is = comparable_headers(got);
  for (const auto name : kCompared) {
    const std::string key(name);
    const std::string expected = listed(was, key);
    const std::string actual = listed(is, key);
    if (expected == actual) continue;
    found.emplace_back("header ");
    found.back().append(key).append(": recorded ").append(expected).append(", got ").append(actual);
  }
}

void compare_body(const Case& recorded, const Answer& got, std::vector<std::string>& found) {
  if (recorded.answer.text) {
    if (*recorded.answer.text != got.body)
      found.push_back("body: recorded " + brief(*recorded.answer.text) + ", got " + brief(got.body));
    return;
  }
  const Json json = Json::parse(got.body, nullptr, false);
  if (json.is_discarded()) {
    found.push_back("body: recorded " + brief(recorded.answer.json) + ", got " + brief(got.body));
    return;
  }
  std::ranges::copy(differences(recorded.answer.json, json), std::back_inserter(found));
  if (recorded.token.is_null()) return;
  const Json token = json.is_object() ? json.value("token", Json()) : Json();
  std::ranges::copy(token_differences(recorded.token, token.is_string() ? token.get<std::string>() : ""),
                    std::back_inserter(found));
}

/// A refused login is held up on purpose; one that is refused at once, or not refused, is not. That something took too
/// long is only said of refusals: everything else may be slow because the machine is.
void compare_time(const Case& recorded, const Answer& got, const Pace& pace, std::vector<std::string>& found) {
  constexpr double kSlack = 0.95;
  const bool was_held = recorded.seconds >= pace.recorded_delay * kSlack;
  const bool was_quick = recorded.seconds < pace.recorded_delay / 3;
  if (was_held && got.seconds < pace.delay * kSlack)
    found.push_back("time: recorded " + std::to_string(recorded.seconds) + " s, got " + std::to_string(got.seconds) +
                    " s where a refused login takes " + std::to_string(pace.delay) + " s");
  if (was_quick && pace.delay >= 1 && recorded.answer.status == 401 && got.seconds >= pace.delay)
    found.push_back("time: recorded a refusal at once, got one after " + std::to_string(got.seconds) + " s");
}

}  // namespace

Headers comparable_headers(const Headers& headers) {
  Headers result;
  for (const auto& [name, value] : headers) {
    const std::string key = lower(name);
    if (std::ranges::find(kCompared, key) != kCompared.end()) result.emplace_back(key, comparable_value(key, value));
  }
  std::ranges::sort(result);
  return result;
}

std::string header_of(const Headers& headers, const std::string& name) {
  const auto found = std::ranges::find_if(headers, [&](const auto& h) { return lower(h.first) == lower(name); });
  return found == headers.end() ? "" : found->second;
}

std::vector<std::string> answer_differences(const Case& recorded, const Answer& got, const Pace& pace) {
  std::vector<std::string> found;
  if (recorded.answer.status != got.status)
    found.push_back("status: recorded " + std::to_string(recorded.answer.status) + ", got " +
                    std::to_string(got.status));
  compare_body(recorded, got, found);
  compare_headers(recorded.answer.headers, got.headers, found);
  compare_time(recorded, got, pace, found);
  return found;
}

}  // namespace conformance
