// A server, a proxy before it and a client before that.
#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/fault_proxy.hpp"
#include "transport/server.hpp"

namespace fault_proxy_test {

using support::Fault;
using support::FaultMode;
using support::FaultProxy;
using support::FaultProxyOptions;
using support::Millis;

inline constexpr Millis kSoon{10'000};

/// A client connection whose bytes the test sees.
class RawClient {
 public:
  /// REQUIREs that the proxy is reached.
  explicit RawClient(const FaultProxy& proxy);

  void send(const std::string& bytes) { REQUIRE(wire_.write(bytes)); }
  /// Everything up to and with `mark`; nothing when the connection ended before.
  std::optional<std::string> read_until(const std::string& mark);
  /// One request without body, and the whole answer to it when that has a Content-Length.
  std::optional<std::string> ask(const std::string& method, const std::string& target, const std::string& body = "");
  [[nodiscard]] bool ends_soon() { return wire_.ends_within(kSoon); }
  void close() { wire_.finish(); }

 private:
  support::Wire wire_;
  std::string got_;
};

enum class Tls { kNo, kYes };

/// A server that answers each request with "done" and remembers what it was asked.
class Upstream {
 public:
  explicit Upstream(Tls tls = Tls::kNo);
  /// Another behaviour.
  explicit Upstream(transport_test::Server::Script script, Tls tls = Tls::kNo);

  [[nodiscard]] FaultProxyOptions behind() const {
    return {.upstream = server_->url(), .upstream_ca = ca_, .tls = false};
  }
  [[nodiscard]] std::vector<std::string> seen() const;
  [[nodiscard]] int connections() const { return server_->connections(); }

 private:
  void start(transport_test::Server::Script script, Tls tls);

  mutable base::Mutex mutex_;
  std::vector<std::string> seen_ GUARDED_BY(mutex_);
  std::string ca_;
  std::unique_ptr<transport_test::Server> server_;
};

/// "POST /path HTTP/1.1" of a request's text.
[[nodiscard]] std::string first_line(const std::string& message);
/// Whether a new connection to the proxy is refused.
[[nodiscard]] bool refuses(const FaultProxy& proxy);

}  // namespace fault_proxy_test
