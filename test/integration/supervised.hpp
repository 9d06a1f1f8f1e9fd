// An operator that comes back when it dies, as in a cluster, so that a test's story can go on over a crash.
#pragma once

#include <string>
#include <thread>
#include <vector>

#include "base/mutex.hpp"
#include "support/operator.hpp"

namespace integration {

/// Starts the operator on a thread of its own, and again as soon as it ended. Ended with SIGTERM when this object goes.
/// Thread-safe.
class Supervised {
 public:
  Supervised(const support::ControlPlane& cluster, support::OperatorOptions options);
  ~Supervised();
  Supervised(const Supervised&) = delete;
  Supervised& operator=(const Supervised&) = delete;

  /// SIGKILL to the one that runs; nothing of it runs any more after that. For a FaultPlan's hook.
  void kill();
  /// Whether the one that runs now says so by itself.
  [[nodiscard]] bool ready() const;
  [[nodiscard]] int starts() const;

  struct Told {
    std::vector<std::string> logs = {};      ///< of those that ended
    std::vector<std::string> troubles = {};  ///< ends that were not kill()'s, and starts that failed
  };
  /// Ends it for good.
  Told stop();

 private:
  void supervise(const std::stop_token& stop);
  void note_trouble(const std::string& what);
  void attend(support::Operator& one, const std::stop_token& stop);

  const support::ControlPlane& cluster_;
  const support::OperatorOptions options_;
  mutable base::Mutex mutex_;
  pid_t running_ GUARDED_BY(mutex_) = -1;
  pid_t killed_ GUARDED_BY(mutex_) = -1;
  bool ready_ GUARDED_BY(mutex_) = false;
  int starts_ GUARDED_BY(mutex_) = 0;
  Told told_ GUARDED_BY(mutex_);
  std::jthread thread_;
};

}  // namespace integration
