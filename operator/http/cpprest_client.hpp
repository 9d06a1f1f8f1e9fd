// cpprestsdk's client as its transport needs it: time, TLS and the proxy.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "http/failure.hpp"

namespace web::http::client {
class http_client;
}  // namespace web::http::client

namespace http {

struct ClientOptions {
  std::string base_url = {};
  std::shared_ptr<const Peer> peer = nullptr;
  std::chrono::milliseconds proxy_silence{};  ///< see CpprestOptions
};

/// A client with an empty pool of connections. May throw what the library throws.
[[nodiscard]] std::shared_ptr<web::http::client::http_client> make_client(const ClientOptions& options);

}  // namespace http
