// Events (events.k8s.io/v1) for people: on transitions, best effort, never in the way of the work.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>

#include "api/harbor_registry.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/mutex.hpp"
#include "kube/api.hpp"
#include "runtime/metrics.hpp"

namespace reconcile {

/// The object an Event is about.
struct Regarding {
  std::string api_version = {};
  std::string kind = {};
  std::string ns = {};  ///< empty for a HarborRegistry; its Events are in namespace "default", where kubectl looks
  std::string name = {};
  std::string uid = {};
};

/// The registry's.
[[nodiscard]] Regarding regarding(const api::HarborRegistry& registry);

struct Event {
  Regarding regarding = {};
  bool warning = false;
  std::string reason = {};  ///< plan/reasons.hpp
  std::string action = {};  ///< what the operator was doing: Sync, Attach, ...
  std::string note = {};    ///< at most 1 KiB (cut); never a credential
};

/// Thread-safe. The same event about the same object is sent once in 10 minutes; of more than 1,000 that wait the
/// newest are dropped (constants of client-go tools/record).
class EventRecorder {
 public:
  EventRecorder(kube::Api& api, const base::Clock& clock, base::Log log, runtime::Metrics& metrics,
                std::string instance);
  void record(Event event) EXCLUDES(mutex_);
  /// Sends until `stop`; each at most once.
  void run(const std::stop_token& stop) EXCLUDES(mutex_);

 private:
  /// The next that waits; nullopt on `stop`.
  std::optional<Event> next(const std::stop_token& stop) EXCLUDES(mutex_);
  void send(const Event& event);

  kube::Api& api_;
  const base::Clock& clock_;
  base::Log log_;
  runtime::Metrics& metrics_;
  const std::string instance_;
  base::Mutex mutex_;
  base::CondVar changed_;
  std::deque<Event> waiting_ GUARDED_BY(mutex_);
  std::map<std::string, base::SteadyTime> sent_ GUARDED_BY(mutex_);
};

}  // namespace reconcile
