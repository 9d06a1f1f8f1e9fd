#include "app/proxy_environment.hpp"

#include <cstdlib>
#include <string>

namespace app {
namespace {

std::string env(const char* upper, const char* lower) {
  for (const auto* name : {upper, lower}) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets variables
    if (value != nullptr && *value != '\0') return value;
  }
  return {};
}

std::string way(const std::optional<http::Proxy>& proxy) { return proxy ? proxy->authority() : "direct"; }

}  // namespace

base::Result<http::ProxyRules> read_proxy_environment() {
  return http::read_proxy_rules({base::SecretString(env("HTTPS_PROXY", "https_proxy")),
                                 base::SecretString(env("HTTP_PROXY", "http_proxy")), env("NO_PROXY", "no_proxy")});
}

void log_proxies(const http::ProxyRules& rules, const base::Log& log) {
  if (!rules.https && !rules.http) return;
  log.info("calls to Harbor go through a proxy",
           {{"https", way(rules.https)}, {"http", way(rules.http)}, {"no_proxy", rules.no}});
}

}  // namespace app
