// What the HTTP library's failures mean. Pure but for the cause of a refused certificate, which is taken from the peer.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "http/proxy_choice.hpp"
#include "http/request_check.hpp"
#include "http/tls_context.hpp"

namespace http {

/// What every exchange with one server shares. Outlives the transport while a request is under way.
struct Peer {
  Endpoint endpoint;
  std::shared_ptr<TlsContext> tls;  ///< null without TLS
  std::optional<Proxy> proxy = std::nullopt;
  /// What begins every message: host:port, and that of the proxy.
  [[nodiscard]] std::string name() const;
};

/// Error::reason of a failure that a new connection may cure: the pooled one was dead.
inline constexpr std::string_view kStaleConnection = "StaleConnection";
/// Error::reason of a new connection that broke before an answer came.
inline constexpr std::string_view kNoAnswer = "NoAnswer";

/// `step` is the library's message, the only trace of what it was doing; `code` its error code, which mixes several
/// categories. The result names host:port and the cause.
[[nodiscard]] base::Error describe_failure(std::string_view step, unsigned long code, const Peer& peer);

/// The proxy answered with that status in place of the server.
[[nodiscard]] base::Error describe_refusal(int status, const Peer& peer);

[[nodiscard]] base::Error internal_error(std::string_view message, const Peer& peer);

}  // namespace http
