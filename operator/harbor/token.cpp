#include "harbor/token.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/digest.hpp"
#include "harbor/errors.hpp"

namespace harbor {
namespace {

using base::ErrorKind;
using nlohmann::json;

constexpr std::string_view kDoing = "ask for a registry token";
constexpr std::size_t kMaxToken = 256U << 10U;  // bytes; a user's token for a hundred repositories is a tenth of it

std::string text(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool is_base64url(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/// The three parts of a JWT in compact form; nothing when it is something else.
std::optional<std::array<std::string_view, 3>> parts(std::string_view token) {
  std::array<std::string_view, 3> found;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto dot = token.find('.');
    if ((dot == std::string_view::npos) != (i + 1 == found.size())) return std::nullopt;
    found.at(i) = token.substr(0, dot);
    if (found.at(i).empty() || !std::all_of(found.at(i).begin(), found.at(i).end(), is_base64url)) return std::nullopt;
    token.remove_prefix(dot == std::string_view::npos ? token.size() : dot + 1);
  }
  return found;
}

base::Result<std::string> decode_base64url(std::string_view text) {
  std::string standard(text);
  std::replace(standard.begin(), standard.end(), '-', '+');
  std::replace(standard.begin(), standard.end(), '_', '/');
  standard.append((4 - standard.size() % 4) % 4, '=');
  return base::base64_decode(standard);
}

std::optional<Grant> grant(const json& entry) {
  if (!entry.is_object() || text(entry, "type") != "repository") return std::nullopt;
  Grant grant{text(entry, "name")};
  const auto actions = entry.find("actions");
  if (grant.repository.empty() || actions == entry.end() || !actions->is_array()) return std::nullopt;
  for (const auto& action : *actions) {
    if (action.is_string()) grant.actions.push_back(action.get<std::string>());
  }
  std::sort(grant.actions.begin(), grant.actions.end());
  return grant;
}

base::Result<Token> read_claims(std::string_view payload) {
  const auto bytes = decode_base64url(payload);
  const auto claims = bytes ? json::parse(*bytes, nullptr, false) : json(json::value_t::discarded);
  if (!claims.is_object()) return base::fail(malformed(kDoing, "the claims of the token are not JSON"));
  Token token;
  token.subject = text(claims, "sub");
  const auto access = claims.find("access");
  if (access == claims.end() || access->is_null()) return token;  // asked without a scope
  if (!access->is_array()) return base::fail(malformed(kDoing, "what the token gives access to is not a list"));
  for (const auto& entry : *access) {
    if (auto given = grant(entry)) token.grants.push_back(std::move(*given));
  }
  return token;
}

}  // namespace

base::Result<Token> parse_token(const http::Response& response) {
  const auto answer = json::parse(response.body, nullptr, false);
  if (answer.is_discarded()) return base::fail(not_harbor(kDoing, response));
  if (!answer.is_object()) return base::fail(malformed(kDoing, "it is not an object"));
  auto bearer = text(answer, "token");
  if (bearer.empty()) bearer = text(answer, "access_token");  // Harbor leaves this one empty
  if (bearer.empty()) return base::fail(malformed(kDoing, "it holds no token"));
  if (bearer.size() > kMaxToken)
    return base::fail(ErrorKind::kTooLarge, std::string(kDoing) + ": the token is too long");
  const auto split = parts(bearer);
  if (!split) return base::fail(malformed(kDoing, "the token is not a JWT"));
  return read_claims((*split)[1]).map([&](Token token) {
    token.bearer = base::SecretString(std::move(bearer));
    return token;
  });
}

bool allows(const Token& token, std::string_view repository, std::string_view action) {
  return std::any_of(token.grants.begin(), token.grants.end(), [&](const Grant& grant) {
    return grant.repository == repository && std::any_of(grant.actions.begin(), grant.actions.end(),
                                                         [&](const auto& it) { return it == action || it == "*"; });
  });
}

}  // namespace harbor
