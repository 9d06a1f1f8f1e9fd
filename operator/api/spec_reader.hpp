// The pieces of which the spec of our kind is read: each knows where it is in the object, and complains in a sentence
// that says where, what and how to mend.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace api {

/// What `key` holds, or nullptr when it is absent or null, which mean the same.
[[nodiscard]] const nlohmann::json* member(const nlohmann::json& object, std::string_view key);

/// A value in the spec and where it is; `value` is nullptr when it is absent.
struct Place {
  const nlohmann::json* value = nullptr;
  std::string path = {};
};

[[nodiscard]] Place at(const Place& parent, std::string_view key);
[[nodiscard]] Place item_of(const Place& list, std::size_t index);

/// A word of an enum in the schema and what it is in the code.
template <class E>
struct Choice {
  std::string_view word;
  E value;
};

/// Both ends belong to it; `words` says it to people.
struct DurationRange {
  base::Millis least = {};
  base::Millis most = {};
  std::string_view words = {};
};

/// Reads values and keeps the first complaint. Each function leaves `out`, the default, alone when the place is empty.
class SpecReader {
 public:
  void complain(std::string sentence) {
    if (error_.empty()) error_ = std::move(sentence);
  }
  /// The first complaint, or empty.
  [[nodiscard]] std::string error() && { return std::move(error_); }

  /// Whether an object (a list) is there; a complaint with this advice when it is something else.
  bool object(const Place& place, std::string_view advice);
  bool list(const Place& place, std::string_view advice);
  void text(const Place& place, std::string& out);
  void required_text(const Place& place, std::string& out, std::string_view advice);
  void flag(const Place& place, bool& out);
  void texts(const Place& place, std::vector<std::string>& out);
  /// False when something is written there that is no integer.
  bool integer(const Place& place, std::int64_t& out);
  /// False when nothing is written there, or what is no duration of that range.
  bool duration(const Place& place, const DurationRange& range, base::Millis& out);

  /// False when something is written there that is none of the choices.
  template <class E, std::size_t N>
  bool choice(const Place& place, const std::array<Choice<E>, N>& choices, E& out) {
    if (place.value == nullptr) return true;
    std::string word;
    text(place, word);
    std::string words;
    for (const auto& choice : choices) {
      if (word == choice.word) {
        out = choice.value;
        return true;
      }
      words += (words.empty() ? "" : ", ") + std::string(choice.word);
    }
    complain_of_word(place, word, words);
    return false;
  }

 private:
  void complain_of_word(const Place& place, const std::string& word, const std::string& known);
  void complain_of_type(const Place& place, std::string_view advice);

  std::string error_;
};

}  // namespace api
