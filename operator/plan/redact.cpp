#include "plan/redact.hpp"

#include <nlohmann/json.hpp>
#include <string_view>

namespace plan {
namespace {

void strike(std::string& text, const std::string& secret) {
  static constexpr std::string_view kStruck = "[redacted]";
  if (secret.empty()) return;
  // On behind the replacement: a password may be a part of it.
  for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + kStruck.size())) {
    text.replace(at, secret.size(), kStruck);
  }
}

std::string json_escaped(const std::string& value) {
  const auto quoted = nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

std::string redact(std::string text, const Auths& auths) {
  strike(text, base::base64_encode(render_docker_config(auths).reveal()));
  for (const auto& [host, credential] : auths) {
    const std::string username(credential.username.reveal());
    const std::string password(credential.password.reveal());
    strike(text, base::base64_encode(username + ":" + password));
    strike(text, base::base64_encode(password));
    if (const auto escaped = json_escaped(password); escaped != password) strike(text, escaped);
    strike(text, password);
  }
  return text;
}

}  // namespace plan
