#include "harbor/errors.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/digest.hpp"
#include "base/printable.hpp"
#include "http/header_values.hpp"

namespace harbor {
namespace {

using base::ErrorKind;
using nlohmann::json;

constexpr std::size_t kMaxErrorBody = 64U << 10U;  // bytes; a longer one is some other page
constexpr std::size_t kMaxWords = 300;
constexpr std::size_t kMaxPlain = 200;
constexpr std::size_t kMaxType = 60;
constexpr std::size_t kMaxPlace = 200;
constexpr std::size_t kShortestSecret = 4;  // a shorter one is a part of ordinary words
constexpr std::string_view kStruck = "[redacted]";

std::string text(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool holds(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

bool is_word(std::string_view code) {
  return std::all_of(code.begin(), code.end(),
                     [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; });
}

/// Harbor says a message twice when an error has a cause: "unauthorized: unauthorized".
std::string once(std::string message) {
  constexpr std::string_view kBetween = ": ";
  if (message.size() <= kBetween.size()) return message;
  const std::size_t half = (message.size() - kBetween.size()) / 2;
  const std::string_view all = message;
  const bool twice = all.substr(half, kBetween.size()) == kBetween && all.substr(0, half) == all.substr(half + 2);
  return twice ? message.substr(0, half) : message;
}

/// "text/html" of "text/html; charset=utf-8".
std::string media_type(const http::Response& response) {
  const auto value = response.header("Content-Type");
  const auto type = base::printable(value.substr(0, value.find(';')), kMaxType);
  const bool ascii = std::all_of(type.begin(), type.end(), [](char c) { return c > 0; });
  return ascii ? type.substr(0, type.find_last_not_of(' ') + 1) : std::string();
}

/// What a body of plain text says, as the token service answers; nothing of a page.
std::string plain_text(const http::Response& response) {
  const std::string_view body = response.body;
  const bool ascii = std::all_of(body.begin(), body.end(), [](char c) { return c > 0; });
  const bool page = body.find('<') != std::string_view::npos || body.size() > kMaxPlain;
  if (media_type(response) != "text/plain" || !ascii || page) return {};
  return std::string(body.substr(0, body.find_last_not_of(" \r\n\t") + 1));
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// scheme://host[:port] of an absolute URL, without a user; empty for anything else.
std::string origin(std::string_view url) {
  const std::string_view scheme = url.starts_with("https://") ? "https://" : "http://";
  if (!url.starts_with(scheme)) return {};
  auto authority = url.substr(scheme.size());
  authority = authority.substr(0, authority.find_first_of("/?#"));
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
  const bool good = !authority.empty() && std::all_of(authority.begin(), authority.end(),
                                                      [](char c) { return c > ' ' && c < 0x7f && c != '\\'; });
  return good ? std::string(scheme).append(authority.substr(0, kMaxPlace)) : std::string();
}

std::string redirect_message(const http::Response& response) {
  const auto to = origin(response.header("Location"));
  if (to.empty()) {
    return "the endpoint answers with a redirect to another path, which is not followed; is it the address of a "
           "Harbor?";
  }
  return "the endpoint answers with a redirect to " + to + ", which is not followed; use that as spec.endpoint";
}

/// The 403s that mean more than a missing right.
std::string_view special_reason(int status, const Words& said) {
  if (status != 403) return {};
  if (said.code == "DENIED" && holds(said.message, "read only mode")) return kReadOnly;
  if (said.code == "DENIED" && holds(said.message, "permission scope is invalid")) return kScopeExceeded;
  if (said.code == "DENIED" && said.message == "denied") return kRobotsMayNot;
  if (said.code == "FORBIDDEN" && holds(said.message, "CSRF token")) return kCsrf;
  return {};
}

std::string explain(std::string_view reason) {
  if (reason == kReadOnly) return "Harbor is in read-only mode until an administrator ends it";
  if (reason == kScopeExceeded) {
    return "the account is a robot, and a robot can give only what it has; give it repository:pull in every project "
           "concerned";
  }
  if (reason == kRobotsMayNot) {
    return "this version of Harbor does not let a system robot make robots of a project; use a user as the account, or "
           "update Harbor to 2.14.1 or newer";
  }
  return "Harbor asks for a CSRF token, which it does when a session cookie reaches it; what stands between must not "
         "add cookies";
}

ErrorKind kind_of(int status) {
  switch (status) {
    case 401: return ErrorKind::kUnauthorized;
    case 403: return ErrorKind::kForbidden;
    case 404: return ErrorKind::kNotFound;
    case 408: return ErrorKind::kTimeout;
    case 409: return ErrorKind::kConflict;
    case 429: return ErrorKind::kThrottled;
    default: break;
  }
  return (status >= 400 && status < 500) || is_redirect(status) ? ErrorKind::kRejected : ErrorKind::kUnavailable;
}

std::string answered(const http::Response& response, const Words& said) {
  std::string message = "Harbor answered " + std::to_string(response.status);
  if (!said.code.empty()) message += " " + said.code;
  if (!said.message.empty()) return message + ": " + base::printable(said.message, kMaxWords);
  if (!said.code.empty()) return message;
  if (response.body.empty()) return message;
  const auto type = media_type(response);
  return message + " with a page that is not Harbor's" + (type.empty() ? "" : " (" + type + ")");
}

std::string describe(const http::Response& response, const Words& said) {
  if (is_redirect(response.status)) return redirect_message(response);
  const auto reason = special_reason(response.status, said);
  if (!reason.empty()) return explain(reason);
  if (response.status == 401) return "Harbor does not accept the username and password (401)";
  return answered(response, said);
}

void strike(std::string& text, std::string_view secret) {
  if (secret.size() < kShortestSecret) return;
  for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + kStruck.size())) {
    text.replace(at, secret.size(), kStruck);
  }
}

std::string json_escaped(std::string_view value) {
  const auto quoted = json(value).dump(-1, ' ', false, json::error_handler_t::replace);
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

Words words(const http::Response& response) {
  if (response.body.size() > kMaxErrorBody) return {};
  const auto document = json::parse(response.body, nullptr, false);
  if (!document.is_object()) return {};
  const auto errors = document.find("errors");
  if (errors == document.end() || !errors->is_array() || errors->empty() || !errors->front().is_object()) return {};
  Words said{text(errors->front(), "code"), once(text(errors->front(), "message"))};
  if (!is_word(said.code) || said.code.size() > kMaxType) said.code.clear();
  return said;
}

base::Error to_error(const Attempt& attempt, const http::Response& response) {
  auto said = words(response);
  if (said.code.empty() && said.message.empty()) said.message = plain_text(response);
  if (attempt.as != nullptr) said.message = without(*attempt.as, std::move(said.message));
  base::Error error;
  error.kind = kind_of(response.status);
  error.http_status = response.status;
  error.retry_after = http::parse_retry_after(response.header("Retry-After"));
  error.message = attempt.doing + ": " + describe(response, said);
  // Harbor says "forbidden" and no more.
  const bool plain_refusal = response.status == 403 && special_reason(response.status, said).empty();
  if (plain_refusal && !attempt.right.empty()) {
    error.message.append("; the account needs the right ").append(attempt.right);
  }
  const auto special = special_reason(response.status, said);
  error.reason = special.empty() ? said.code : std::string(special);
  if (is_redirect(response.status)) error.reason = kRedirect;
  if (response.status < 300) error.reason = kNotHarbor;
  return error;
}

base::Error not_harbor(std::string_view doing, const http::Response& response) {
  base::Error error;
  error.kind = ErrorKind::kUnavailable;
  error.http_status = response.status;
  error.reason = kNotHarbor;
  const auto type = media_type(response);
  error.message = std::string(doing) + ": the answer " + std::to_string(response.status) +
                  " is not what a Harbor says" + (type.empty() ? "" : " (" + type + ")") +
                  "; is it the address of a Harbor?";
  return error;
}

base::Error malformed(std::string_view doing, std::string_view why) {
  base::Error error;
  error.kind = ErrorKind::kInvalid;
  error.reason = kMalformed;
  error.message = std::string(doing) + ": Harbor's answer cannot be used: " + std::string(why);
  return error;
}

std::string without(const Credential& credential, std::string text) {
  std::vector<std::string> forms;
  if (const auto* account = std::get_if<Account>(&credential)) {
    const std::string password(account->password.reveal());
    forms = {base::base64_encode(account->username + ":" + password), base::base64_encode(password),
             json_escaped(password), http::percent_encode(password), password};
  } else {
    forms = {std::string(std::get<Bearer>(credential).token.reveal())};
  }
  for (const auto& form : forms) strike(text, form);
  return text;
}

}  // namespace harbor
