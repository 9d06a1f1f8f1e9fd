// A connection made only to learn why another one failed.
#pragma once

#include <chrono>

#include "base/result.hpp"
#include "http/request_check.hpp"
#include "http/tls_context.hpp"

namespace http {

/// Shakes hands with `endpoint`. Fails with kTls when that failed (the message names endpoint and cause), kUnavailable
/// or kTimeout when it did not come so far. Blocks at most `limit`.
[[nodiscard]] base::Status probe_tls(TlsContext& tls, const Endpoint& endpoint, std::chrono::milliseconds limit);

}  // namespace http
