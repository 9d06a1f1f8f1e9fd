// A transport that speaks for one identity and keeps it fresh: adds the bearer token and User-Agent, reads token, CA
// and client certificate files again when they change, repeats a request once when a 401 met an outdated token.
#pragma once

#include <functional>
#include <memory>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "http/transport.hpp"
#include "kube/config.hpp"

namespace kube {

/// Makes the transport below the session from the current server and TLS texts. Called at the start and after each
/// change of CA or client certificate; the old transport lives until its last exchange ends.
using TransportFactory = std::function<base::Result<std::unique_ptr<http::Transport>>(const std::string& server,
                                                                                      const http::TlsConfig& tls)>;

/// Called after every exchange, for metrics: method, status (0 when none), time until the answer or, of a stream, its
/// status line. A repeated request is two exchanges. On the caller's thread.
using ExchangeObserver = std::function<void(std::string_view method, int status, std::chrono::milliseconds took)>;

/// Thread-safe. A token file is read again after 60 s or a 401, CA and certificate files are looked at every 60 s or
/// after a TLS failure; an unreadable, empty or half-written file leaves what was in use (logged once). A request whose
/// 401 or TLS failure met an outdated identity is repeated once, within its deadline; after a TLS failure only if it is
/// idempotent. `clock` must outlive the session. Fails with kInvalid when the configuration cannot be used at all.
[[nodiscard]] base::Result<std::unique_ptr<http::Transport>> make_session(Config config, TransportFactory factory,
                                                                          const base::Clock& clock, base::Log log,
                                                                          ExchangeObserver observer);

}  // namespace kube
