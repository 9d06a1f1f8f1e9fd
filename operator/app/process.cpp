#include "app/process.hpp"

#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <iostream>

#include <csignal>
#include <cstdint>

namespace app {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

/// Segments that are never written hold the file's bytes and nothing of ours; relocated constants live in a writable
/// segment.
int drop_code_of(dl_phdr_info* object, std::size_t, void*) {
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const auto& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const std::uintptr_t begin = (object->dlpi_addr + segment.p_vaddr) & ~(page - 1);
    const std::uintptr_t end = object->dlpi_addr + segment.p_vaddr + segment.p_memsz;
    // Advice: a refusal costs nothing. NOLINTNEXTLINE(performance-no-int-to-ptr): segments are told as numbers
    madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }
  return 0;
}

}  // namespace

void prepare_process() {
  prctl(PR_SET_DUMPABLE, 0);
  static_cast<void>(
      std::signal(SIGPIPE, SIG_IGN));  // a peer that went away is an error of the write, not the end of the process
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, 128 * 1024);  // fixed: large buffers go back to the system when freed
  mallopt(M_TRIM_THRESHOLD, 256 * 1024);
}

int refuse(std::string_view subcommand, const base::Error& error, int code) {
  std::cerr << "harbor-pull " << subcommand << ": " << error.message << '\n';
  return code;
}

void trim_memory() {
  malloc_trim(0);
  dl_iterate_phdr(drop_code_of, nullptr);
}

SignalStop::SignalStop() {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  waiter_ = std::jthread([this, set](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      int signal = 0;
      if (sigwait(&set, &signal) == 0) source_.request_stop();
    }
  });
}

SignalStop::~SignalStop() {
  waiter_.request_stop();
  // Ends its wait; the signal is blocked, so nobody dies of it.
  // NOLINTNEXTLINE(bugprone-bad-signal-to-kill-thread,cert-pos44-c)
  pthread_kill(waiter_.native_handle(), SIGTERM);
}

}  // namespace app
