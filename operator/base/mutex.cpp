#include "base/mutex.hpp"

namespace base {

bool sleep_for(std::chrono::milliseconds duration, const std::stop_token& stop) {
  Mutex mutex;
  CondVar never;
  const MutexLock lock(mutex);
  never.wait_until(mutex, stop, std::chrono::steady_clock::now() + duration, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace base
