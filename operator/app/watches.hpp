// The informers of the operator: one thread each, into the World; handlers enqueue keys and nothing more.
#pragma once

#include <atomic>
#include <list>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "http/transport.hpp"
#include "kube/informer.hpp"
#include "kube/request.hpp"
#include "plan/docker_config.hpp"
#include "reconcile/world.hpp"
#include "runtime/metrics.hpp"
#include "runtime/queue.hpp"

namespace app {

struct WatchDeps {
  http::Transport& transport;
  const base::Clock& clock;
  const base::Log& log;
  const plan::DigestKeys& keys;
  reconcile::World& world;
  runtime::Queue& namespaces;
  runtime::Queue& registries;
  runtime::Queue& credentials;
  runtime::Queue& pods;
  runtime::Metrics& metrics;
};

/// Starts on `start`; stops and joins on destruction.
class Watches {
 public:
  explicit Watches(const WatchDeps& deps) : deps_(deps) {}
  void start();

  /// Until now keys are not enqueued: a standby's queue would only grow. Call before the reconcilers enqueue
  /// everything.
  void enqueue_from_now_on() { enqueue_ = true; }
  [[nodiscard]] bool synced() const;
  /// Every watch gave a sign of life lately.
  [[nodiscard]] bool alive() const;

 private:
  struct Watch {
    std::atomic<base::SteadyTime::rep> last_sign{0};
    std::jthread thread = {};
  };
  /// One collection: where it comes from, where it goes, who is told.
  template <class T>
  struct Followed {
    const char* kind = "";
    kube::Collection collection;
    kube::Store<T>& store;
    kube::Parse<T> parse;
    kube::OnChange<T> on_change;
  };
  template <class T>
  void follow(Followed<T> what);
  /// Watches pending Pods while a registry wants that. Not one of the caches that readiness waits for.
  void follow_pods();
  void watch_pods_until(const std::stop_token& stop, const std::function<void()>& heartbeat);
  [[nodiscard]] bool pods_wanted() const;
  void pods_lost(const base::Error* error);
  void namespace_changed(const kube::Store<api::Namespace>::Change& change);
  void source_changed(const kube::Store<api::SourceSecret>::Change& change);
  void secret_changed(const kube::Store<api::PullSecret>::Change& change);
  void enqueue_leaving_registries();
  void enqueue_all_registries();

  WatchDeps deps_;
  std::atomic<bool> enqueue_{false};
  std::list<Watch> watches_;
};

}  // namespace app
