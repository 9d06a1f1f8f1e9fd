// Harbor: one request in, one reply out, state in between.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>

#include "harbor/double/auth.hpp"
#include "harbor/double/model.hpp"
#include "harbor/double/registry_proxy.hpp"
#include "harbor/double/token.hpp"

namespace harbor_double {

/// Who a request came from, for the journal.
struct Sender {
  std::string caller = {};   ///< login name; empty: nobody
  std::string claimed = {};  ///< user name of the Basic header
};

/// Thread-safe. Blocks for as long as a failed login takes, and while the registry works.
class Harbor {
 public:
  Harbor(State state, const std::string& registry_url);

  [[nodiscard]] Response answer(const Request& request, Sender& sender);

  /// The state under its lock; `use` must not call back.
  void with_state(const std::function<void(State&)>& use);
  /// Harbor's own clock.
  [[nodiscard]] Time now() const;
  void shift_clock(Time offset) { offset_ = offset; }
  [[nodiscard]] Time clock_shift() const { return offset_; }
  /// Whether the registry behind is reached.
  void set_registry_up(bool up) { registry_up_ = up; }
  [[nodiscard]] const TokenKey& key() const { return key_; }

 private:
  struct Checked {
    Profile profile;
    bool read_only;
  };
  [[nodiscard]] Checked settings();
  [[nodiscard]] Response decide(const Request& request, const Caller& caller);
  [[nodiscard]] Response v2(const Request& request, const Caller& caller);

  std::mutex mutex_;
  State state_;
  const RegistryProxy registry_;
  const TokenKey key_;
  std::atomic<Time> offset_{0};
  std::atomic<bool> registry_up_{true};
};

}  // namespace harbor_double
