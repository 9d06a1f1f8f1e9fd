// A server on 127.0.0.1 whose behaviour is a function: as rude as a test needs. One thread a connection.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "support/authority.hpp"

namespace transport_test {

using support::Authority;
using support::Identity;
using support::Wish;

/// What the server does with TLS; none means plain HTTP.
struct ServerTls {
  Identity identity;
  std::string client_ca = {};  ///< not empty: a client certificate is required
  int highest_version = TLS1_3_VERSION;
};

/// One accepted connection, used by its thread only.
class Connection {
 public:
  Connection(int number, int descriptor, SSL* tls) : number_(number), descriptor_(descriptor), tls_(tls) {}

  /// From 0 in the order of acceptance.
  [[nodiscard]] int number() const { return number_; }
  /// One request (head and body, as they came), or nothing when the client closed.
  [[nodiscard]] std::optional<std::string> request();
  /// Whether all went out.
  bool write(const std::string& bytes);
  bool reply(const std::string& body, const std::string& headers = {}, int status = 200);
  /// Ends the connection with an RST.
  void reset();
  /// Waits until the client closes; false after `limit`.
  [[nodiscard]] bool closed_within(std::chrono::milliseconds limit);
  /// The name the client asked for.
  [[nodiscard]] std::string sni() const;

 private:
  [[nodiscard]] bool fill();

  int number_;
  int descriptor_;
  SSL* tls_;
  std::string input_;
};

class Server {
 public:
  using Script = std::function<void(Connection&)>;

  explicit Server(Script script, std::optional<ServerTls> tls = std::nullopt);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] int port() const { return port_; }
  /// scheme://host:port
  [[nodiscard]] std::string url(const std::string& host = "127.0.0.1") const;
  [[nodiscard]] int connections() const;

 private:
  void accept_all();
  void serve(int number, int descriptor);

  Script script_;
  std::shared_ptr<SSL_CTX> tls_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<int> descriptors_;  ///< -1 when closed
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

/// A script that answers each request with `body` until the client closes.
[[nodiscard]] Server::Script answering(std::string body);

/// "<length>\r\n<data>\r\n"
[[nodiscard]] std::string chunk(const std::string& data);
inline const std::string kChunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

}  // namespace transport_test
