#include "app/process.hpp"

#include <malloc.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>

namespace app {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

void prepare_process() {
  prctl(PR_SET_DUMPABLE, 0);
  std::signal(SIGPIPE, SIG_IGN);  // a peer that went away is an error of the write, not the end of the process
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, 128 * 1024);  // fixed: large buffers go back to the system when freed
  mallopt(M_TRIM_THRESHOLD, 256 * 1024);
}

void trim_memory() { malloc_trim(0); }

SignalStop::SignalStop() {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  waiter_ = std::jthread([this, set](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const timespec second{1, 0};
      if (sigtimedwait(&set, nullptr, &second) > 0) source_.request_stop();
    }
  });
}

SignalStop::~SignalStop() = default;

}  // namespace app
