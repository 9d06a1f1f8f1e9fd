// One HTTP exchange as values. An answer of 404 is a response, not an error.
#pragma once

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace http {

struct Header {
  std::string name;
  std::string value;
  bool operator==(const Header&) const = default;
};
using Headers = std::vector<Header>;

struct Request {
  std::string method = "GET";
  std::string target;    ///< path and query, percent-encoded, beginning with '/'
  Headers headers = {};  ///< neither Host nor Content-Length: the transport's
  std::string body = {};
  /// Whether sending it twice has the effect of sending it once. Only such a request is sent again, once, when a pooled
  /// connection turns out to be dead.
  bool idempotent = true;

  bool operator==(const Request&) const = default;
};

struct Response {
  int status = 0;
  Headers headers = {};
  std::string body = {};

  /// The first header of that name (any case), or empty.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

/// Bounds of one exchange.
struct Limits {
  std::chrono::milliseconds deadline{30'000};  ///< total: name resolution, connection, request, whole answer
  std::size_t max_body = 8U << 20U;            ///< bytes of answer; more is kTooLarge
  std::stop_token stop = {};                   ///< ends the exchange with kCancelled
};

}  // namespace http
