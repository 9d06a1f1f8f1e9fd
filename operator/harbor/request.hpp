// Requests to Harbor as values, without a credential: that is added when they are sent. No I/O.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "harbor/model.hpp"
#include "http/message.hpp"

namespace harbor {

inline constexpr int kPageSize = 100;  ///< the most that Harbor allows

[[nodiscard]] http::Request ping();
[[nodiscard]] http::Request system_info();
[[nodiscard]] http::Request current_user();
/// The list of projects, narrowed to this name. Works for digits, and for robots without project:read.
[[nodiscard]] http::Request find_project(std::string_view name);
[[nodiscard]] http::Request head_project(std::string_view name);
/// How a permission says that it allows. Harbor lets a robot pass on only what is written like its own.
enum class Effect {
  kOmitted,  ///< as Harbor's own pages do
  kAllow,    ///< as other tools do
};
/// Not idempotent: the secret is shown once. Permissions always stand in one order: Harbor deadlocks otherwise.
[[nodiscard]] http::Request create_robot(const NewRobot& robot, Effect effect = Effect::kOmitted);
/// `page` counts from 1.
[[nodiscard]] http::Request list_robots(const RobotQuery& query, int page);
[[nodiscard]] http::Request delete_robot(std::int64_t id);
[[nodiscard]] http::Request registry_root();
[[nodiscard]] http::Request token(const TokenQuery& query);
[[nodiscard]] http::Request head_manifest(const Image& image);

/// Whether Harbor can know a robot of this shape; fails with kInvalid and says what is wrong. Harbor answers some of
/// these with a bare 500.
[[nodiscard]] base::Status check(const NewRobot& robot);
[[nodiscard]] base::Status check(const RobotQuery& query);
[[nodiscard]] base::Status check(const Image& image);
/// A lower-case name of letters, digits and single separators; anything else has a meaning in a query. `what` begins
/// the message.
[[nodiscard]] base::Status check_name(std::string_view what, std::string_view name);

/// The stored name that Harbor makes of it: "team-a+puller", or "puller" at level system.
[[nodiscard]] std::string stored_name(const NewRobot& robot);

/// The Authorization header. Fails with kInvalid for an account that HTTP basic cannot carry: an empty part, a colon in
/// the username, a control character. The message never holds the password.
[[nodiscard]] base::Result<http::Header> authorization(const Credential& credential);

}  // namespace harbor
