// Harbor's answers as values. Pure. All fail with kUnavailable (reason NotHarbor) when the body is not JSON, and with
// kInvalid (reason MalformedAnswer) when it is JSON without what must be there. Unknown fields are ignored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "harbor/model.hpp"
#include "http/message.hpp"

namespace harbor {

[[nodiscard]] base::Result<SystemInfo> parse_system_info(const http::Response& response);
/// Of a user: 200.
[[nodiscard]] base::Result<Identity> parse_current_user(const http::Response& response);
/// The one project of exactly that name.
[[nodiscard]] base::Result<std::optional<Project>> parse_projects(const http::Response& response,
                                                                  std::string_view name);
/// Fails also when the login is not `wanted`'s name behind a prefix, or the secret is empty.
[[nodiscard]] base::Result<CreatedRobot> parse_created_robot(const http::Response& response, const NewRobot& wanted);

struct RobotPage {
  std::vector<Robot> robots = {};                    ///< without those that have no number, login or level that we know
  std::size_t entries = 0;                           ///< with those
  std::optional<std::int64_t> total = std::nullopt;  ///< X-Total-Count
};
[[nodiscard]] base::Result<RobotPage> parse_robots(const http::Response& response);

/// Whether the robot is one that `query` asks for: older Harbors return more.
[[nodiscard]] bool matches(const Robot& robot, const RobotQuery& query);

/// Harbor's prefix ("robot$"), learned from a login whose stored name is known; nothing when the two do not fit.
[[nodiscard]] std::optional<std::string> prefix_of(std::string_view login, std::string_view stored_name);

}  // namespace harbor
