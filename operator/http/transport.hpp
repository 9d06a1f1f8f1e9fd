// The seam to the network. Everything above it is tested without a socket; everything below it is two files.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "http/message.hpp"

namespace http {

/// The answer to a request whose body comes over time (a watch). One reader at a time; destroying it closes the
/// connection.
class Stream {
 public:
  virtual ~Stream() = default;
  [[nodiscard]] virtual int status() const = 0;
  /// The first header of that name (any case), or empty.
  [[nodiscard]] virtual std::string header(std::string_view name) const = 0;
  /// Bytes as they arrived, at least one; blocks until then. An empty string is the regular end. Fails with kTimeout
  /// when nothing came for `silence` (the stream stays usable), kUnavailable when the connection broke, kCancelled on
  /// `stop`.
  [[nodiscard]] virtual base::Result<std::string> read(std::chrono::milliseconds silence,
                                                       const std::stop_token& stop) = 0;
};

/// Exchanges with one server. Thread-safe; blocks the caller. Fails with kUnavailable (refused, reset, not resolved),
/// kTimeout, kTls (the message names the cause), kTooLarge, kCancelled, kInvalid (a header or target with control
/// characters). Redirects are responses: never followed, so a credential never reaches another host.
class Transport {
 public:
  virtual ~Transport() = default;
  [[nodiscard]] virtual base::Result<Response> send(const Request& request, const Limits& limits) = 0;
  /// Opens a stream; `limits.deadline` bounds the time until the status line, `limits.max_body` the bytes that may wait
  /// unread (the server is then slowed, not the stream broken).
  [[nodiscard]] virtual base::Result<std::unique_ptr<Stream>> open(const Request& request, const Limits& limits) = 0;
};

}  // namespace http
