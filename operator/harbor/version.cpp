#include "harbor/version.hpp"

#include <array>
#include <charconv>

namespace harbor {
namespace {

constexpr Version kRobotsMakeRobots{2, 12, 0};     // before: only users do, or robots of 2.9 that nobody checks
constexpr Version kSystemRobotsMakeAny{2, 14, 1};  // before: only robots of their own level
constexpr const char* kRemedy = "; use a user as the account, or update Harbor to 2.14.1 or newer";

std::string dotted(const Version& version) {
  return std::to_string(version.major) + "." + std::to_string(version.minor) + "." + std::to_string(version.patch);
}

}  // namespace

std::optional<Version> parse_version(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  std::array<int, 3> numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0) {
      if (!text.starts_with('.')) return std::nullopt;
      text.remove_prefix(1);
    }
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), numbers.at(i));
    if (error != std::errc{} || numbers.at(i) < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  }
  if (!text.empty() && text.front() != '-' && text.front() != '+') return std::nullopt;
  return Version{numbers[0], numbers[1], numbers[2]};
}

std::string robot_may_not_make(std::string_view version, Level maker, Level made) {
  if (maker == Level::kProject && made == Level::kSystem) {
    return "a robot of a project cannot make robots of the system; use a system robot or a user as the account";
  }
  const auto known = parse_version(version);
  if (!known) return {};
  if (*known < kRobotsMakeRobots) {
    return "Harbor " + dotted(*known) + " does not let a robot make robots" + kRemedy;
  }
  if (*known < kSystemRobotsMakeAny && maker != made) {
    return "Harbor " + dotted(*known) + " does not let a system robot make robots of a project" + kRemedy;
  }
  return {};
}

}  // namespace harbor
