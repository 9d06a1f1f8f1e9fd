// A connection for subcommands that ask something and end.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "app/options.hpp"
#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "http/transport.hpp"
#include "kube/api.hpp"
#include "runtime/metrics.hpp"

namespace app {

/// Members are destroyed from the last to the first.
struct OneShot {
  std::string server = {};
  std::string ns = {};  ///< the operator's own
  std::unique_ptr<runtime::Metrics> metrics = {};
  std::unique_ptr<http::Transport> transport = {};
  std::unique_ptr<kube::Api> api = {};
};

/// Fails with kInvalid and the remedy when no cluster is configured.
[[nodiscard]] base::Result<OneShot> connect_once(const ClusterOptions& options);

struct Patience {
  base::Millis period{};   ///< between two looks
  base::Millis timeout{};  ///< in all; there is always one look
  std::stop_token stop = {};
};

/// Calls `look` until `well` says of what it gave that it is, or patience is over. Returns what was seen last.
template <class Look, class Well>
[[nodiscard]] auto look_until(Look look, Well well, const Patience& patience) {
  const auto& clock = base::real_clock();
  const auto until = clock.steady() + patience.timeout;
  auto seen = look();
  while (!well(seen) && clock.steady() < until && base::sleep_for(patience.period, patience.stop)) seen = look();
  return seen;
}

}  // namespace app
