#include "runtime/controller.hpp"

#include <algorithm>
#include <exception>
#include <system_error>
#include <thread>
#include <vector>

namespace runtime {
namespace {

base::Millis to_millis(std::chrono::steady_clock::duration duration) {
  return std::chrono::round<base::Millis>(duration);
}

base::Error panic(const std::string& what) {
  return base::Error{.kind = base::ErrorKind::kInternal, .message = "the reconciler threw: " + what};
}

}  // namespace

struct Controller::Run {
  base::Result<Outcome> result;
  bool panicked = false;
  bool stopping = false;  // an error that says no more than that we are stopping
};

Controller::Controller(ControllerOptions options, Queue& queue, Reconciler& reconciler, const base::Clock& clock,
                       base::Random random, const base::Log& log, Metrics& metrics)
    : options_(std::move(options)),
      queue_(queue),
      reconciler_(reconciler),
      clock_(clock),
      random_(std::move(random)),
      log_(log.with({{"controller", options_.name}})),
      metrics_(metrics),
      next_id_(static_cast<std::uint32_t>(random_() * 4294967296.0)) {}

void Controller::run(const std::stop_token& stop) {
  metrics_.watch_queue(options_.name, queue_);
  std::vector<std::jthread> others;
  try {
    for (int i = 1; i < options_.workers; ++i) others.emplace_back([this, &stop] { work(stop); });
  } catch (const std::system_error& error) {  // a limit on threads: fewer workers are slower, not wrong
    log_.warn("cannot start another worker", {{"error", error.what()}});
  }
  metrics_.set_workers(options_.name, static_cast<int>(others.size()) + 1);
  work(stop);
  metrics_.unwatch_queue(options_.name);  // it may go before the metrics do
}

void Controller::forget(const std::string& key) {
  const base::MutexLock lock(mutex_);
  failures_.erase(key);
}

void Controller::work(const std::stop_token& stop) {
  while (const auto key = queue_.take(stop)) process(*key, stop);
}

void Controller::process(const std::string& key, const std::stop_token& stop) {
  const auto begin = clock_.steady();
  metrics_.key_taken(options_.name, to_millis(queue_.waited(key)));
  metrics_.reconcile_started(options_.name);
  const base::Log log = log_.with({{"key", key}, {"reconcileID", next_id()}});

  const Run run = attempt(key, log, stop);
  const auto how = run.result ? after_success(key, *run.result) : after_error(key, run, log);

  const auto took = to_millis(clock_.steady() - begin);
  metrics_.reconcile_ended(options_.name, how, took);
  metrics_.key_done(options_.name, took);
  queue_.done(key);
}

Controller::Run Controller::attempt(const std::string& key, const base::Log& log, const std::stop_token& stop) {
  try {
    auto result = reconciler_.reconcile(key, log, stop);
    const bool stopping = !result && result.error().kind == base::ErrorKind::kCancelled && stop.stop_requested();
    return Run{.result = std::move(result), .stopping = stopping};
  } catch (const std::exception& error) {
    return Run{.result = base::fail(panic(error.what())), .panicked = true};
  } catch (...) {
    return Run{.result = base::fail(panic("something that is no std::exception")), .panicked = true};
  }
}

Metrics::Ended Controller::after_success(const std::string& key, const Outcome& outcome) {
  forget(key);
  if (!outcome.again_after) return Metrics::Ended::kSuccess;
  queue_.add_after(key, *outcome.again_after);
  return Metrics::Ended::kRequeueAfter;
}

Metrics::Ended Controller::after_error(const std::string& key, const Run& run, const base::Log& log) {
  const base::Error& error = run.result.error();
  const std::string kind(base::name(error.kind));
  if (run.stopping) {
    log.debug("reconcile abandoned, stopping", {{"error", error.message}});
    return Metrics::Ended::kError;
  }
  if (!base::retryable(error.kind)) {
    forget(key);
    log.warn("reconcile failed, no retry", {{"error", error.message}, {"kind", kind}});
    return Metrics::Ended::kTerminal;
  }
  const auto wait = std::max(back_off(key), error.retry_after.value_or(base::Millis{0}));
  queue_.add_after(key, wait);
  metrics_.key_retried(options_.name);
  log.warn("reconcile failed", {{"error", error.message}, {"kind", kind}, {"retryInMs", std::to_string(wait.count())}});
  return run.panicked ? Metrics::Ended::kPanic : Metrics::Ended::kError;
}

base::Millis Controller::back_off(const std::string& key) {
  const auto now = clock_.steady();
  const base::MutexLock lock(mutex_);
  auto& failures = failures_[key];
  // Woken by somebody before the retry was due: that one stands, and the next wait is not longer for it. Else a burst
  // of events in a short outage would be paid for with minutes.
  if (now < failures.retry_at) return to_millis(failures.retry_at - now);
  const auto wait = base::delay(options_.backoff, ++failures.in_a_row, random_);
  failures.retry_at = now + wait;
  return wait;
}

std::string Controller::next_id() {
  // An odd step visits every number once before it repeats, and neighbours do not look alike (2^32 / golden ratio).
  std::uint32_t id = next_id_.fetch_add(0x9E3779B9U, std::memory_order_relaxed);
  std::string hex(8, '0');
  for (auto digit = hex.rbegin(); digit != hex.rend(); ++digit, id >>= 4U) *digit = "0123456789abcdef"[id & 15U];
  return hex;
}

}  // namespace runtime
