// http::Transport over cpprestsdk. Its .cpp is the only file that includes cpprestsdk.
#pragma once

#include <memory>
#include <string>

#include "http/tls.hpp"
#include "http/transport.hpp"

namespace http {

struct CpprestOptions {
  std::string base_url;  ///< scheme://host[:port], no path, no user
  TlsConfig tls = {};
};

/// Starts cpprestsdk's thread pool with `threads` threads. Once per process, before the first transport; later calls do
/// nothing. Two are enough: no continuation of ours blocks.
void initialize_threads(std::size_t threads);

/// Fails with kInvalid for a URL that is not http(s)://host[:port] or for unusable PEM.
[[nodiscard]] base::Result<std::unique_ptr<Transport>> make_cpprest_transport(CpprestOptions options);

}  // namespace http
