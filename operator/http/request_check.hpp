// What may go on the wire, checked before anything is sent: cpprestsdk checks neither header values nor targets.
// Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "http/message.hpp"

namespace http {

/// The server of a transport.
struct Endpoint {
  bool tls = false;
  std::string host = {};
  std::string port = {};  ///< decimal, never empty
  /// "host:port", for messages.
  [[nodiscard]] std::string authority() const { return host + ":" + port; }
};

/// Reads scheme://host[:port][/]. Fails with kInvalid: other schemes, a user, a path, IPv6 literals (cpprestsdk cannot
/// resolve them), characters that no host name has. The message does not quote a user part.
[[nodiscard]] base::Result<Endpoint> parse_endpoint(std::string_view base_url);

/// Fails with kInvalid for anything that could smuggle a second request or header. The message names the header, never
/// a value.
[[nodiscard]] base::Status check_request(const Request& request);

}  // namespace http
