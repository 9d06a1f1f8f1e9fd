// Every crash between any two writes: a story is told again and again, each time with the operator killed at another of
// its writes, until a telling comes to its end without a crash.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "integration/diary.hpp"
#include "integration/supervised.hpp"
#include "support/fault_proxy.hpp"

namespace integration {

struct CrashOptions {
  std::vector<support::FaultMode> modes = {support::FaultMode::kBeforeEffect, support::FaultMode::kAfterEffect,
                                           support::FaultMode::kAfterAnswer};
  support::WriteFilter counts = support::but_leases_and_events();
  int most_writes = 60;  ///< a story with more fails: it does not come to rest
  Millis bound{60'000};  ///< a telling that takes longer fails; each wait in it needs its own patience
  Millis quiet{1'200};   ///< without a write for this long, all is done; status is written at most once a second
};

/// At which write of a telling the operator dies: the k-th, or the one of a name.
struct CrashTarget {
  int write = 0;
  std::string name = {};  ///< "PATCH /api/v1/namespaces/x-*-1/secrets/y #1"; * is the id of the scene; see call()
  support::FaultMode mode = support::FaultMode::kBeforeEffect;
};

/// One telling: a scene of its own, proxies in front of the API server and whatever else, and an operator behind them
/// that comes back when it dies. Not thread-safe.
class CrashPoint {
 public:
  CrashPoint(const CrashOptions& options, CrashTarget target);
  /// Ends the operator; what it did by itself and should not have is a failure of the test.
  ~CrashPoint();
  CrashPoint(const CrashPoint&) = delete;
  CrashPoint& operator=(const CrashPoint&) = delete;

  [[nodiscard]] Scene& scene() { return scene_; }
  /// One more proxy whose writes count, for a server that the operator is told of by the story; before start().
  support::FaultProxy& stand_before(support::FaultProxyOptions server);
  /// Starts the operator behind the proxy of the API server; does not wait.
  void start(support::OperatorOptions options = alone());
  /// What the names of writes hold in this telling only, an id say, and what stands for it in all. Before arm().
  void call(std::string here, std::string everywhere) { aliases_.emplace_back(std::move(here), std::move(everywhere)); }
  /// The story's writes begin here: number 1 is the next. Once; before start(), or later, after wait_quiet().
  void arm();
  /// Waits until the operator is ready, has not died and has not written for a while.
  void wait_quiet();

  /// How often the operator was started so far.
  [[nodiscard]] int starts() const { return operator_ ? operator_->starts() : 0; }
  [[nodiscard]] bool crashed() const { return !plan_->fired().empty(); }
  /// The write at which it died, or whose reply was lost, as in CrashTarget; empty without a crash.
  [[nodiscard]] std::string died_at() const;
  /// The story's writes up to the crash, that one included, in the same way.
  [[nodiscard]] std::vector<std::string> writes() const;
  [[nodiscard]] const support::FaultPlan& plan() const { return *plan_; }
  /// Of the API server.
  [[nodiscard]] const support::FaultProxy& proxy() const { return *proxies_.front(); }

 private:
  [[nodiscard]] std::string told_name(std::string name) const;
  [[nodiscard]] std::string real_name(std::string name) const;

  const CrashOptions options_;
  const CrashTarget target_;
  Scene scene_{Scene::Begin::kWithoutOperator};
  std::shared_ptr<support::FaultPlan> plan_;
  std::vector<std::pair<std::string, std::string>> aliases_;
  std::size_t armed_at_ = 0;  // so many writes were before the story's
  std::optional<Supervised> operator_;
  std::vector<std::unique_ptr<support::FaultProxy>> proxies_;  // last: their hooks use what is above
};

using Story = std::function<void(CrashPoint&)>;

/// For k = 1, 2, ... and each mode: tells the story, in which the operator dies at write k and comes back, waits until
/// all is quiet and calls `check`; up to the first k at which nothing crashed. Workers write in no fixed order, so
/// write k is not always the same: writes that met not every mode are then chosen by name, once. Tellings without a
/// crash are checked too. Each is printed with the name of its write. Returns how many crashed. The story calls start()
/// and arm(), and waits for what it brings about; REQUIRE and CHECK work in both.
int each_crash_point(const CrashOptions& options, const Story& story, const Story& check);

}  // namespace integration
