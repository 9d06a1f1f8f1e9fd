// A mutex that clang's thread-safety analysis understands. The standard one carries no annotations here.
// Every guarded field says GUARDED_BY; functions that need the lock say REQUIRES.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

#if defined(__clang__)
#define HP_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define HP_THREAD_ATTRIBUTE(x)
#endif
#define CAPABILITY(x) HP_THREAD_ATTRIBUTE(capability(x))
#define SCOPED_CAPABILITY HP_THREAD_ATTRIBUTE(scoped_lockable)
#define GUARDED_BY(x) HP_THREAD_ATTRIBUTE(guarded_by(x))
#define REQUIRES(...) HP_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define ACQUIRE(...) HP_THREAD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define RELEASE(...) HP_THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))
#define EXCLUDES(...) HP_THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))
#define NO_THREAD_SAFETY_ANALYSIS HP_THREAD_ATTRIBUTE(no_thread_safety_analysis)

namespace base {

class CAPABILITY("mutex") Mutex {
 public:
  void lock() ACQUIRE() { mutex_.lock(); }
  void unlock() RELEASE() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() RELEASE() { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

/// Waits on a Mutex that the caller holds. A wait ends early when `stop` is requested.
class CondVar {
 public:
  void notify_one() { cv_.notify_one(); }
  void notify_all() { cv_.notify_all(); }

  /// Waits until `ready()`; false when `stop` came first and `ready()` is still false.
  template <class Ready>
  bool wait(Mutex& mutex, const std::stop_token& stop, Ready ready) REQUIRES(mutex) {
    return cv_.wait(mutex, stop, std::move(ready));
  }
  /// As above, no later than `deadline`.
  template <class Ready>
  bool wait_until(Mutex& mutex, const std::stop_token& stop, std::chrono::steady_clock::time_point deadline,
                  Ready ready) REQUIRES(mutex) {
    return cv_.wait_until(mutex, stop, deadline, std::move(ready));
  }

 private:
  std::condition_variable_any cv_;
};

/// Sleeps for `duration` or until `stop`; false when stopped.
bool sleep_for(std::chrono::milliseconds duration, const std::stop_token& stop);

}  // namespace base
