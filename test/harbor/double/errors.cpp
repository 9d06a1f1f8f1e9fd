#include "harbor/double/errors.hpp"

namespace harbor_double {

Response json_reply(int status, const Json& body) {
  return {.status = status,
          .headers = {{"Content-Type", "application/json"}},
          .body = body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"};
}

Response empty_reply(int status) { return {.status = status}; }

Response created(const std::string& location) { return {.status = 201, .headers = {{"Location", location}}}; }

Response text_reply(int status, std::string text) {
  return {.status = status, .headers = {{"Content-Type", "text/plain; charset=utf-8"}}, .body = std::move(text)};
}

Response error_reply(int status, std::string_view code, std::string_view message) {
  Response reply = json_reply(status, {{"errors", {{{"code", code}, {"message", message}}}}});
  reply.headers = {{"Content-Type", "application/json; charset=utf-8"}};
  return reply;
}

Response bad_request(std::string_view message) { return error_reply(400, "BAD_REQUEST", message); }
Response unauthorized() { return error_reply(401, "UNAUTHORIZED", "unauthorized"); }
Response forbidden(std::string_view message) { return error_reply(403, "FORBIDDEN", message); }
Response denied(std::string_view message) { return error_reply(403, "DENIED", message); }
Response not_found(std::string_view message) { return error_reply(404, "NOT_FOUND", message); }
Response conflict(std::string_view message) { return error_reply(409, "CONFLICT", message); }
Response precondition(std::string_view message) { return error_reply(412, "PRECONDITION", message); }
Response invalid(std::string_view message) {
  return error_reply(422, "UNPROCESSABLE_ENTITY", "validation failure list:\n" + std::string(message));
}
Response server_error() { return error_reply(500, "UNKNOWN", "internal server error"); }

}  // namespace harbor_double
