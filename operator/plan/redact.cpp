#include "plan/redact.hpp"

#include <nlohmann/json.hpp>
#include <string_view>

namespace plan {
namespace {

constexpr std::string_view kStruck = "[redacted]";
constexpr std::size_t kPiece = 12;  ///< characters: nine bytes in base64; shorter ones are words that anybody may use

/// Any piece of `secret` of that many characters or more: a policy may quote a part, and a long message is cut.
void strike_pieces(std::string& text, std::string_view secret) {
  for (std::size_t at = 0; at + kPiece <= text.size(); ++at) {
    const std::string_view rest = std::string_view(text).substr(at);
    std::size_t size = kPiece - 1;
    while (size < rest.size() && secret.find(rest.substr(0, size + 1)) != std::string_view::npos) ++size;
    if (size < kPiece) continue;
    text.replace(at, size, kStruck);
    at += kStruck.size() - 1;
  }
}

void strike(std::string& text, const std::string& secret) {
  if (secret.empty()) return;
  // On behind the replacement: a password may be a part of it.
  for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + kStruck.size())) {
    text.replace(at, secret.size(), kStruck);
  }
  strike_pieces(text, secret);
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
