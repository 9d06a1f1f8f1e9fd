#include "harbor/conformance/symbols.hpp"

#include <regex>
#include <vector>

namespace conformance {
namespace {

constexpr auto kRecordedUrl = "https://harbor.example.test";
constexpr auto kRecordedHost = "harbor.example.test";

/// Where an id stands in a text: behind what, and of what.
struct Place {
  std::regex before_and_id;
  Kind kind;
};

const std::vector<Place>& places() {
  static const std::vector<Place> all{
      {std::regex(R"((/robots/)(\d+))"), Kind::kRobot},
      {std::regex(R"((^robot )(\d+)(?= not found))"), Kind::kRobot},
      {std::regex(R"((robotaccount:)(\d+))"), Kind::kRobot},
      {std::regex(R"((robot account )(\d+)(?=:))"), Kind::kProject},
      {std::regex(R"((/projects?/)(\d+))"), Kind::kProject},
      {std::regex(R"((ProjectID(?:=|%3D))(\d+))"), Kind::kProject},
      {std::regex(R"((^project )(\d+)(?= not found))"), Kind::kProject},
      {std::regex(R"((/users/)(\d+))"), Kind::kUser},
  };
  return all;
}

std::string replace_all(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

/// What kind of id the number of that key is, in the object that holds it.
std::optional<Kind> kind_of(const std::string& key, const Json& object) {
  if (key == "project_id") return Kind::kProject;
  if (key == "owner_id" || key == "user_id") return Kind::kUser;
  if (key == "creator_ref") return object.value("creator_type", "") == "robot" ? Kind::kRobot : Kind::kUser;
  if (key == "id") return object.contains("items") ? Kind::kProject : Kind::kRobot;  // items: an allowlist
  return std::nullopt;
}

}  // namespace

void Symbols::external_url(const std::string& url) {
  const auto colon = url.find("://");
  scheme_ = url.substr(0, colon);
  host_ = url.substr(colon + 3);
}

void Symbols::core_url(const std::string& recorded, const std::string& real) {
  words_[recorded] = real;
  words_[recorded.substr(recorded.find("://") + 3)] = real.substr(real.find("://") + 3);
}

void Symbols::pair(Kind kind, std::int64_t recorded, std::int64_t real) { ids_[{kind, recorded}] = real; }

void Symbols::pair_digest(const std::string& recorded, const std::string& real) { words_[recorded] = real; }

std::int64_t Symbols::id(Kind kind, std::int64_t recorded) const {
  const auto found = ids_.find({kind, recorded});
  return found == ids_.end() ? recorded : found->second;
}

std::string Symbols::text(const std::string& recorded) const {
  std::string result = recorded;
  for (const auto& [before_and_id, kind] : places()) {
    std::string rest = result;
    std::string done;
    for (std::smatch found; std::regex_search(rest, found, before_and_id); rest = found.suffix())
      done += found.prefix().str() + found[1].str() + std::to_string(id(kind, std::stoll(found[2])));
    result = done + rest;
  }
  for (const auto& [word, real] : words_) result = replace_all(result, word, real);
  result = replace_all(result, kRecordedUrl, scheme_ + "://" + host_);
  if (result == kRecordedHost) result = host_;
  return scheme_ == "https" ? result : replace_all(result, "realm=\"https://", "realm=\"" + scheme_ + "://");
}

Json Symbols::json(const Json& recorded) const {
  if (recorded.is_object()) return object(recorded);
  if (recorded.is_string()) return text(recorded.get<std::string>());
  if (!recorded.is_array()) return recorded;
  Json result = Json::array();
  for (const auto& item : recorded) result.push_back(json(item));
  return result;
}

Json Symbols::object(const Json& recorded) const {
  Json result = Json::object();
  for (const auto& [key, value] : recorded.items()) {
    const auto kind = value.is_number_integer() ? kind_of(key, recorded) : std::nullopt;
    result[key] = kind ? Json(id(*kind, value.get<std::int64_t>())) : json(value);
  }
  return result;
}

Headers Symbols::headers(const Headers& recorded) const {
  Headers result;
  for (const auto& [name, value] : recorded) result.emplace_back(name, text(value));
  return result;
}

Case Symbols::translate(const Case& recorded) const {
  Case result = recorded;
  result.request.path = text(recorded.request.path);
  result.request.headers = headers(recorded.request.headers);
  result.request.body = json(recorded.request.body);
  result.answer.headers = headers(recorded.answer.headers);
  result.answer.json = json(recorded.answer.json);
  if (recorded.answer.text) result.answer.text = text(*recorded.answer.text);
  return result;
}

std::int64_t id_in_location(const std::string& location) {
  static const std::regex kEnd(R"(/(\d+)$)");
  std::smatch found;
  return std::regex_search(location, found, kEnd) ? std::stoll(found[1]) : 0;
}

}  // namespace conformance
