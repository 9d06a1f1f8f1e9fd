#include "harbor/conformance/match_json.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <ctime>
#include <optional>
#include <regex>
#include <set>
#include <string_view>

namespace conformance {
namespace {

constexpr std::size_t kBrief = 160;
constexpr std::int64_t kSecondsInDay = 86'400;
constexpr std::int64_t kTolerance = 2;  // seconds between the two clock readings that a creation makes

using Found = std::vector<std::string>;

bool one_of(std::string_view key, std::initializer_list<std::string_view> keys) {
  return std::ranges::find(keys, key) != keys.end();
}

/// Seconds since 1970, or nothing when it is no time.
std::optional<std::int64_t> seconds_of(const Json& time) {
  std::tm parts{};
  if (!time.is_string() || strptime(time.get_ref<const std::string&>().c_str(), "%Y-%m-%dT%H:%M:%S", &parts) == nullptr)
    return std::nullopt;
  return timegm(&parts);
}

bool is_generated_secret(const std::string& text) {
  const auto count = [&](int (*kind)(int)) {
    return std::ranges::count_if(text, [&](char c) { return kind(static_cast<unsigned char>(c)) != 0; });
  };
  return text.size() == 32 && count(std::isalnum) == 32 && count(std::islower) > 0 && count(std::isupper) > 0 &&
         count(std::isdigit) > 0;
}

std::string major_minor(const std::string& version) {
  std::smatch found;
  return std::regex_search(version, found, std::regex(R"(^(v\d+\.\d+)\.\d+)")) ? found[1].str() : version;
}

/// "method X is not allowed, but [A,B] are": the text around the list, and the list.
std::set<std::string> allowed_methods(const std::string& message) {
  static const std::regex kForm(R"(^(method \w+ is not allowed, but )\[([\w,]+)\] are$)");
  std::smatch found;
  if (!std::regex_match(message, found, kForm)) return {};
  std::set<std::string> all{found[1]};
  const std::string list = found[2];
  const std::regex word(R"(\w+)");
  for (std::sregex_iterator it(list.begin(), list.end(), word), end; it != end; ++it) all.insert(it->str());
  return all;
}

bool same_message(const std::string& recorded, const std::string& got) {
  const auto methods = allowed_methods(recorded);
  return recorded == got || (!methods.empty() && methods == allowed_methods(got));
}

/// The keys whose values vary from run to run.
bool holds_by_pattern(std::string_view key, const std::string& recorded, const std::string& got) {
  if (recorded == "<secret>") return is_generated_secret(got);
  if (recorded == "<jwt>") return std::ranges::count(got, '.') == 2;
  if (one_of(key, {"creation_time", "update_time", "current_time", "issued_at"}))
    return recorded.starts_with("0001-") ? recorded == got : shape(recorded) == shape(got);
  if (key == "harbor_version") return major_minor(recorded) == major_minor(got);
  if (key == "error") return recorded.substr(0, recorded.find(':')) == got.substr(0, got.find(':'));
  return same_message(recorded, got);
}

/// Whether the order of an array means nothing: the server reads it from a map.
bool is_set(std::string_view key, const Json& array) {
  const bool rights = !array.empty() && array[0].is_object() && array[0].contains("action");
  return rights || one_of(key, {"permissions", "access", "actions", "components"});
}

class Walk {
 public:
  explicit Walk(Found& found) : found_(found) {}

  void value(const std::string& path, const std::string& key, const Json& recorded, const Json& got) {
    if (recorded.is_object() && got.is_object()) return object(path, recorded, got);
    if (recorded.is_array() && got.is_array()) return array(path, key, recorded, got);
    if (recorded.is_string() && got.is_string()) {
      if (holds_by_pattern(key, recorded, got)) return;
    } else if (recorded == got) {
      return;
    }
    found_.push_back(path + ": recorded " + brief(recorded) + ", got " + brief(got));
  }

 private:
  void object(const std::string& path, const Json& recorded, const Json& got) {
    for (const auto& [key, item] : recorded.items()) {
      std::string below = path;
      below.append(".").append(key);
      if (!got.contains(key))
        found_.push_back(below + ": recorded " + brief(item) + ", got no such field");
      else if (key == "expires_at")
        expiry(below, recorded, got);
      else
        value(below, key, item, got[key]);
    }
    for (const auto& [key, item] : got.items()) {
      if (recorded.contains(key)) continue;
      found_.push_back(path);
      found_.back().append(".").append(key).append(": recorded no such field, got ").append(brief(item));
    }
    if (touched(recorded) != touched(got)) found_.push_back(path + ".update_time: moved in one of the two only");
  }

  /// Whether an object changed after it was made; nothing when it does not say.
  static std::optional<bool> touched(const Json& object) {
    if (!object.contains("creation_time") || !object.contains("update_time")) return std::nullopt;
    return object["update_time"] != object["creation_time"];
  }

  void expiry(const std::string& path, const Json& recorded, const Json& got) {
    const Json& was = recorded["expires_at"];
    const Json& is = got["expires_at"];
    const auto made_then = seconds_of(recorded.value("creation_time", Json()));
    const auto made_now = seconds_of(got.value("creation_time", Json()));
    if (was == is) return;
    if (was.is_number_integer() && is.is_number_integer() && was > 0 && is > 0 && made_then && made_now) {
      const std::int64_t then = was.get<std::int64_t>() - *made_then;
      const std::int64_t now = is.get<std::int64_t>() - *made_now;
      if (std::abs(then - now) <= kTolerance || (by_hand(recorded, then) && is_past(got))) return;
    }
    found_.push_back(path + ": recorded " + brief(was) + ", got " + brief(is) + ", measured from creation_time");
  }

  /// An expiry that no duration explains was written into the database.
  static bool by_hand(const Json& robot, std::int64_t life) {
    const Json days = robot.value("duration", Json());
    return days.is_number_integer() && std::abs(life - days.get<std::int64_t>() * kSecondsInDay) > kTolerance;
  }

  static bool is_past(const Json& robot) {
    const auto updated = seconds_of(robot.value("update_time", Json()));
    return updated && robot["expires_at"].get<std::int64_t>() <= *updated;
  }

  void array(const std::string& path, const std::string& key, const Json& recorded, const Json& got) {
    if (recorded.size() != got.size()) {
      found_.push_back(path + ": recorded " + std::to_string(recorded.size()) + " entries, got " +
                       std::to_string(got.size()) + ": " + brief(got));
    } else if (is_set(key, recorded)) {
      set(path, recorded, got);
    } else {
      for (std::size_t i = 0; i < recorded.size(); ++i)
        value(path + "[" + std::to_string(i) + "]", key, recorded[i], got[i]);
    }
  }

  void set(const std::string& path, const Json& recorded, const Json& got) {
    std::vector<Json> left(got.begin(), got.end());
    for (const auto& item : recorded) {
      const auto same = std::ranges::find_if(left, [&](const Json& other) { return differences(item, other).empty(); });
      if (same == left.end())
        found_.push_back(path + ": recorded " + brief(item) + ", got no such entry");
      else
        left.erase(same);
    }
    for (const auto& item : left) found_.push_back(path + ": recorded no such entry, got " + brief(item));
  }

  Found& found_;
};

}  // namespace

std::string shape(const std::string& text) {
  std::string result = text;
  for (char& c : result) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isdigit(byte) != 0)
      c = '9';
    else if (std::isalpha(byte) != 0)
      c = 'a';
  }
  return result;
}

std::string brief(const Json& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > kBrief) text = text.substr(0, kBrief) + "…";
  return text;
}

std::vector<std::string> differences(const Json& recorded, const Json& got) {
  Found found;
  Walk(found).value("body", "", recorded, got);
  return found;
}

}  // namespace conformance
