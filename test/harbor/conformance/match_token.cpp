#include "harbor/conformance/match_token.hpp"

#include <algorithm>

#include "base/digest.hpp"
#include "harbor/conformance/match_json.hpp"

namespace conformance {
namespace {

std::optional<Json> decode_part(std::string part) {
  std::ranges::replace(part, '-', '+');
  std::ranges::replace(part, '_', '/');
  part.append((4 - part.size() % 4) % 4, '=');
  const auto text = base::base64_decode(part);
  if (!text) return std::nullopt;
  Json json = Json::parse(*text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  return json;
}

/// The claims that hold no point in time and nothing random, plus what the rest amounts to.
Json comparable(const Json& token) {
  Json claims = token.at("claims");
  Json header = token.at("header");
  const auto number = [&](const char* name) {
    const Json value = claims.value(name, Json());
    return value.is_number_integer() ? value.get<std::int64_t>() : 0;
  };
  const Json times{{"lives", number("exp") - number("iat")}, {"valid_before_issue", number("iat") - number("nbf")}};
  for (const auto* name : {"exp", "iat", "nbf"}) claims.erase(name);
  for (auto* text : {&claims["jti"], &header["kid"]}) {
    const bool is_text = text->is_string() && !text->get_ref<const std::string&>().empty();
    *text = is_text ? Json(text->get_ref<const std::string&>().size()) : Json("missing");
  }
  return {{"header", header}, {"claims", claims}, {"times", times}};
}

}  // namespace

std::optional<Json> decode_token(const std::string& token) {
  const auto first = token.find('.');
  const auto second = first == std::string::npos ? first : token.find('.', first + 1);
  if (second == std::string::npos || token.find('.', second + 1) != std::string::npos) return std::nullopt;
  const auto header = decode_part(token.substr(0, first));
  const auto claims = decode_part(token.substr(first + 1, second - first - 1));
  if (!header || !claims) return std::nullopt;
  return Json{{"header", *header}, {"claims", *claims}};
}

std::vector<std::string> token_differences(const Json& recorded, const std::string& token) {
  const auto got = decode_token(token);
  if (!got) return {"token: recorded a JWT, got something that is none"};
  std::vector<std::string> found;
  for (const auto& difference : differences(comparable(recorded), comparable(*got))) {
    found.push_back("token: " + difference);
  }
  return found;
}

}  // namespace conformance
