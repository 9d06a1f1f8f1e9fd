// http::Transport over cpprestsdk. Only its .cpp and that of cpprest_client.hpp include cpprestsdk.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "http/proxy_choice.hpp"
#include "http/tls.hpp"
#include "http/transport.hpp"

namespace http {

struct CpprestOptions {
  std::string base_url;  ///< scheme://host[:port], no path, no user
  TlsConfig tls = {};
  /// Leads to the server: as a tunnel (CONNECT) for https, where the server's certificate is verified as without it.
  /// `tls.server_name` cannot be had with it.
  std::optional<Proxy> proxy = std::nullopt;
  /// A proxy that is silent for so long in the middle of an exchange is given up; a stream that is quiet, too.
  std::chrono::milliseconds proxy_silence{30'000};
};

/// Starts cpprestsdk's thread pool with `threads` threads. Once per process, before the first transport; later calls do
/// nothing. Two are enough: no continuation of ours blocks.
void initialize_threads(std::size_t threads);

/// Fails with kInvalid for a URL that is not http(s)://host[:port] or for unusable PEM. What a proxy refuses is
/// kUnavailable; that of a plain-HTTP server, but for 407, cannot be told from the server's own answer.
[[nodiscard]] base::Result<std::unique_ptr<Transport>> make_cpprest_transport(CpprestOptions options);

}  // namespace http
