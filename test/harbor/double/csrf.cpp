#include "harbor/double/csrf.hpp"

#include "harbor/double/errors.hpp"
#include "harbor/double/text.hpp"

namespace harbor_double {
namespace {

constexpr std::size_t kMask = 8;  // every token of one cookie looks different

std::optional<std::string> cookie_of(const Request& request, const std::string& name) {
  for (const auto& part : split(request.header("Cookie"), ';')) {
    const auto begin = part.find_first_not_of(' ');
    const auto text = begin == std::string::npos ? "" : part.substr(begin);
    if (text.starts_with(name + "=")) return text.substr(name.size() + 1);
  }
  return std::nullopt;
}

bool is_api(const std::string& path) {
  return path.starts_with("/api/") || path.starts_with("/v2/") || path.starts_with("/service/");
}

bool is_safe(const std::string& method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE";
}

void add_token(const Csrf& csrf, Response& reply) {
  reply.with("X-Harbor-Csrf-Token", random_hex(kMask) + csrf.cookie);
  if (!csrf.is_new) return;
  reply.with("Set-Cookie", "_gorilla_csrf=" + csrf.cookie +
                               "; Path=/; Expires=Thu, 31 Dec 2099 23:59:59 GMT; Max-Age=43200; HttpOnly; Secure; "
                               "SameSite=Strict");
}

}  // namespace

Csrf check_csrf(const Profile& profile, const Request& request) {
  Csrf csrf;
  csrf.guarded = !is_api(request.path) || cookie_of(request, "sid").has_value();
  if (!csrf.guarded) return csrf;
  const auto cookie = cookie_of(request, "_gorilla_csrf");
  csrf.cookie = cookie.value_or(random_hex(64));
  csrf.is_new = !cookie;
  if (is_safe(request.method)) return csrf;
  const auto token = request.header("X-Harbor-CSRF-Token");
  if (cookie && token.size() == cookie->size() + kMask && token.ends_with(*cookie)) return csrf;
  const bool missing = token.empty() && profile.csrf_missing;
  csrf.refusal = forbidden(missing ? "CSRF token not found in request" : "CSRF token invalid");
  add_token(csrf, *csrf.refusal);
  return csrf;
}

void add_csrf_headers(const Csrf& csrf, Response& reply) {
  if (!csrf.guarded) return;
  reply.with("Vary", "Cookie");
  add_token(csrf, reply);
}

}  // namespace harbor_double
