// Replies in Harbor's words.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "harbor/double/exchange.hpp"

namespace harbor_double {

using Json = nlohmann::json;

[[nodiscard]] Response json_reply(int status, const Json& body);
[[nodiscard]] Response empty_reply(int status = 200);
[[nodiscard]] Response created(const std::string& location);
[[nodiscard]] Response text_reply(int status, std::string text);

[[nodiscard]] Response error_reply(int status, std::string_view code, std::string_view message);
[[nodiscard]] Response bad_request(std::string_view message);   // 400
[[nodiscard]] Response unauthorized();                          // 401
[[nodiscard]] Response forbidden(std::string_view message);     // 403
[[nodiscard]] Response denied(std::string_view message);        // 403
[[nodiscard]] Response not_found(std::string_view message);     // 404
[[nodiscard]] Response conflict(std::string_view message);      // 409
[[nodiscard]] Response precondition(std::string_view message);  // 412
[[nodiscard]] Response invalid(std::string_view message);       // 422, of the generated request binding
[[nodiscard]] Response server_error();                          // 500

}  // namespace harbor_double
