// Calls to the API server: a request in, a body or an Error out. The one table from answers to error kinds.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "http/transport.hpp"

namespace kube {

/// Whether the server's words may be repeated. A rejected Secret may be quoted in the answer, so of answers about
/// Secrets only the code, the reason and, for 403 and 409, the message are kept.
enum class Content { kPlain, kSecret };

/// Thread-safe; blocks.
class Api {
 public:
  virtual ~Api() = default;
  /// The body of a 2xx answer. 409, and every 422 to a JSON Patch (a failed test looks like that), are kConflict; 410
  /// and Expired kExpired; 429 kThrottled; 5xx kUnavailable; other codes as error.hpp says. `Error::reason` is
  /// Status.reason, or the cause's that says more: NamespaceTerminating (403), FieldManagerConflict (409),
  /// ResourceVersionTooLarge (504). `Error::retry_after` is from the header, else from Status.details; at most 5 min.
  [[nodiscard]] virtual base::Result<std::string> call(const http::Request& request, Content content,
                                                       const http::Limits& limits) = 0;
};

[[nodiscard]] std::unique_ptr<Api> make_api(http::Transport& transport);

/// The table itself: turns a non-2xx answer into an Error.
[[nodiscard]] base::Error to_error(const http::Response& response, Content content);

}  // namespace kube
