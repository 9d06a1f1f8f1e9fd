#include "plan/robot_state.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/digest.hpp"

namespace plan {
namespace {

using nlohmann::json;

constexpr std::size_t kReadable = 40;     // characters of the registry's name that are kept
constexpr std::size_t kIdentifying = 10;  // hexadecimal digits: 40 bits
constexpr std::pair<RobotPhase, std::string_view> kPhases[] = {{RobotPhase::kIntended, "intended"},
                                                               {RobotPhase::kMinted, "minted"},
                                                               {RobotPhase::kCurrent, "current"},
                                                               {RobotPhase::kRetiring, "retiring"}};

std::string_view text_of(RobotPhase phase) {
  for (const auto& [value, text] : kPhases) {
    if (value == phase) return text;
  }
  return "";
}

RobotPhase phase_of(const std::string& text) {
  for (const auto& [value, name] : kPhases) {
    if (name == text) return value;
  }
  throw std::invalid_argument("phase");
}

bool letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/// What of a name both Kubernetes and Harbor take: Harbor minds separators that follow one another.
std::string readable(std::string_view name) {
  std::string text;
  for (const char c : name.substr(0, kReadable)) {
    if (letter_or_digit(c)) {
      text += c;
    } else if (!text.empty() && text.back() != '-') {
      text += '-';
    }
  }
  while (!text.empty() && text.back() == '-') text.pop_back();
  return text;
}

json to_json(const RobotGeneration& robot) {
  return {{"generation", robot.generation},
          {"name", robot.name},
          {"endpoint", robot.endpoint},
          {"projects", robot.projects},
          {"phase", text_of(robot.phase)},
          {"id", robot.id},
          {"login", robot.login},
          {"secret", std::string(robot.secret.reveal())},
          {"createdAt", robot.created_at},
          {"expiresAt", robot.expires_at},
          {"unusedSince", robot.unused_since}};
}

RobotGeneration robot_from(const json& object) {
  RobotGeneration robot;
  object.at("generation").get_to(robot.generation);
  object.at("name").get_to(robot.name);
  object.at("endpoint").get_to(robot.endpoint);
  object.at("projects").get_to(robot.projects);
  robot.phase = phase_of(object.at("phase").get<std::string>());
  object.at("id").get_to(robot.id);
  object.at("login").get_to(robot.login);
  robot.secret = base::SecretString(object.at("secret").get<std::string>());
  object.at("createdAt").get_to(robot.created_at);
  object.at("expiresAt").get_to(robot.expires_at);
  object.at("unusedSince").get_to(robot.unused_since);
  return robot;
}

}  // namespace

const RobotGeneration* RobotState::find(int generation) const {
  const auto found =
      std::find_if(robots.begin(), robots.end(), [&](const auto& robot) { return robot.generation == generation; });
  return found == robots.end() ? nullptr : &*found;
}

RobotGeneration* RobotState::find(int generation) {
  const auto found = std::ranges::find(robots, generation, &RobotGeneration::generation);
  return found == robots.end() ? nullptr : &*found;
}

bool RobotState::any_unwanted(bool wanted) const {
  return std::ranges::any_of(robots,
                             [&](const auto& robot) { return !wanted || robot.phase == RobotPhase::kRetiring; });
}

const RobotGeneration* RobotState::newest(RobotPhase phase) const {
  const auto found =
      std::find_if(robots.rbegin(), robots.rend(), [&](const auto& robot) { return robot.phase == phase; });
  return found == robots.rend() ? nullptr : &*found;
}

std::string robot_base_name(std::string_view cluster, const RobotIdentity& identity) {
  const std::string whole = std::string(cluster) + '\n' + identity.registry + '\n' + identity.ns;
  const std::string digits = base::hex(base::keyed_digest("harbor-pull robot identity", whole)).substr(0, kIdentifying);
  const std::string words = readable(identity.registry);
  return "harbor-pull-" + words + (words.empty() ? "" : "-") + digits;
}

std::string robot_name(std::string_view base, int generation) {
  return std::string(base) + "-g" + std::to_string(generation);
}

int generation_of(std::string_view name, std::string_view base) {
  if (!name.starts_with(base) || !name.substr(base.size()).starts_with("-g")) return 0;
  const auto digits = name.substr(base.size() + 2);
  int generation = 0;
  const auto* end = digits.data() + digits.size();
  const auto [at, error] = std::from_chars(digits.data(), end, generation);
  const bool whole = error == std::errc() && at == end && generation > 0;
  return whole && !digits.starts_with('0') ? generation : 0;  // g01 is not g1: two robots would share a number
}

base::SecretString render_robot_state(const RobotState& state) {
  json robots = json::array();
  for (const auto& robot : state.robots) robots.push_back(to_json(robot));
  return base::SecretString(json{
      {"registry", state.identity.registry},
      {"namespace", state.identity.ns},
      {"admin", state.admin},
      {"lastGeneration", state.last_generation},
      {"handledRotateAt", state.handled_rotate_at},
      {"overlapSeconds", state.overlap},
      {"robots",
       std::move(robots)}}.dump());
}

base::Result<RobotState> parse_robot_state(std::string_view text) {
  try {
    const auto object = json::parse(text);
    RobotState state;
    object.at("registry").get_to(state.identity.registry);
    object.at("namespace").get_to(state.identity.ns);
    object.at("admin").get_to(state.admin);
    object.at("lastGeneration").get_to(state.last_generation);
    object.at("handledRotateAt").get_to(state.handled_rotate_at);
    object.at("overlapSeconds").get_to(state.overlap);
    for (const auto& robot : object.at("robots").get_ref<const json::array_t&>())
      state.robots.push_back(robot_from(robot));
    return state;
  } catch (const std::exception&) {  // what it says may quote the input
    return base::fail(base::ErrorKind::kInvalid, "the state of the robots is not in the form of this version");
  }
}

}  // namespace plan
