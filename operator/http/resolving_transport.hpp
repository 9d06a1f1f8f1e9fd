// A transport that hands on a request only when the name of its server can be resolved.
#pragma once

#include <memory>
#include <string>

#include "base/clock.hpp"
#include "http/resolve.hpp"
#include "http/transport.hpp"

namespace http {

struct ResolvingOptions {
  std::string host = {};  ///< of the server that the inner transport leads to
  std::shared_ptr<Resolver> resolver = nullptr;
  const base::Clock* clock = &base::real_clock();  ///< outlives the transport
};

/// Looks the name up before a request unless that, or a request, succeeded in the last 30 s; the time it takes counts
/// against the request's deadline. Fails as the resolver and `inner` do.
[[nodiscard]] std::unique_ptr<Transport> make_resolving_transport(std::unique_ptr<Transport> inner,
                                                                  ResolvingOptions options);

}  // namespace http
