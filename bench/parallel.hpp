// The same thing many times on several threads.
#pragma once

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace bench {

/// Calls work(0) to work(count - 1) on `threads` threads. The first exception stops the rest and is thrown here.
template <class Work>
void in_parallel(std::size_t count, int threads, Work work) {
  std::atomic<std::size_t> next{0};
  std::exception_ptr failed;
  std::mutex mutex;
  const auto run = [&] {
    try {
      for (std::size_t i = next++; i < count; i = next++) {
        work(i);
      }
    } catch (...) {
      next = count;
      const std::lock_guard lock(mutex);
      failed = failed ? failed : std::current_exception();
    }
  };
  {
    std::vector<std::jthread> pool;
    for (int i = 0; i < threads; ++i) {
      pool.emplace_back(run);
    }
  }
  if (failed) {
    std::rethrow_exception(failed);
  }
}

}  // namespace bench
