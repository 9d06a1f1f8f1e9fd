// The guard against forged requests: a cookie of ours makes every change need a token. Pure.
#pragma once

#include <optional>

#include "harbor/double/exchange.hpp"
#include "harbor/double/profile.hpp"

namespace harbor_double {

struct Csrf {
  bool guarded = false;                  ///< nothing below counts otherwise
  std::string cookie = {};               ///< the one of the request, or a new one
  bool is_new = false;                   ///< the cookie has to be set
  std::optional<Response> refusal = {};  ///< complete
};

[[nodiscard]] Csrf check_csrf(const Profile& profile, const Request& request);
/// The headers of a reply that was let through.
void add_csrf_headers(const Csrf& csrf, Response& reply);

}  // namespace harbor_double
