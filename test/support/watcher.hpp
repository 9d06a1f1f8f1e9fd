// An observer that does not depend on the operator: follows one collection and notes when each change became visible.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <thread>

#include "base/mutex.hpp"
#include "support/client.hpp"

namespace support {

struct Event {
  std::chrono::steady_clock::time_point at = {};  ///< when its bytes had arrived
  std::string type =
      {};  ///< LISTED (was there before), ADDED, MODIFIED, DELETED, ERROR, RELISTED (what follows: LISTED)
  Json object = {};

  [[nodiscard]] std::string name() const;
  [[nodiscard]] std::string ns() const;
};

/// Lists, then watches on a thread of its own until destroyed. It comes back when the stream ends or the server goes
/// away; after a 410 it lists again. Thread-safe.
class Watcher {
 public:
  using Predicate = std::function<bool(const Event&)>;

  /// Returns when the list is in: no later change is missed. Throws Failure when the server refuses. `collection_path`
  /// may carry selectors: "/api/v1/secrets?fieldSelector=metadata.name%3Dharbor-pull".
  Watcher(const Client& client, std::string collection_path);
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  /// How many events were seen so far; pass it on as `from` to look only at later ones.
  [[nodiscard]] std::size_t count() const;
  [[nodiscard]] std::vector<Event> events(std::size_t from = 0) const;
  /// The first event that fits, waiting for it; nothing after `timeout`.
  [[nodiscard]] std::optional<Event> find(Millis timeout, const Predicate& fits, std::size_t from = 0) const;
  /// As find(); throws Failure with `what` and the events seen.
  Event wait_for(const std::string& what, Millis timeout, const Predicate& fits, std::size_t from = 0) const;
  /// Waits until `enough` events fit, and returns the time of the last of them; nothing after `timeout`.
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> wait_for_count(std::size_t enough, Millis timeout,
                                                                                    const Predicate& fits,
                                                                                    std::size_t from = 0) const;

 private:
  void follow(const std::stop_token& stop);
  void list();
  void read(http::Stream& stream, const std::stop_token& stop);
  void take(std::string_view line, std::chrono::steady_clock::time_point at);
  void record(Event event);

  const Client client_;
  const std::string path_;
  std::string version_;  ///< of the watch to come; only the watching thread's after construction
  mutable base::Mutex mutex_;
  mutable base::CondVar changed_;
  std::deque<Event> events_ GUARDED_BY(mutex_);
  std::jthread thread_;
};

}  // namespace support
