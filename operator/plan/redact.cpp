#include "plan/redact.hpp"

#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

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
}

std::string json_escaped(const std::string& value) {
  const auto quoted = nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

std::string redact(std::string text, const Auths& auths) {
  std::vector<std::string> forms = {base::base64_encode(render_docker_config(auths).reveal())};
  for (const auto& [host, credential] : auths) {
    const std::string password(credential.password.reveal());
    forms.push_back(basic_auth(credential));
    forms.push_back(base::base64_encode(password));
    if (auto escaped = json_escaped(password); escaped != password) forms.push_back(std::move(escaped));
    forms.push_back(password);
  }
  for (const auto& form : forms) strike(text, form);
  // Only then: a piece of one form may be most of another, and what is left of that would stay.
  for (const auto& form : forms) strike_pieces(text, form);
  return text;
}

}  // namespace plan
