// The proxy variables of the environment.
#pragma once

#include "base/log.hpp"
#include "base/result.hpp"
#include "http/proxy_choice.hpp"

namespace app {

/// HTTPS_PROXY, HTTP_PROXY and NO_PROXY, or where one is empty its name in lower case. Fails with kInvalid for a proxy
/// that cannot be used.
[[nodiscard]] base::Result<http::ProxyRules> read_proxy_environment();

/// Says which way calls to Harbor go, when there is a proxy; no credentials.
void log_proxies(const http::ProxyRules& rules, const base::Log& log);

}  // namespace app
