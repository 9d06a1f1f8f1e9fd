// What can go wrong, as a closed set of kinds. Code branches on the kind, people read the message.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace base {

/// Every failure the operator tells apart. Adding one breaks each switch that must name it.
enum class ErrorKind {
  kInvalid,       ///< the input (flag, file, resource, answer) is malformed; the same input fails again
  kNotFound,      ///< the object or path is not there (HTTP 404)
  kConflict,      ///< somebody else changed or owns it (409, failed JSON Patch test); look again, decide again
  kExpired,       ///< the resource version is too old (410); list again
  kUnauthorized,  ///< the server does not know us (401)
  kForbidden,     ///< the server knows us and refuses: RBAC, quota, admission (403)
  kRejected,      ///< the server understood and found the object invalid (400, 405, 413, 415, 422)
  kThrottled,     ///< 429
  kUnavailable,   ///< no connection, or 5xx
  kTimeout,       ///< a deadline passed; the effect is unknown
  kTls,           ///< the peer's certificate is not trusted; the message names the cause
  kTooLarge,      ///< a size cap was exceeded
  kCancelled,     ///< we are stopping
  kRefused,       ///< our own rules forbid the step (a foreign object, a contended ServiceAccount)
  kInternal,      ///< a bug of ours
};

struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string message;  ///< one sentence for people; never holds a credential
  int http_status = 0;  ///< 0 when no answer was read
  std::optional<std::chrono::milliseconds> retry_after = std::nullopt;  ///< what the server asked for
  std::string reason = {};  ///< machine word of the server (Kubernetes Status.reason or a cause), may be empty
};

/// "Conflict", "TLS" and so on, for logs and metrics.
[[nodiscard]] std::string_view name(ErrorKind kind);

/// Whether the same step may succeed later although nothing here changes.
[[nodiscard]] bool retryable(ErrorKind kind);

}  // namespace base
