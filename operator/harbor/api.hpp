// Calls to one Harbor. No redirect is followed, no cookie is kept, and no failed exchange is tried again.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "harbor/model.hpp"
#include "http/transport.hpp"

namespace harbor {

/// Thread-safe; blocks, each exchange 10 s at most, or until `stop` (kCancelled). Fails as errors.hpp says, and with
/// what the transport says. No message holds a credential.
///
/// Harbor treats a wrong credential as none where strangers may read: only whoami() and token() without scopes tell.
/// It also refuses a user's right password for 1.5 s after a wrong one, so a user's 401 is worth a second look.
class Api {
 public:
  virtual ~Api() = default;

  /// Whether something that is Harbor answers. No credential.
  [[nodiscard]] virtual base::Status ping(const std::stop_token& stop) = 0;
  [[nodiscard]] virtual base::Result<SystemInfo> system_info(const Account& account, const std::stop_token& stop) = 0;
  /// kUnauthorized: wrong, disabled, expired or deleted; nobody can tell which.
  [[nodiscard]] virtual base::Result<Identity> whoami(const Account& account, const std::stop_token& stop) = 0;

  /// Nothing when it is not there, or when the account has no right in it.
  [[nodiscard]] virtual base::Result<std::optional<Project>> find_project(const Account& account, std::string_view name,
                                                                          const std::stop_token& stop) = 0;
  /// Whatever the account may do there.
  [[nodiscard]] virtual base::Result<bool> project_exists(const Account& account, std::string_view name,
                                                          const std::stop_token& stop) = 0;

  /// Asks once more, in other words, when Harbor says that the account lacks a right (kScopeExceeded): a robot may give
  /// only what is written like its own. kConflict: there is one of that name. After kTimeout, kUnavailable or an answer
  /// that cannot be used it may be there too, with a secret that nobody knows.
  [[nodiscard]] virtual base::Result<CreatedRobot> create_robot(const Account& account, const NewRobot& robot,
                                                                const std::stop_token& stop) = 0;
  /// All of them, sorted by id. kUnavailable when the list changes faster than it can be read.
  [[nodiscard]] virtual base::Result<std::vector<Robot>> list_robots(const Account& account, const RobotQuery& query,
                                                                     const std::stop_token& stop) = 0;
  /// Done also when it was gone already. kNotFound is something else: the robot may still be there.
  [[nodiscard]] virtual base::Status delete_robot(const Account& account, std::int64_t id,
                                                  const std::stop_token& stop) = 0;

  /// What a client without a credential is told at /v2/. kRejected when no token is asked for.
  [[nodiscard]] virtual base::Result<Challenge> challenge(const std::stop_token& stop) = 0;
  [[nodiscard]] virtual base::Result<Token> token(const Account& account, const TokenQuery& query,
                                                  const std::stop_token& stop) = 0;
  /// Asks with HEAD, which does not count as a pull.
  [[nodiscard]] virtual base::Result<Access> head_manifest(const Credential& credential, const Image& image,
                                                           const std::stop_token& stop) = 0;

  /// Harbor's clock minus ours, by the last answer that told it; exact to a second or so. Nothing before that.
  [[nodiscard]] virtual std::optional<std::chrono::seconds> clock_offset() const = 0;
};

/// Told of every exchange: the operation ("create_robot"), the HTTP status or 0, and how long it took. Called by the
/// thread that made the call.
using Observer = std::function<void(std::string_view operation, int status, std::chrono::milliseconds took)>;

/// `transport` leads to the Harbor; both it and `clock` outlive the result. `observer` may be empty.
[[nodiscard]] std::unique_ptr<Api> make_api(http::Transport& transport, const base::Clock& clock, Observer observer);

}  // namespace harbor
