// Waiting for a state of the world, without sleeping longer than needed. No test library is involved: a failure is an
// exception with a sentence, which Catch2 reports and a benchmark prints.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

namespace support {

using Millis = std::chrono::milliseconds;

/// The harness could not do its part, or what was waited for did not come. The message is a sentence.
class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One look: whether it is so, and what was seen, for the message.
struct Seen {
  bool ok = false;
  std::string what = {};
  explicit operator bool() const { return ok; }
};

namespace detail {
inline constexpr Millis kStep{20};
inline std::string seen(const Seen& look) { return look.what; }
template <class T>
std::string seen(const T&) {
  return {};
}
/// An answer that lacks a field is an answer that is not there yet; failures of Catch2's macros pass.
template <class Fn>
std::invoke_result_t<Fn&> look(Fn& fn, std::string& last) {
  try {
    auto result = fn();
    last = seen(result);
    return result;
  } catch (const std::exception& error) {
    last = error.what();
    return {};
  }
}
[[noreturn]] void fail_waiting(const std::string& what, Millis waited, const std::string& last);
[[noreturn]] void fail_never(const std::string& what, Millis after, const std::string& last);
}  // namespace detail

/// Calls `fn` every 20 ms until it returns something true (bool, optional, pointer, Seen) and returns that. Fails after
/// `timeout` with `what` and the last thing seen. An std::exception of `fn` counts as "not yet".
template <class Fn>
auto eventually(const std::string& what, Millis timeout, Fn fn) {
  const auto begin = std::chrono::steady_clock::now();
  for (std::string last;;) {
    auto result = detail::look(fn, last);
    if (static_cast<bool>(result)) {
      return result;
    }
    const auto waited = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - begin);
    if (waited >= timeout) {
      detail::fail_waiting(what, waited, last);
    }
    std::this_thread::sleep_for(detail::kStep);
  }
}

/// Calls `fn` every 20 ms for `duration`; fails as soon as it returns something true. An exception of `fn` passes,
/// because "could not look" is not "did not happen".
template <class Fn>
void never(const std::string& what, Millis duration, Fn fn) {
  const auto begin = std::chrono::steady_clock::now();
  for (auto passed = Millis{0}; passed < duration;) {
    const auto result = fn();
    passed = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - begin);
    if (static_cast<bool>(result)) {
      detail::fail_never(what, passed, detail::seen(result));
    }
    std::this_thread::sleep_for(detail::kStep);
  }
}

}  // namespace support
