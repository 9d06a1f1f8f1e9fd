#include "kube/watch_step.hpp"

#include <algorithm>
#include <utility>

#include "base/overloaded.hpp"
#include "kube/watch_waits.hpp"

namespace kube {
namespace {

using base::ErrorKind;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kCalm{120};             ///< client-go tools/cache/reflector.go: back-off is reset after it
constexpr milliseconds kShortest{1'000};  ///< reflector.go VeryShortWatchError
constexpr seconds kSlice{15};             ///< of silence, so that the thread shows life while the watch does not
constexpr int kMaxRefusals = 5;

ListOptions list_from_start(const State& state) {
  ListOptions options;
  if (!state.quorum && !state.resource_version.empty()) {
    options.limit = 0;  // a limit with a version would take the list out of the server's cache (B3)
    options.resource_version = state.resource_version;
    options.resource_version_match = "NotOlderThan";
  } else if (state.whole) {
    options.limit = 0;
  }
  return options;
}

ListOptions next_page(const State& state) {
  ListOptions options;
  options.continue_token = state.continue_token;
  return options;
}

/// client-go asks for a random 5 to 10 minutes, so that watches do not all end together.
WatchOptions watch_from(State& state, std::string version, const Moment& moment) {
  state.timeout = seconds{300 + std::min(299, static_cast<int>(moment.random() * 300))};
  WatchOptions options;
  options.resource_version = std::move(version);
  options.timeout_seconds = static_cast<int>(state.timeout.count());
  options.send_initial_events = state.phase == Phase::kFilling;
  return options;
}

/// Everything anew, at the last version or newer.
Action fill(State& state, const Moment& moment) {
  state.open = false;
  state.continue_token.clear();
  state.phase = state.stream_lists ? Phase::kFilling : Phase::kListing;
  if (state.phase == Phase::kListing) return list_from_start(state);
  return watch_from(state, state.quorum ? std::string() : state.resource_version, moment);
}

Action reopen(State& state, const Moment& moment) {
  state.open = false;
  state.phase = Phase::kWatching;
  return watch_from(state, state.resource_version, moment);
}

milliseconds allowed_silence(const State& state) {
  return state.phase == Phase::kFilling ? kFillSilence : watch_silence(state.timeout, state.bookmarks);
}

Action read_on(const State& state, const Moment& moment) {
  const auto quiet = std::chrono::duration_cast<milliseconds>(moment.now - state.heard);
  // The first slice is short: that the stream outlives it is the good news.
  const milliseconds slice = moment.now - state.opened < kShortest ? kShortest : milliseconds(kSlice);
  return Read{std::clamp(allowed_silence(state) - quiet, milliseconds{1}, slice)};
}

Step reading(State state, Effect effect, const Moment& moment) {
  Step next;
  next.effect = effect;
  next.action = read_on(state, moment);
  next.state = std::move(state);
  return next;
}

Step well(Step next) {
  if (std::exchange(next.state.reported, 0) != 0) next.notice = Notice::kRegained;
  return next;
}

Step fall_back(State state, const Moment& moment) {
  state.stream_lists = false;
  Step next;
  next.notice = Notice::kFellBack;
  next.action = fill(state, moment);
  next.state = std::move(state);
  return next;
}

bool report(State& state, ErrorKind kind) {
  const std::uint32_t bit = 1U << static_cast<unsigned>(kind);
  return (std::exchange(state.reported, state.reported | bit) & bit) == 0;
}

// ---- failures

/// The server wants none of `resource_version` as "not older than": it lost it, is behind it (504), or finds it
/// malformed.
bool refuses_version(const State& state, const base::Error& error) {
  if (state.quorum || state.resource_version.empty()) return false;
  return error.kind == ErrorKind::kExpired || error.kind == ErrorKind::kRejected || error.http_status == 504 ||
         error.reason == "ResourceVersionTooLarge";
}

/// Nothing can be watched from `resource_version` on.
bool must_fill(State& state, const base::Error& error) {
  switch (error.kind) {
    case ErrorKind::kExpired:
    case ErrorKind::kRejected:
    case ErrorKind::kInvalid:
    case ErrorKind::kTooLarge:               // the same frame would come again
    case ErrorKind::kNotFound: return true;  // the kind was uninstalled; what comes back is another
    default: break;
  }
  if (error.http_status >= 500) ++state.refusals;
  return state.refusals >= kMaxRefusals;
}

/// In the middle of a list, with nothing wrong with the list: a busy server would never get to its end otherwise.
bool may_ask_page_again(const State& state, ErrorKind kind) {
  if (state.phase != Phase::kListing || state.continue_token.empty()) return false;
  return kind == ErrorKind::kThrottled || kind == ErrorKind::kUnavailable || kind == ErrorKind::kTimeout;
}

/// Counts the failure and says how long to wait.
milliseconds back_off(State& state, const base::Error& error, const Moment& moment) {
  // A server that answers after it was away is not to be waited for as if it still were.
  const bool answers = error.http_status != 0;
  const bool was_away = !std::exchange(state.answered, answers);
  if ((answers && was_away) || moment.now - state.calm_since >= kCalm) state.failures = 0;
  if (state.failures++ == 0) state.expired = false;
  // A version expires, a connection breaks, after hours of health: that alone is no reason to wait.
  const bool broke = state.open && error.http_status == 0 && error.kind == ErrorKind::kUnavailable &&
                     moment.now - state.opened >= kShortest;
  const bool expired = error.kind == ErrorKind::kExpired && !std::exchange(state.expired, true);
  const bool at_once = expired || (state.failures == 1 && broke);
  const milliseconds wait = at_once ? milliseconds{0} : watch_wait(error, state.failures, moment.random);
  state.calm_since = moment.now + wait;
  return wait;
}

Step fail(State state, const base::Error& error, const Moment& moment) {
  const bool damaged = error.kind == ErrorKind::kInvalid || error.kind == ErrorKind::kTooLarge;
  if (state.phase == Phase::kFilling && error.kind == ErrorKind::kRejected) return fall_back(std::move(state), moment);
  if (state.phase == Phase::kFilling && damaged) state.stream_lists = false;  // the same frame would come again

  Step next;
  next.error = error;
  next.wait = back_off(state, error, moment);
  // What is mended without a pause is nobody's concern.
  if (next.wait > milliseconds{0} && report(state, error.kind)) next.notice = Notice::kLost;
  const bool watching = state.phase == Phase::kWatching;
  // A watch refused as expired is no word on lists: those take the version as "not older than".
  const bool useless = watching ? error.kind == ErrorKind::kRejected : refuses_version(state, error);
  state.whole = !watching && error.kind == ErrorKind::kExpired && !state.continue_token.empty();
  state.quorum = state.quorum || state.whole || useless;
  if (may_ask_page_again(state, error.kind)) {
    next.action = next_page(state);
  } else if (watching && !must_fill(state, error)) {
    next.action = reopen(state, moment);
  } else {
    state.refusals = 0;
    next.action = fill(state, moment);
  }
  next.state = std::move(state);
  return next;
}

base::Error fault(ErrorKind kind, std::string message) {
  base::Error error;
  error.kind = kind;
  error.message = std::move(message);
  return error;
}

// ---- good news

Step on_page(State state, const PageRead& page, const Moment& moment) {
  if (!page.continue_token.empty() && page.continue_token == state.continue_token) {
    state.continue_token.clear();
    return fail(std::move(state), fault(ErrorKind::kInvalid, "the list never ends: the same page again"), moment);
  }
  Step next;
  if (!page.continue_token.empty()) {
    state.continue_token = page.continue_token;
    next.action = next_page(state);
    next.state = std::move(state);
    return next;
  }
  state.resource_version = page.resource_version;
  state.quorum = state.whole = false;
  next.effect = Effect::kCommit;
  next.action = reopen(state, moment);
  next.state = std::move(state);
  return well(std::move(next));
}

Step on_opened(State state, const Moment& moment) {
  state.open = true;
  state.any_event = false;
  state.opened = state.heard = moment.now;
  return reading(std::move(state), Effect::kKeep, moment);
}

/// The versions of initial events are in no order: none is kept before the bookmark that ends them.
Step on_initial_event(State state, const Event& event, const Moment& moment) {
  switch (event.type) {
    case EventType::kAdded:
    case EventType::kModified: return reading(std::move(state), Effect::kAdd, moment);
    case EventType::kDeleted: return reading(std::move(state), Effect::kDrop, moment);
    default: break;
  }
  if (!event.initial_events_end) return reading(std::move(state), Effect::kKeep, moment);
  state.phase = Phase::kWatching;
  state.resource_version = event.resource_version;
  state.quorum = state.whole = false;
  return well(reading(std::move(state), Effect::kCommit, moment));
}

Step on_event(State state, const Event& event, const Moment& moment) {
  state.heard = moment.now;
  state.any_event = true;
  if (state.phase == Phase::kFilling) return on_initial_event(std::move(state), event, moment);
  if (event.type == EventType::kUnknown) return reading(std::move(state), Effect::kKeep, moment);
  state.refusals = 0;
  if (!event.resource_version.empty()) state.resource_version = event.resource_version;
  Effect effect = Effect::kUpsert;
  if (event.type == EventType::kDeleted) effect = Effect::kRemove;
  if (event.type == EventType::kBookmark) {
    effect = Effect::kKeep;
    state.bookmarks = state.bookmarks || !event.initial_events_end;
  }
  return well(reading(std::move(state), effect, moment));
}

Step on_quiet(State state, const Moment& moment) {
  if (moment.now - state.heard < allowed_silence(state)) {
    const bool lives = state.phase == Phase::kWatching && moment.now - state.opened >= kShortest;
    auto next = reading(std::move(state), Effect::kKeep, moment);
    return lives ? well(std::move(next)) : next;
  }
  if (state.phase == Phase::kFilling) return fall_back(std::move(state), moment);
  // Bookmarks have to prove themselves again: a server may have stopped sending them, and is not dead for that.
  state.bookmarks = false;
  Step next;
  next.error = fault(ErrorKind::kTimeout,
                     "nothing came for " +
                         std::to_string(std::chrono::duration_cast<seconds>(moment.now - state.heard).count()) +
                         " s: the connection counts as dead");
  if (report(state, next.error.kind)) next.notice = Notice::kLost;
  next.action = reopen(state, moment);
  next.state = std::move(state);
  return next;
}

Step on_ended(State state, const Moment& moment) {
  if (state.phase == Phase::kFilling) return fall_back(std::move(state), moment);
  const bool lived = moment.now - state.opened >= kShortest;
  if (!lived && !state.any_event) {
    // Without this a server that ends each watch at once is asked thousands of times a second. It is slowed down for,
    // as if it had said so (429).
    return fail(std::move(state), fault(ErrorKind::kThrottled, "the watch ended at once, without an event"), moment);
  }
  Step next;
  next.action = reopen(state, moment);
  next.state = std::move(state);
  return well(std::move(next));
}

}  // namespace

Step start(const Moment& moment) {
  Step next;
  next.state.calm_since = moment.now;
  next.action = fill(next.state, moment);
  return next;
}

Step step(State state, const Input& input, const Moment& moment) {
  return std::visit(base::Overloaded{
                        [&](const PageRead& page) { return on_page(std::move(state), page, moment); },
                        [&](const Opened&) { return on_opened(std::move(state), moment); },
                        [&](const Heard&) {
                          state.heard = moment.now;
                          return reading(std::move(state), Effect::kKeep, moment);
                        },
                        [&](const Event& event) { return on_event(std::move(state), event, moment); },
                        [&](const Quiet&) { return on_quiet(std::move(state), moment); },
                        [&](const Ended&) { return on_ended(std::move(state), moment); },
                        [&](const base::Error& error) { return fail(std::move(state), error, moment); },
                    },
                    input);
}

}  // namespace kube
