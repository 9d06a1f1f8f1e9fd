#include "api/spec_reader.hpp"

#include <limits>
#include <nlohmann/json.hpp>

#include "base/duration.hpp"

namespace api {

using Json = nlohmann::json;

const Json* member(const Json& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

Place at(const Place& parent, std::string_view key) {
  return {parent.value == nullptr ? nullptr : member(*parent.value, key), parent.path + "." + std::string(key)};
}

Place item_of(const Place& list, std::size_t index) {
  return {&(*list.value)[index], list.path + "[" + std::to_string(index) + "]"};
}

void SpecReader::complain_of_type(const Place& place, std::string_view advice) {
  complain(place.path + " is of type " + place.value->type_name() + "; " + std::string(advice));
}

bool SpecReader::object(const Place& place, std::string_view advice) {
  if (place.value == nullptr || place.value->is_object()) return place.value != nullptr;
  complain_of_type(place, advice);
  return false;
}

bool SpecReader::list(const Place& place, std::string_view advice) {
  if (place.value == nullptr || place.value->is_array()) return place.value != nullptr;
  complain_of_type(place, advice);
  return false;
}

void SpecReader::text(const Place& place, std::string& out) {
  if (place.value == nullptr) return;
  if (place.value->is_string()) {
    out = place.value->get<std::string>();
  } else {
    complain_of_type(place, "write a string, in quotes if it looks like a number");
  }
}

void SpecReader::required_text(const Place& place, std::string& out, std::string_view advice) {
  text(place, out);
  if (out.empty()) complain(place.path + " is missing; " + std::string(advice));
}

void SpecReader::flag(const Place& place, bool& out) {
  if (place.value == nullptr) return;
  if (place.value->is_boolean()) {
    out = place.value->get<bool>();
  } else {
    complain_of_type(place, "write true or false, without quotes");
  }
}

void SpecReader::texts(const Place& place, std::vector<std::string>& out) {
  if (!list(place, "write a list of strings")) return;
  out.clear();
  for (std::size_t i = 0; i < place.value->size(); ++i) {
    text(item_of(place, i), out.emplace_back());
  }
}

bool SpecReader::integer(const Place& place, std::int64_t& out) {
  if (place.value == nullptr) return true;
  const bool fits = !place.value->is_number_unsigned() ||
                    place.value->get<std::uint64_t>() <= std::numeric_limits<std::int64_t>::max();
  if (place.value->is_number_integer() && fits) {
    out = place.value->get<std::int64_t>();
    return true;
  }
  complain_of_type(place, "write a whole number, without quotes");
  return false;
}

bool SpecReader::duration(const Place& place, const DurationRange& range, base::Millis& out) {
  if (place.value == nullptr) return false;
  const auto read = place.value->is_string() ? base::parse_duration(place.value->get<std::string>())
                                             : base::fail(base::ErrorKind::kInvalid, "not a string");
  if (read && *read >= range.least && *read <= range.most) {
    out = *read;
    return true;
  }
  complain(place.path + " is not a duration " + std::string(range.words) + "; write one such as 10m, 24h or 1h30m");
  return false;
}

void SpecReader::complain_of_word(const Place& place, const std::string& word, const std::string& known) {
  const auto quoted = word.size() <= 63 ? '"' + word + '"' : "too long";
  complain(place.path + " is " + quoted + ", which this version of harbor-pull does not know; use one of " + known +
           ", or upgrade harbor-pull");
}

}  // namespace api
