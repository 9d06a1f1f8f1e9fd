// What the operator knows of a Harbor, as values.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/secret_string.hpp"

namespace harbor {

/// A user or a robot with its full login name ("robot$team-a+puller").
struct Account {
  std::string username = {};
  base::SecretString password = {};
};

/// A token of the token service. Only good below /v2/.
struct Bearer {
  base::SecretString token = {};
};

using Credential = std::variant<Account, Bearer>;

/// Who an account is.
struct Identity {
  bool robot = false;
  bool system_admin = false;  ///< of a user; a robot is none
  std::string user = {};      ///< a user's name as Harbor writes it; empty for a robot
};

enum class Level { kSystem, kProject };
/// "system", "project": as Harbor writes it.
[[nodiscard]] constexpr const char* name(Level level) { return level == Level::kSystem ? "system" : "project"; }

inline constexpr int kNeverExpires = -1;

/// A robot to be made: it may pull from each of `projects` and nothing else.
struct NewRobot {
  std::string name = {};  ///< [a-z0-9] with single . _ - between; neither prefix nor project
  std::string description = {};
  Level level = Level::kProject;
  std::vector<std::string> projects = {};  ///< names; exactly one at level project
  int lifetime_days = kNeverExpires;       ///< or 1 and more
};

struct CreatedRobot {
  std::int64_t id = 0;
  std::string login = {};                                   ///< what docker logs in with, prefix included
  base::SecretString secret = {};                           ///< never empty; Harbor shows it this once
  std::optional<base::WallTime> expires_at = std::nullopt;  ///< nothing: never
};

struct Robot {
  std::int64_t id = 0;
  std::string login = {};
  /// The login without Harbor's prefix ("team-a+puller", "puller"); empty when it cannot be told where the prefix ends.
  std::string stored_name = {};
  Level level = Level::kSystem;
  bool disabled = false;
  std::optional<base::WallTime> expires_at = std::nullopt;  ///< nothing: never
  std::string description = {};
  /// Projects it may pull from, sorted; "*" is all of them. A permission that denies does not count.
  std::vector<std::string> pull_projects = {};
};

/// Which robots to list.
struct RobotQuery {
  Level level = Level::kProject;
  std::int64_t project_id = 0;   ///< at level project only, and there always
  std::string stored_name = {};  ///< exactly this one ("team-a+puller"), or empty
  std::string name_part = {};    ///< the stored name holds this, in any case of letters; or empty
};

struct Project {
  std::int64_t id = 0;
  std::string name = {};
};

struct SystemInfo {
  std::string version = {};  ///< "v2.15.2-080b0220"; empty for an anonymous caller of Harbor 2.13 and newer
  std::optional<base::WallTime> current_time = std::nullopt;  ///< Harbor's clock; nothing for an anonymous caller
  std::string auth_mode = {};                                 ///< "db_auth", "oidc_auth", "ldap_auth", …
  bool read_only = false;
};

/// Where the registry sends a client for a token.
struct Challenge {
  std::string realm = {};
  std::string service = {};
};

struct Grant {
  std::string repository = {};
  std::vector<std::string> actions = {};  ///< sorted
};

/// What the token service says about a caller. Harbor answers a wrong password with a token of nobody: whoever asked
/// with a scope must look at `subject`.
struct Token {
  std::string subject = {};  ///< the full login name; empty for nobody
  std::vector<Grant> grants = {};
  base::SecretString bearer = {};
};

/// What to ask the token service for.
struct TokenQuery {
  std::string path = "/service/token";  ///< of challenge's realm, see token_path()
  std::string service = "harbor-registry";
  /// "repository:team-a/app:pull". Without any, a wrong password is an error (kUnauthorized); with one it is not.
  std::vector<std::string> scopes = {};
};

struct Image {
  std::string repository = {};  ///< "team-a/app"
  std::string reference = {};   ///< a tag or a digest
};

/// What the registry says about a manifest to a caller.
enum class Access {
  kReadable,  ///< it can be pulled
  kAbsent,    ///< the caller may pull, but it is not there (or a proxied registry has trouble)
  kBlocked,   ///< the caller may pull, but a policy of the project holds this image back
  kMoved,     ///< the caller may pull; it is at another path of this registry (a Docker Hub proxy project)
  kRefused,   ///< the caller may not pull it, or is not known, or the project is not there
};

}  // namespace harbor
