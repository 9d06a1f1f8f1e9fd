// The endpoint for probes and metrics: GET on a few fixed paths, over Boost.Beast, with limits and time-outs. Plain
// HTTP; holds nothing secret.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/log.hpp"
#include "base/result.hpp"

namespace runtime {

struct Page {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body = {};
};
/// Path to what makes its page; called on the server's thread, must be quick.
using Routes = std::map<std::string, std::function<Page()>>;

/// One thread. At most 32 connections at once, 8 KiB of headers, no bodies, 5 s to send a request, 5 s to take the
/// answer.
class HttpServer {
 public:
  /// Binds `address` ("host:port", ":8080" is every interface, port 0 picks one). Fails with kInvalid or kUnavailable,
  /// naming the address and the remedy.
  [[nodiscard]] static base::Result<std::unique_ptr<HttpServer>> start(const std::string& address, Routes routes,
                                                                       base::Log log);
  virtual ~HttpServer() = default;  ///< closes all connections and joins the thread
  [[nodiscard]] virtual int port() const = 0;
};

}  // namespace runtime
