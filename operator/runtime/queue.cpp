#include "runtime/queue.hpp"

#include <algorithm>

namespace runtime {
namespace {

/// Keeps `now + delay` far from overflow, whatever a server asked for.
constexpr base::Millis kLongestDelay = std::chrono::hours{24 * 365};

Priority fresher(Priority a, Priority b) {
  return a == Priority::kFresh || b == Priority::kFresh ? Priority::kFresh : Priority::kBulk;
}

}  // namespace

void Queue::add(const std::string& key, Priority priority) {
  const base::MutexLock lock(mutex_);
  make_due(key, priority);
}

void Queue::add_after(const std::string& key, base::Millis delay) {
  const base::MutexLock lock(mutex_);
  const auto running = running_.find(key);
  const Priority priority = running == running_.end() ? Priority::kFresh : running->second.priority;
  if (delay <= base::Millis{0}) return make_due(key, priority);

  const auto before = first_due();
  const auto due = clock_.steady() + std::min(delay, kLongestDelay);
  const auto [at, is_new] = delayed_.try_emplace(key, Delayed{due, priority});
  if (!is_new) {
    at->second.priority = fresher(at->second.priority, priority);
    if (at->second.due <= due) return;
    by_due_.erase({at->second.due, key});
    at->second.due = due;
  }
  by_due_.emplace(due, key);
  // All, because each waiter sleeps until the earliest due time it knew.
  if (first_due() != before) changed_.notify_all();
}

std::optional<std::string> Queue::take(const std::stop_token& stop) {
  const base::MutexLock lock(mutex_);
  while (!stop.stop_requested()) {
    promote_delayed();
    if (!idle()) return start_next();
    wait_for_change(stop);
  }
  return std::nullopt;
}

void Queue::done(const std::string& key) {
  const base::MutexLock lock(mutex_);
  const auto at = running_.find(key);
  if (at == running_.end()) return;
  const Running ended = at->second;
  running_.erase(at);
  if (ended.again) wait_in_line(key, *ended.again, ended.again_since);
}

Queue::Stats Queue::stats() const {
  const base::MutexLock lock(mutex_);
  Stats stats{.depth = waiting_.size(), .delayed = delayed_.size(), .processing = running_.size(), .adds = adds_};
  const auto now = clock_.steady();
  for (const auto& [key, run] : running_) {
    stats.longest_running = std::max(stats.longest_running, now - run.since);
    stats.unfinished += now - run.since;
  }
  return stats;
}

std::chrono::steady_clock::duration Queue::waited(const std::string& key) const {
  const base::MutexLock lock(mutex_);
  const auto at = running_.find(key);
  return at == running_.end() ? std::chrono::steady_clock::duration::zero() : at->second.waited;
}

void Queue::make_due(const std::string& key, Priority priority) {
  if (const auto run = running_.find(key); run != running_.end()) {
    if (!run->second.again) {
      run->second.again_since = clock_.steady();
      ++adds_;
    }
    run->second.again = fresher(priority, run->second.again.value_or(Priority::kBulk));
    return;
  }
  const auto at = waiting_.find(key);
  if (at == waiting_.end()) {
    ++adds_;
    return wait_in_line(key, priority, clock_.steady());
  }
  Waiting& waiting = at->second;
  if (fresher(waiting.priority, priority) == waiting.priority) return;
  waiting.priority = Priority::kFresh;
  fresh_.splice(fresh_.end(), bulk_, waiting.place);
}

void Queue::wait_in_line(const std::string& key, Priority priority, base::SteadyTime since) {
  Line& line = priority == Priority::kFresh ? fresh_ : bulk_;
  const auto at = waiting_.try_emplace(key, Waiting{priority, since, {}}).first;
  at->second.place = line.insert(line.end(), &at->first);
  changed_.notify_one();
}

void Queue::promote_delayed() {
  if (by_due_.empty()) return;
  const auto now = clock_.steady();
  while (!by_due_.empty() && by_due_.begin()->first <= now) {
    const std::string key = by_due_.extract(by_due_.begin()).value().second;
    make_due(key, delayed_.extract(key).mapped().priority);
  }
}

void Queue::wait_for_change(const std::stop_token& stop) {
  const auto known = first_due();
  const auto changed = [&]() NO_THREAD_SAFETY_ANALYSIS { return !idle() || first_due() != known; };
  if (!known) {
    changed_.wait(mutex_, stop, changed);
    return;
  }
  // The condition variable knows only the machine's clock; another clock's distance is laid onto it.
  changed_.wait_until(mutex_, stop, base::real_clock().steady() + (*known - clock_.steady()), changed);
}

std::string Queue::start_next() {
  Line& line = fresh_.empty() ? bulk_ : fresh_;
  auto node = waiting_.extract(*line.front());
  line.pop_front();
  const auto now = clock_.steady();
  const Waiting& was = node.mapped();
  running_.try_emplace(node.key(), Running{.since = now, .waited = now - was.since, .priority = was.priority});
  return std::move(node.key());
}

std::optional<base::SteadyTime> Queue::first_due() const {
  if (by_due_.empty()) return std::nullopt;
  return by_due_.begin()->first;
}

}  // namespace runtime
