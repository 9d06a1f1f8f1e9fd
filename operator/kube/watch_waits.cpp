#include "kube/watch_waits.hpp"

#include <algorithm>

namespace kube {
namespace {

using base::ErrorKind;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// An API server that restarts is back within seconds, and a CRD is applied by somebody who waits for us: no more than
/// 5 s (2.5 s and as much jitter) until either is noticed. A handful of watches that ask so often are no load.
constexpr base::BackoffPolicy kSoon{milliseconds{800}, milliseconds{2'500}, 1.0};
/// Priority and fairness asks for 32 s at most (apiserver dropped_requests_tracker.go); a proxy may ask for a day.
constexpr milliseconds kMaxRetryAfter{120'000};

/// kube-rs watcher.rs: WATCH_IDLE_TIMEOUT_MARGIN.
constexpr seconds kMargin{5};
/// Bookmarks come about every minute (apiserver cacher.go defaultBookmarkFrequency). With HTTP/2 a ping would find a
/// dead connection within 45 s (goal R8); our HTTP/1.1 has none, and bookmarks are all the life that a quiet watch
/// shows.
constexpr seconds kBookmarkSilence{90};

}  // namespace

const base::BackoffPolicy& watch_backoff(ErrorKind kind) {
  const bool soon = kind == ErrorKind::kUnavailable || kind == ErrorKind::kTimeout || kind == ErrorKind::kNotFound;
  return soon ? kSoon : base::kWatchBackoff;
}

milliseconds watch_wait(const base::Error& error, int failures, const base::Random& random) {
  const milliseconds wait = base::delay(watch_backoff(error.kind), failures, random);
  return error.retry_after ? std::max(wait, std::min(*error.retry_after, kMaxRetryAfter)) : wait;
}

milliseconds watch_silence(seconds timeout, bool bookmarks) { return bookmarks ? kBookmarkSilence : timeout + kMargin; }

}  // namespace kube
