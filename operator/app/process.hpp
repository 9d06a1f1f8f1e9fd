// What concerns the process as a whole: signals, memory, secrecy of its core.
#pragma once

#include <stop_token>
#include <string_view>
#include <thread>

#include "base/error.hpp"

namespace app {

/// Before any thread: no core dumps and no ptrace by others of the same user (credentials are in memory), one malloc
/// arena (threads are many and mostly asleep).
void prepare_process();

/// Gives back what only start-up or a burst needed: free heap to the system, and the mappings of code and constants, of
/// which those in use come back from the page cache by themselves. Cheap (some hundred minor faults); any thread, any
/// time.
void trim_memory();

/// Says on standard error why a subcommand does not do its work; returns `code`.
[[nodiscard]] int refuse(std::string_view subcommand, const base::Error& error, int code = 2);

/// SIGTERM and SIGINT become a stop request. Construct before any thread (the signals are blocked in all of them).
class SignalStop {
 public:
  SignalStop();
  ~SignalStop();
  SignalStop(const SignalStop&) = delete;
  SignalStop& operator=(const SignalStop&) = delete;
  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  std::jthread waiter_;
};

}  // namespace app
