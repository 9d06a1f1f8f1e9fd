// What passed through a FaultProxy.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.hpp"

namespace support {

/// Bodies hold what the operator sends, credentials included: look at them, do not print them.
struct LoggedRequest {
  int number = 0;  ///< from 1, in the order in which this proxy had them whole
  std::string method = {};
  std::string target = {};  ///< path and query
  std::string body = {};    ///< its beginning, without the framing
  std::string write = {};   ///< its name in the plan; empty: not a counted write
  int upstream = 0;         ///< the status that the server answered; 0: not asked, or no answer
  int status = 0;           ///< the status that the client was told; 0: not yet, or never
  bool cut = false;         ///< the connection ended before the client had all of an answer

  /// "200", "cut" or "open".
  [[nodiscard]] std::string outcome() const { return cut ? "cut" : status == 0 ? "open" : std::to_string(status); }
};

/// Thread-safe.
class RequestLog {
 public:
  explicit RequestLog(std::size_t max_body) : max_body_(max_body) {}

  /// Returns the number.
  int add(LoggedRequest request);
  void name_write(int number, const std::string& name);
  void upstream_said(int number, int status);
  void told(int number, int status);
  void cut(int number);
  [[nodiscard]] std::vector<LoggedRequest> all() const;

 private:
  const std::size_t max_body_;
  mutable base::Mutex mutex_;
  std::vector<LoggedRequest> requests_ GUARDED_BY(mutex_);
};

}  // namespace support
