// Keeps a Store equal to a collection of the API server: list, watch, and again, until stopped.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string_view>
#include <utility>
#include <vector>

#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/mutex.hpp"
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
  /// Called at each sign of life (a frame, a page, a planned wait), at least every 15 s except during a list request
  /// (up to 60 s), for /livez. May be empty.
  std::function<void()> heartbeat = {};
  /// Called when the watch is lost, with the reason, and with nullptr when it is back. May be empty.
  std::function<void(const base::Error*)> lost = {};
  /// Waits; false when stopped. For tests.
  std::function<bool(std::chrono::milliseconds, const std::stop_token&)> sleep = base::sleep_for;
};

/// Reads one object from its JSON text. Fails with kInvalid for an object that cannot be used: it is logged and
/// skipped, and stops nothing else.
template <class T>
using Parse = std::function<base::Result<T>(std::string_view json)>;

/// Called on the informer's thread for each difference; must not block (enqueue a key, nothing more).
template <class T>
using OnChange = std::function<void(const typename Store<T>::Change&)>;

/// Where an informer's objects go, whatever their kind. Called on the informer's thread only.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void begin() = 0;                                           ///< an empty side buffer
  [[nodiscard]] virtual base::Status add(std::string_view json) = 0;  ///< into the side buffer
  virtual void drop(std::string_view ns, std::string_view name) = 0;  ///< out of the side buffer
  virtual void commit(std::uint64_t resource_version) = 0;            ///< the side buffer is everything there is
  [[nodiscard]] virtual base::Status upsert(std::string_view json) = 0;
  virtual void remove(std::string_view ns, std::string_view name, std::uint64_t resource_version) = 0;
};

/// `run_informer` without the kind.
void follow(const InformerDeps& deps, const Collection& collection, Sink& sink, const std::stop_token& stop);

/// The Sink that is a Store.
template <class T>
class StoreSink final : public Sink {
 public:
  StoreSink(const Parse<T>& parse, Store<T>& store, const OnChange<T>& on_change)
      : parse_(parse), store_(store), on_change_(on_change) {}

  void begin() override { listed_ = {}; }

  [[nodiscard]] base::Status add(std::string_view json) override {
    auto object = parse_(json);
    if (!object) return base::fail(std::move(object.error()));
    listed_.push_back(std::move(*object));
    return {};
  }

  void drop(std::string_view ns, std::string_view name) override {
    std::erase_if(listed_, [&](const T& object) { return object.meta.ns == ns && object.meta.name == name; });
  }

  void commit(std::uint64_t resource_version) override {
    const auto changes = store_.replace(std::exchange(listed_, {}), resource_version);
    for (const auto& change : changes) on_change_(change);
  }

  [[nodiscard]] base::Status upsert(std::string_view json) override {
    auto object = parse_(json);
    if (!object) return base::fail(std::move(object.error()));
    if (const auto change = store_.absorb(std::move(*object))) on_change_(*change);
    return {};
  }

  void remove(std::string_view ns, std::string_view name, std::uint64_t resource_version) override {
    if (const auto change = store_.remove(ns, name, resource_version)) on_change_(*change);
  }

 private:
  const Parse<T>& parse_;
  Store<T>& store_;
  const OnChange<T>& on_change_;
  std::vector<T> listed_ = {};
};

/// Runs until `stop`. Never returns earlier: an absent CRD, a refused list, a stopped server are all waited out with
/// back-off.
template <class T>
// NOLINTNEXTLINE(readability-function-size): two inputs, two outputs, the surroundings and the stop token
void run_informer(const InformerDeps& deps, const Collection& collection, const Parse<T>& parse, Store<T>& store,
                  const OnChange<T>& on_change, const std::stop_token& stop) {
  StoreSink<T> sink(parse, store, on_change);
  follow(deps, collection, sink, stop);
}

}  // namespace kube
