// HTTP/1.1 with nothing added and nothing taken away: every header as given, one connection for each request.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "harbor/conformance/json.hpp"
#include "harbor/conformance/match_answer.hpp"

namespace conformance {

struct Message {
  std::string method = {};
  std::string target = {};
  Headers headers = {};  ///< Content-Length and Connection are added; Host is not
  std::string body = {};
};

/// A server. Safe to use from several threads.
class Wire {
 public:
  /// `url` is http://host:port or https://host[:port]; `ca` is a PEM file to trust instead of the system's.
  /// Throws support::Failure when one of them cannot be used.
  explicit Wire(const std::string& url, const std::string& ca = {});
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  /// Throws support::Failure when there is no whole answer within 60 s.
  [[nodiscard]] Answer send(const Message& message) const;
  /// host:port of the URL, for a Host header.
  [[nodiscard]] std::string authority() const { return host_ + ":" + port_; }

 private:
  struct Tls;
  std::string host_;
  std::string port_;
  std::unique_ptr<Tls> tls_;
};

}  // namespace conformance
