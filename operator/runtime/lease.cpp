#include "runtime/lease.hpp"

#include <algorithm>
#include <thread>

#include "runtime/elector.hpp"

namespace runtime {
namespace {

constexpr double kJitter = 1.2;                      // client-go tools/leaderelection JitterFactor
constexpr std::chrono::seconds kReleasePatience{3};  // of a pod's 30 s to end, most belongs to the runs under way
constexpr base::Millis kReleasePause{200};
constexpr int kReleaseTries = 5;

/// One election from start to end; holds what its phases share.
class Election {
 public:
  Election(const LeaseOptions& options, kube::Api& api, const base::Clock& clock, const base::Log& log)
      : options_(options),
        clock_(clock),
        log_(log.with({{"lease", options.ns + "/" + options.name}, {"identity", options.identity}})),
        elector_(options, api, clock) {}

  /// True when we lead, false on `stop`.
  bool acquire(const base::Random& random, const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const auto held = elector_.attempt(clock_.steady() + options_.renew_deadline, stop);
      const bool ours = held && *held == Elector::Holder::kUs;
      if (ours && clock_.steady() < deadline()) return true;  // else we were paused in between: look again
      if (!stop.stop_requested()) say_waiting(held);
      const double stretched = static_cast<double>(options_.retry_period.count()) * (1.0 + random() * kJitter);
      options_.sleep(base::Millis{static_cast<std::int64_t>(stretched)}, stop);
    }
    return false;
  }

  LeaseEnd lead(const std::function<void(const std::stop_token&)>& lead, const std::stop_token& stop) {
    log_.info("became leader");
    tell_leadership();  // before the first write of the leader asks
    std::stop_source ended;
    bool held = false;
    {
      std::jthread leader([&](const std::stop_token& token) {
        lead(token);
        ended.request_stop();
      });
      const std::stop_callback forward(stop, [&] { leader.request_stop(); });
      held = keep(ended.get_token());
      if (options_.leadership != nullptr && !held) options_.leadership->drop();
      leader.request_stop();
    }  // joins
    if (options_.leadership != nullptr) options_.leadership->drop();
    if (!held) return LeaseEnd::kLost;
    release();
    return LeaseEnd::kStopped;
  }

  /// Does nothing when the lease cannot be ours. Not bound to the stop token, which is stopped by now.
  void release() {
    if (!elector_.may_hold()) return;
    const auto until = clock_.steady() + kReleasePatience;
    for (int tries = 1;; ++tries) {
      const auto released = elector_.release(until);
      if (released) return log_.info("released the lease");
      if (tries == kReleaseTries || clock_.steady() + kReleasePause >= until) {
        return log_.warn("cannot release the lease, it will expire", {{"error", released.error().message}});
      }
      options_.sleep(kReleasePause, {});
    }
  }

 private:
  [[nodiscard]] base::SteadyTime deadline() const { return elector_.renewed_at() + options_.renew_deadline; }
  void tell_leadership() {
    if (options_.leadership != nullptr) options_.leadership->hold_until(deadline());
  }

  /// Renews until `ended` (true) or until the lease is lost (false). After a pause of the process the deadline is
  /// looked at first, so that the leader's token is stopped before anything is asked of the network.
  bool keep(const std::stop_token& ended) {
    while (true) {
      const auto until = deadline();
      tell_leadership();
      const auto left = std::chrono::ceil<base::Millis>(until - clock_.steady());
      if (left > base::Millis{0}) options_.sleep(std::min(options_.retry_period, left), ended);
      if (ended.stop_requested()) return true;
      if (clock_.steady() >= until) {
        log_.error("lost the lease", {{"reason", "not renewed in time"}});
        return false;
      }
      const auto held = elector_.attempt(until, {});
      if (!held) {
        log_.warn("cannot renew the lease", {{"error", held.error().message}});
      } else if (*held == Elector::Holder::kOther) {
        log_.error("lost the lease", {{"reason", "the holder changed"}, {"holder", elector_.holder()}});
        return false;
      }
    }
  }

  /// Once per holder and per error, not once per look.
  void say_waiting(const base::Result<Elector::Holder>& held) {
    const std::string news = held ? elector_.holder() : held.error().message;
    if (said_ == news) return;
    said_ = news;
    if (held) {
      log_.info("waiting for the lease", {{"holder", news}});
    } else {
      log_.warn("cannot reach the lease", {{"error", news}});
    }
  }

  const LeaseOptions& options_;
  const base::Clock& clock_;
  const base::Log log_;
  Elector elector_;
  std::string said_;
};

}  // namespace

LeaseEnd run_with_lease(const LeaseOptions& options, kube::Api& api, const base::Clock& clock,
                        const base::Random& random, const base::Log& log,
                        const std::function<void(const std::stop_token&)>& lead, const std::stop_token& stop) {
  Election election(options, api, clock, log);
  if (election.acquire(random, stop)) return election.lead(lead, stop);
  election.release();
  return LeaseEnd::kStopped;
}

}  // namespace runtime
