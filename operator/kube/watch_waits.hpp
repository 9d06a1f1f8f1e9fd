// How long an informer waits: after a failure, and for a server that says nothing. Pure.
#pragma once

#include <chrono>

#include "base/backoff.hpp"
#include "base/error.hpp"

namespace kube {

/// The delays of this kind of failure, doubling; see the comments at the constants for where they come from.
[[nodiscard]] const base::BackoffPolicy& watch_backoff(base::ErrorKind kind);

/// The wait before the next request after `failures` failures in a row (1 is the first). The server's Retry-After wins
/// when it is longer, up to two minutes.
[[nodiscard]] std::chrono::milliseconds watch_wait(const base::Error& error, int failures, const base::Random& random);

/// How long a watch may show no byte before it counts as dead. `timeout` is when the server was asked to end it,
/// `bookmarks` whether it has sent a periodic one.
[[nodiscard]] std::chrono::milliseconds watch_silence(std::chrono::seconds timeout, bool bookmarks);

/// The same among initial events: then the server counts as one that ignores sendInitialEvents, which sends what is
/// there and falls silent.
inline constexpr std::chrono::milliseconds kFillSilence{10'000};

}  // namespace kube
