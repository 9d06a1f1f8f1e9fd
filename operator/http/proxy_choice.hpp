// Which HTTP proxy leads to a server, by the environment variables that everybody knows and the rules of Go's
// httpproxy. Pure functions.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/secret_string.hpp"
#include "http/request_check.hpp"

namespace http {

/// A proxy that is spoken to in plain HTTP.
struct Proxy {
  std::string host = {};
  std::string port = {};  ///< decimal, never empty
  /// Sent as Proxy-Authorization unless `user` is empty. The user may be a token, so it is a secret, too.
  base::SecretString user = {};
  base::SecretString password = {};
  /// "host:port", for messages.
  [[nodiscard]] std::string authority() const { return host + ":" + port; }
};

/// The values of the variables. A URL may hold user:password.
struct ProxyVariables {
  base::SecretString https = {};  ///< HTTPS_PROXY
  base::SecretString http = {};   ///< HTTP_PROXY
  std::string no = {};            ///< NO_PROXY
};

struct ProxyRules {
  std::optional<Proxy> https = {};  ///< for servers with TLS
  std::optional<Proxy> http = {};   ///< for servers without
  std::string no = {};              ///< servers that are called directly: "*", or hosts, addresses and CIDRs
};

/// Reads [http://][user[:password]@]host[:port][/]. Fails with kInvalid for anything else, a proxy that is spoken to in
/// TLS or SOCKS included; the message names the variable and quotes nothing of it. In NO_PROXY what means nothing is
/// passed over, as everywhere.
[[nodiscard]] base::Result<ProxyRules> read_proxy_rules(const ProxyVariables& variables);

/// The proxy for `server`, or nothing: localhost, loopback addresses and what NO_PROXY names are called directly.
[[nodiscard]] std::optional<Proxy> choose_proxy(const ProxyRules& rules, const Endpoint& server);

}  // namespace http
