// What Harbor's database holds, as far as the double needs it. Plain data; not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "harbor/double/profile.hpp"
#include "harbor/double/text.hpp"

namespace harbor_double {

using Id = std::int64_t;

inline constexpr Id kAdminId = 1;
inline constexpr Id kNoProject = 0;    ///< a system robot's
inline constexpr Id kAllProjects = 0;  ///< a permission's: `*`

struct Access {
  std::string resource = {};
  std::string action = {};
  std::string effect = {};
  bool operator==(const Access&) const = default;
};

/// One scope with its rights. A scope of a project that is gone stays in the rows and is shown to nobody.
struct Permission {
  bool system = false;
  Id project = kAllProjects;
  std::vector<Access> access = {};
};

struct Robot {
  Id id = 0;
  std::string name = {};  ///< stored: without prefix, with the project's name
  Id project = kNoProject;
  std::string description = {};
  std::string secret = {};
  bool disabled = false;
  bool visible = true;
  std::int64_t duration = 0;    ///< days
  std::int64_t expires_at = 0;  ///< seconds; -1 is never
  Time created = 0;
  Time updated = 0;
  std::vector<Permission> permissions = {};
  std::string creator_type = {};
  Id creator = 0;

  [[nodiscard]] bool of_system() const { return project == kNoProject; }
  [[nodiscard]] bool expired(Time now) const { return expires_at != -1 && expires_at <= now / 1000; }
};

struct Repository {
  std::map<std::string, std::string> tags = {};  ///< to digests
  std::set<std::string> digests = {};
  int pulls = 0;
};

enum class Role { kProjectAdmin = 1, kDeveloper = 2, kGuest = 3, kMaintainer = 4, kLimitedGuest = 5 };

struct Project {
  Id id = 0;
  std::string name = {};
  bool is_public = false;
  Id owner = kAdminId;
  Id allowlist = 0;
  Time created = 0;
  std::map<std::string, Repository> repositories = {};  ///< by the name after "project/"
  std::map<Id, Role> members = {};                      ///< by user
};

struct User {
  Id id = 0;
  std::string name = {};
  std::string password = {};
  bool sysadmin = false;
  std::string email = {};
  std::string realname = {};
  std::string comment = {};
  Time created = 0;
  Time updated = 0;
};

struct Settings {
  std::string robot_name_prefix = "robot$";
  bool read_only = false;
  std::int64_t token_expiration = 30;      ///< minutes
  std::int64_t robot_token_duration = 30;  ///< days
  std::string auth_mode = "db_auth";
  std::string oidc_name = {};
  Time login_penalty = 1500;  ///< how long a failed login takes, and for how long the user name is refused
};

struct State {
  Profile profile;
  std::string external_url = {};  ///< without a slash at the end
  std::string core_url = {};      ///< the address inside the cluster; may be empty
  Settings settings = {};
  std::map<Id, Robot> robots = {};
  std::map<Id, Project> projects = {};
  std::map<Id, User> users = {};
  std::map<std::string, Time> failed_logins = {};  ///< the last one of a user name
  Id last_robot = 0;
  Id last_project = 0;
  Id last_user = 2;  ///< 1 is the administrator, 2 is nobody
  Id last_allowlist = 0;

  [[nodiscard]] Robot* robot(Id id);
  [[nodiscard]] const Robot* robot_stored_as(std::string_view name) const;
  [[nodiscard]] const Project* project(Id id) const;
  [[nodiscard]] Project* project(Id id);
  [[nodiscard]] const Project* project_named(std::string_view name) const;
  [[nodiscard]] Project* project_named(std::string_view name);
  [[nodiscard]] User* user_named(std::string_view name);
  [[nodiscard]] const User* user(Id id) const;

  /// Prefix and stored name: what the robot logs in with.
  [[nodiscard]] std::string login_of(const Robot& robot) const { return settings.robot_name_prefix + robot.name; }

  Project& add_project(const std::string& name, bool is_public, Id owner, Time now);
  User& add_user(const std::string& name, const std::string& password, bool sysadmin, Time now);
  /// With its robots; scopes in the rows of others stay behind.
  void remove_project(Id id);
};

/// A new Harbor: the administrator and the public project `library`.
[[nodiscard]] State make_state(const Profile& profile, const std::string& admin_password, Time now);

/// Who sent a request.
struct Caller {
  enum class Kind { kNobody, kUser, kRobot, kToken };
  Kind kind = Kind::kNobody;
  Id id = 0;
  std::string name = {};
  bool sysadmin = false;
  std::map<std::string, std::set<std::string>> token_actions = {};  ///< by project name

  /// On the API; a token counts only at /v2.
  [[nodiscard]] bool known() const { return kind == Kind::kUser || kind == Kind::kRobot; }
};

}  // namespace harbor_double
