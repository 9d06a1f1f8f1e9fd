#include "harbor/request.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/digest.hpp"
#include "http/header_values.hpp"

namespace harbor {
namespace {

using base::ErrorKind;
using nlohmann::json;

constexpr std::string_view kApi = "/api/v2.0";
constexpr std::size_t kMaxStoredName = 255;  // characters; Harbor's own answer to more is a bare 500
constexpr std::size_t kMaxDescription = 1024;
constexpr int kMaxLifetimeDays = 2'147'483'646;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20U || c == 0x7f; }
bool is_lower_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_alnum(char c) { return is_lower_alnum(c) || (c >= 'A' && c <= 'Z'); }
bool is_separator(char c) { return c == '.' || c == '_' || c == '-'; }

bool has_control(std::string_view text) { return std::any_of(text.begin(), text.end(), is_control); }

/// Letters and digits with single separators between.
bool is_name(std::string_view text) {
  bool separator_before = true;
  for (const char c : text) {
    if (!is_lower_alnum(c) && (!is_separator(c) || separator_before)) return false;
    separator_before = is_separator(c);
  }
  return !separator_before;
}

/// What may stand in the value of a query as it is meant.
bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return is_lower_alnum(c) || is_separator(c) || c == '+'; });
}

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

http::Request request(std::string method, std::string target) {
  http::Request made;
  made.method = std::move(method);
  made.target = std::move(target);
  made.headers = {{"Accept", "application/json"}};
  return made;
}

std::string api(std::string_view path) { return std::string(kApi).append(path); }

/// Harbor decodes the whole of q, and then each value once more: values are encoded twice.
std::string q(const std::vector<std::pair<std::string, std::string>>& terms) {
  std::string text;
  for (const auto& [key, value] : terms) {
    if (!text.empty()) text += ',';
    text.append(key).append("=").append(http::percent_encode(value));
  }
  return "q=" + http::percent_encode(text);
}

json permission(const std::string& project, Effect effect) {
  json access = {{"resource", "repository"}, {"action", "pull"}};
  if (effect == Effect::kAllow) access["effect"] = "allow";
  return {{"kind", "project"}, {"namespace", project}, {"access", json::array({std::move(access)})}};
}

std::vector<std::string> in_order(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

base::Result<http::Header> basic(const Account& account) {
  const auto username = std::string_view(account.username);
  const auto password = account.password.reveal();
  if (username.empty()) return base::fail(ErrorKind::kInvalid, "the Harbor account has no username");
  if (password.empty()) return base::fail(ErrorKind::kInvalid, "the Harbor account has no password");
  if (username.find(':') != std::string_view::npos) {
    return base::fail(ErrorKind::kInvalid, "the username of the Harbor account holds a colon, which HTTP cannot carry");
  }
  if (has_control(username) || has_control(password)) {
    return base::fail(ErrorKind::kInvalid,
                      "the username or password of the Harbor account holds a control character (a line end?)");
  }
  std::string both(username);
  both.append(":").append(password);
  return http::Header{"Authorization", "Basic " + base::base64_encode(both)};
}

base::Result<http::Header> bearer(const Bearer& credential) {
  const auto token = credential.token.reveal();
  const bool good = !token.empty() && std::all_of(token.begin(), token.end(), [](char c) {
    return is_alnum(c) || is_separator(c) || c == '~' || c == '+' || c == '/' || c == '=';
  });
  if (!good) return base::fail(ErrorKind::kInvalid, "the registry's token is empty or holds a character of no token");
  return http::Header{"Authorization", "Bearer " + std::string(token)};
}

}  // namespace

http::Request ping() { return request("GET", api("/ping")); }

http::Request system_info() { return request("GET", api("/systeminfo")); }

http::Request current_user() { return request("GET", api("/users/current")); }

http::Request find_project(std::string_view name) {
  return request(
      "GET", api("/projects?" + q({{"name", std::string(name)}}) + "&page=1&page_size=" + std::to_string(kPageSize)));
}

http::Request head_project(std::string_view name) {
  return request("HEAD", api("/projects?project_name=" + http::percent_encode(name)));
}

http::Request create_robot(const NewRobot& robot, Effect effect) {
  json permissions = json::array();
  for (const auto& project : in_order(robot.projects)) permissions.push_back(permission(project, effect));
  const json body = {{"name", robot.name},
                     {"description", robot.description},
                     {"level", name(robot.level)},
                     {"duration", robot.lifetime_days},
                     {"permissions", std::move(permissions)}};
  auto made = request("POST", api("/robots"));
  made.headers.push_back({"Content-Type", "application/json"});
  made.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  made.idempotent = false;
  return made;
}

http::Request list_robots(const RobotQuery& query, int page) {
  std::vector<std::pair<std::string, std::string>> terms = {{"Level", name(query.level)}};
  if (query.level == Level::kProject) terms.emplace_back("ProjectID", std::to_string(query.project_id));
  if (!query.stored_name.empty()) terms.emplace_back("name", query.stored_name);
  if (!query.name_part.empty()) terms.emplace_back("name", "~" + query.name_part);
  // In order of ids, so that a robot that is made meanwhile comes last.
  return request("GET", api("/robots?" + q(terms) + "&page=" + std::to_string(page) +
                            "&page_size=" + std::to_string(kPageSize) + "&sort=id"));
}

http::Request delete_robot(std::int64_t id) { return request("DELETE", api("/robots/" + std::to_string(id))); }

http::Request registry_root() { return request("GET", "/v2/"); }

http::Request token(const TokenQuery& query) {
  std::string target = query.path + "?service=" + http::percent_encode(query.service);
  for (const auto& scope : query.scopes) target += "&scope=" + http::percent_encode(scope);
  return request("GET", std::move(target));
}

http::Request head_manifest(const Image& image) {
  auto made = request("HEAD", "/v2/" + image.repository + "/manifests/" + image.reference);
  // A registry answers 404 for an image whose type is not asked for.
  made.headers = {{"Accept",
                   "application/vnd.oci.image.index.v1+json,application/vnd.oci.image.manifest.v1+json,"
                   "application/vnd.docker.distribution.manifest.list.v2+json,"
                   "application/vnd.docker.distribution.manifest.v2+json,*/*"}};
  return made;
}

base::Status check(const NewRobot& robot) {
  if (auto good = check_name("the name of a robot", robot.name); !good) return good;
  if (robot.projects.empty()) return base::fail(ErrorKind::kInvalid, "a robot needs a project to pull from");
  if (robot.level == Level::kProject && robot.projects.size() > 1) {
    return base::fail(ErrorKind::kInvalid, "a robot of a project can pull from that project only");
  }
  for (const auto& project : robot.projects) {
    if (auto good = check_name("the name of a project", project); !good) return good;
  }
  if (stored_name(robot).size() > kMaxStoredName) {
    return base::fail(ErrorKind::kInvalid, "the name of a robot, with its project's, is longer than 255 characters");
  }
  if (has_control(robot.description) || characters(robot.description) > kMaxDescription) {
    return base::fail(ErrorKind::kInvalid,
                      "the description of a robot holds a control character or more than 1024 characters");
  }
  const bool good =
      robot.lifetime_days == kNeverExpires || (robot.lifetime_days >= 1 && robot.lifetime_days <= kMaxLifetimeDays);
  if (!good) return base::fail(ErrorKind::kInvalid, "a robot lives for ever (-1) or for one day and more");
  return {};
}

base::Status check(const RobotQuery& query) {
  if ((query.level == Level::kProject) != (query.project_id > 0)) {
    return base::fail(ErrorKind::kInvalid,
                      "robots of a project are listed by its number, robots of the system without");
  }
  if (!query.stored_name.empty() && !query.name_part.empty()) {
    return base::fail(ErrorKind::kInvalid, "robots are listed by their name or by a part of it, not by both");
  }
  if (!is_plain(query.stored_name) || !is_plain(query.name_part)) {
    return base::fail(ErrorKind::kInvalid, "the name to list robots by holds a character that no robot's name has");
  }
  return {};
}

base::Status check(const Image& image) {
  const auto in_path = [](char c) { return is_alnum(c) || is_separator(c) || c == ':'; };
  const auto in_repository = [](char c) { return is_lower_alnum(c) || is_separator(c) || c == '/'; };
  const auto& repository = image.repository;
  const bool good =
      repository.find('/') != std::string::npos && repository.front() != '/' && repository.back() != '/' &&
      repository.find("//") == std::string::npos && repository.find("..") == std::string::npos &&
      std::all_of(repository.begin(), repository.end(), in_repository) && !image.reference.empty() &&
      image.reference.front() != '.' && std::all_of(image.reference.begin(), image.reference.end(), in_path);
  if (!good) return base::fail(ErrorKind::kInvalid, "an image is project/repository with a tag or a digest");
  return {};
}

base::Status check_name(std::string_view what, std::string_view name) {
  if (is_name(name) && name.size() <= kMaxStoredName) return {};
  return base::fail(
      ErrorKind::kInvalid,
      std::string(what) + " must be lower-case letters and digits with single '.', " + "'_' or '-' between them");
}

std::string stored_name(const NewRobot& robot) {
  return robot.level == Level::kProject && !robot.projects.empty() ? robot.projects.front() + "+" + robot.name
                                                                   : robot.name;
}

base::Result<http::Header> authorization(const Credential& credential) {
  if (const auto* account = std::get_if<Account>(&credential)) return basic(*account);
  return bearer(std::get<Bearer>(credential));
}

}  // namespace harbor
