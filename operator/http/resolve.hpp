// Whether a name can be resolved, told in time. cpprestsdk resolves all names by one thread that nothing can interrupt:
// a name server that does not answer would hold up every other connection, the API server's too.
#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>

#include "base/result.hpp"

namespace http {

/// Thread-safe; blocks.
class Resolver {
 public:
  virtual ~Resolver() = default;
  /// An address needs no resolving. Fails with kUnavailable ("cannot resolve NAME: reason"), kTimeout, kCancelled.
  [[nodiscard]] virtual base::Status resolve(const std::string& host, std::chrono::milliseconds limit,
                                             const std::stop_token& stop) = 0;
};

/// Asks the system, by a thread for each name that is left behind when it takes too long; four at most, so that names
/// nobody answers for do not heap up threads. Two callers for one name share its thread. One for the process is enough.
[[nodiscard]] std::shared_ptr<Resolver> make_resolver();

}  // namespace http
