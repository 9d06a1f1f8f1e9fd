// From Beast's messages to ours and back to bytes.
#pragma once

#include <boost/beast/http.hpp>
#include <string>

#include "harbor/double/exchange.hpp"
#include "harbor/double/text.hpp"

namespace harbor_double {

using Incoming = boost::beast::http::request<boost::beast::http::string_body>;

[[nodiscard]] Request to_request(const Incoming& message);

struct WireOptions {
  bool head = false;
  bool keep_alive = true;
  std::string date = {};
};

/// Head and body of a reply.
struct Bytes {
  std::string head;
  std::string body;
};

[[nodiscard]] Bytes to_bytes(const Response& response, const WireOptions& options);

}  // namespace harbor_double
