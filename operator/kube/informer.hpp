// Keeps a Store equal to a collection of the API server: list, watch, and again, until stopped.
#pragma once

#include <functional>
#include <string_view>

#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "http/transport.hpp"
#include "kube/request.hpp"
#include "kube/store.hpp"

namespace kube {

/// What an informer needs besides its kind.
struct InformerDeps {
  http::Transport& transport;
  const base::Clock& clock;
  base::Random random;
  base::Log log;
  /// Called at each sign of life (a frame, a page, a planned wait), for /livez. May be empty.
  std::function<void()> heartbeat = {};
};

/// Reads one object from its JSON text. Fails with kInvalid for an object that cannot be used: it is logged and skipped, and
/// stops nothing else.
template <class T>
using Parse = std::function<base::Result<T>(std::string_view json)>;

/// Called on the informer's thread for each difference; must not block (enqueue a key, nothing more).
template <class T>
using OnChange = std::function<void(const typename Store<T>::Change&)>;

/// Runs until `stop`. Never returns earlier: an absent CRD, a refused list, a stopped server are all waited out with back-off.
template <class T>
void run_informer(const InformerDeps& deps, const Collection& collection, const Parse<T>& parse, Store<T>& store,
                  const OnChange<T>& on_change, const std::stop_token& stop);

}  // namespace kube
