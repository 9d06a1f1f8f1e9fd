// The judge of every figure: sees Secrets and ServiceAccounts as any client would, and knows neither operator nor
// floor.
#pragma once

#include <set>
#include <string>

#include "support/watcher.hpp"

namespace bench {

using Steady = std::chrono::steady_clock;

/// What the observer had seen when a measurement began.
struct Mark {
  std::size_t secrets = 0;
  std::size_t accounts = 0;
};

/// Follows the Secrets of one name and the ServiceAccounts `default`. Thread-safe.
class Observer {
 public:
  Observer(const support::Client& client, std::string secret_name);

  [[nodiscard]] Mark mark() const { return {secrets_.count(), accounts_.count()}; }

  /// When the last of `count` different namespaces had its Secret with that password. Throws support::Failure after
  /// `patience`.
  Steady::time_point secrets_right(std::size_t count, const std::string& password, const Mark& from,
                                   support::Millis patience) const;
  /// The same for the reference on `default`.
  Steady::time_point accounts_right(std::size_t count, const Mark& from, support::Millis patience) const;
  /// Both.
  Steady::time_point all_right(std::size_t count, const std::string& password, const Mark& from,
                               support::Millis patience) const;
  /// Both, in one namespace.
  Steady::time_point right(const std::string& ns, const std::string& password, const Mark& from,
                           support::Millis patience) const;

 private:
  [[nodiscard]] bool is_right(const support::Event& secret, const std::string& password) const;
  [[nodiscard]] bool is_attached(const support::Event& account) const;

  const std::string name_;
  support::Watcher secrets_;
  support::Watcher accounts_;
};

}  // namespace bench
