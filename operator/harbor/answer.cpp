#include "harbor/answer.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "harbor/errors.hpp"
#include "harbor/request.hpp"

namespace harbor {
namespace {

using nlohmann::json;

constexpr std::string_view kUsualPrefix = "robot$";
constexpr std::size_t kMaxText = 1024;                // bytes of a name or secret
constexpr std::int64_t kEndOfTime = 253'402'300'799;  // seconds; the last of the year 9999
constexpr std::string_view kProject = "project";

std::string text(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t number(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

bool flag(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

/// Something that can be a login or a secret.
bool is_sound(std::string_view text) {
  return !text.empty() && text.size() <= kMaxText && std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20U || c == 0x7f;
  });
}

bool is_login(std::string_view text) { return is_sound(text) && text.find(':') == std::string_view::npos; }

/// Harbor counts seconds; -1 is never. A lifetime of 2147483646 days ends beyond what our clock can say.
std::optional<base::WallTime> expiry(const json& object) {
  const auto seconds = number(object, "expires_at");
  if (seconds <= 0) return std::nullopt;
  return base::WallTime(std::chrono::seconds(std::min(seconds, kEndOfTime)));
}

base::Result<json> document(std::string_view doing, const http::Response& response) {
  auto parsed = json::parse(response.body, nullptr, false);
  if (parsed.is_discarded()) return base::fail(not_harbor(doing, response));
  return parsed;
}

base::Result<json> object(std::string_view doing, const http::Response& response) {
  auto parsed = document(doing, response);
  if (parsed && !parsed->is_object()) return base::fail(malformed(doing, "it is not an object"));
  return parsed;
}

base::Result<json> array(std::string_view doing, const http::Response& response) {
  auto parsed = document(doing, response);
  if (parsed && !parsed->is_array()) return base::fail(malformed(doing, "it is not a list"));
  return parsed;
}

const json& list_of(const json& object, const char* key) {
  static const json kNone = json::array();
  const auto found = object.find(key);
  return found != object.end() && found->is_array() ? *found : kNone;
}

bool is_pull(const json& access) {
  if (!access.is_object()) return false;
  const auto resource = text(access, "resource");
  const auto action = text(access, "action");
  const auto effect = text(access, "effect");
  // Harbor 2.9 and older stored "*", too.
  return (resource == "repository" || resource == "*") && (action == "pull" || action == "*") &&
         (effect.empty() || effect == "allow");
}

std::vector<std::string> pull_projects(const json& robot) {
  std::vector<std::string> projects;
  for (const auto& permission : list_of(robot, "permissions")) {
    if (!permission.is_object() || text(permission, "kind") != kProject) continue;
    const auto& access = list_of(permission, "access");
    if (std::any_of(access.begin(), access.end(), is_pull)) projects.push_back(text(permission, "namespace"));
  }
  std::sort(projects.begin(), projects.end());
  projects.erase(std::unique(projects.begin(), projects.end()), projects.end());
  return projects;
}

/// A robot of a project holds that project's name in its only permission, so its prefix can be told whatever it is.
std::string stored_name_of(const json& robot, std::string_view login, Level level) {
  const auto& permissions = list_of(robot, "permissions");
  const auto plus = login.rfind('+');
  if (level == Level::kProject && plus != std::string_view::npos && !permissions.empty() &&
      permissions.front().is_object()) {
    auto stored = text(permissions.front(), "namespace").append(login.substr(plus));
    if (login.ends_with(stored)) return stored;
  }
  return login.starts_with(kUsualPrefix) ? std::string(login.substr(kUsualPrefix.size())) : std::string();
}

/// Nothing when it is no robot that we could name or remove.
std::optional<Robot> parse_robot(const json& entry) {
  if (!entry.is_object()) return std::nullopt;
  const auto level = text(entry, "level");
  Robot robot;
  robot.id = number(entry, "id");
  robot.login = text(entry, "name");
  if (robot.id <= 0 || !is_login(robot.login) || (level != kProject && level != "system")) return std::nullopt;
  robot.level = level == kProject ? Level::kProject : Level::kSystem;
  robot.stored_name = stored_name_of(entry, robot.login, robot.level);
  robot.disabled = flag(entry, "disable");
  robot.expires_at = expiry(entry);
  robot.description = text(entry, "description");
  robot.pull_projects = pull_projects(entry);
  return robot;
}

std::optional<std::int64_t> total(const http::Response& response) {
  const auto value = response.header("X-Total-Count");
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), count);
  const bool good = error == std::errc{} && end == value.data() + value.size() && count >= 0;
  return good ? std::optional(count) : std::nullopt;
}

std::string lower(std::string_view text) {
  std::string small(text);
  std::transform(small.begin(), small.end(), small.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return small;
}

}  // namespace

base::Result<SystemInfo> parse_system_info(const http::Response& response) {
  constexpr std::string_view kDoing = "read Harbor's system information";
  return object(kDoing, response).and_then([&](const json& answer) -> base::Result<SystemInfo> {
    SystemInfo info;
    info.auth_mode = text(answer, "auth_mode");
    if (info.auth_mode.empty()) return base::fail(malformed(kDoing, "it holds no auth_mode"));
    info.version = text(answer, "harbor_version");
    info.read_only = flag(answer, "read_only");
    if (const auto time = base::parse_rfc3339(text(answer, "current_time"))) info.current_time = *time;
    return info;
  });
}

base::Result<Identity> parse_current_user(const http::Response& response) {
  constexpr std::string_view kDoing = "look who the Harbor account is";
  return object(kDoing, response).and_then([&](const json& answer) -> base::Result<Identity> {
    Identity identity;
    identity.user = text(answer, "username");
    if (identity.user.empty()) return base::fail(malformed(kDoing, "it names no user"));
    identity.system_admin = flag(answer, "sysadmin_flag") || flag(answer, "admin_role_in_auth");
    return identity;
  });
}

base::Result<std::optional<Project>> parse_projects(const http::Response& response, std::string_view name) {
  const auto doing = "look for project " + std::string(name);
  return array(doing, response).and_then([&](const json& answer) -> base::Result<std::optional<Project>> {
    for (const auto& entry : answer) {
      if (!entry.is_object() || text(entry, "name") != name) continue;
      const Project project{number(entry, "project_id"), std::string(name)};
      if (project.id <= 0) return base::fail(malformed(doing, "the project has no number"));
      return project;
    }
    return std::nullopt;
  });
}

base::Result<CreatedRobot> parse_created_robot(const http::Response& response, const NewRobot& wanted) {
  const auto doing = "create robot " + wanted.name;
  return object(doing, response).and_then([&](const json& answer) -> base::Result<CreatedRobot> {
    CreatedRobot robot;
    robot.id = number(answer, "id");
    robot.login = text(answer, "name");
    robot.secret = base::SecretString(text(answer, "secret"));
    robot.expires_at = expiry(answer);
    if (robot.id <= 0) return base::fail(malformed(doing, "the robot has no number"));
    if (!is_login(robot.login) || !prefix_of(robot.login, stored_name(wanted))) {
      return base::fail(malformed(doing, "the robot is not called as was asked"));
    }
    if (!is_sound(robot.secret.reveal())) return base::fail(malformed(doing, "the robot has no secret"));
    return robot;
  });
}

base::Result<RobotPage> parse_robots(const http::Response& response) {
  constexpr std::string_view kDoing = "list robots";
  return array(kDoing, response).map([&](const json& answer) {
    RobotPage page;
    page.entries = answer.size();
    page.total = total(response);
    for (const auto& entry : answer) {
      if (auto robot = parse_robot(entry)) page.robots.push_back(std::move(*robot));
    }
    return page;
  });
}

bool matches(const Robot& robot, const RobotQuery& query) {
  const auto login = lower(robot.login);
  return robot.level == query.level && login.ends_with(lower(query.stored_name)) &&
         login.find(lower(query.name_part)) != std::string::npos;
}

std::optional<std::string> prefix_of(std::string_view login, std::string_view stored_name) {
  if (stored_name.empty() || !login.ends_with(stored_name)) return std::nullopt;
  return std::string(login.substr(0, login.size() - stored_name.size()));
}

}  // namespace harbor
