// How a collection is followed: a pure step machine. What happened goes in; what to do with it and what to do next
// comes out. No thread, no I/O, no clock: every turn of it is a row of a table test.
//
//   kFilling    a watch that begins with everything there is (WatchList, KEP-3157) until it says that this was all
//   kListing    the same by pages, for servers that refuse or ignore WatchList
//   kWatching   events from a resource version on
//
// After a failure: watch again where it broke, or, when that version is of no use any more, fill again.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>

#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "kube/envelope.hpp"
#include "kube/request.hpp"

namespace kube {

enum class Phase { kFilling, kListing, kWatching };

/// What an informer remembers between steps. Readers may look; only `start` and `step` change it.
struct State {
  Phase phase = Phase::kFilling;
  std::string resource_version = {};  ///< last seen, opaque; empty before the first full list
  bool stream_lists = true;           ///< the server knows WatchList, as far as we know; once false, false for good
  bool quorum = false;                ///< resource_version was refused: the next list is of the newest data
  bool whole = false;                 ///< the next list comes in one page: a continue token expired
  std::string continue_token = {};    ///< of the page asked for
  bool bookmarks = false;             ///< this server's watches send bookmarks by the minute
  int failures = 0;                   ///< in a row, for the back-off
  bool answered = true;               ///< the last failure was an answer of the server
  bool expired = false;               ///< a version has expired since the back-off began
  int refusals = 0;                   ///< 5xx in a row from this version on
  std::uint32_t reported = 0;         ///< kinds of failure told about since the last good news, as bits
  bool open = false;                  ///< a stream is open
  bool any_event = false;             ///< it has shown one
  std::chrono::seconds timeout{0};    ///< that the server was asked to end it after
  base::SteadyTime opened = {};
  base::SteadyTime heard = {};       ///< last byte
  base::SteadyTime calm_since = {};  ///< end of the last wait
};

// ---- what happened

/// A page was read, its items are in the side buffer.
struct PageRead {
  std::string resource_version = {};
  std::string continue_token = {};
};
struct Opened {};  ///< the watch was accepted
struct Heard {};   ///< bytes came, not yet a whole event
struct Quiet {};   ///< no byte for as long as `Read` said
struct Ended {};   ///< the server ended the watch in the regular way
/// `Event` is one frame (never kError: that is turned into a base::Error). `base::Error` is every failure: of a
/// request, of a connection, of a frame, or in an ERROR frame.
using Input = std::variant<PageRead, Opened, Heard, Event, Quiet, Ended, base::Error>;

// ---- what to do

/// With the object of the event, or with the side buffer. A side buffer is begun by each list without continue token
/// and by each watch with initial events.
enum class Effect {
  kKeep,    ///< nothing
  kAdd,     ///< into the side buffer
  kDrop,    ///< out of the side buffer
  kCommit,  ///< swap the side buffer in, as of `State::resource_version`
  kUpsert,  ///< into the store
  kRemove,  ///< out of the store
};

/// Read the open stream; give up waiting after `silence`.
struct Read {
  std::chrono::milliseconds silence{0};
};
/// Anything but Read closes an open stream first.
using Action = std::variant<ListOptions, WatchOptions, Read>;

/// What people should hear of, once.
enum class Notice {
  kNone,
  kLost,      ///< a failure of a kind not told about since the last good news
  kRegained,  ///< good again
  kFellBack,  ///< the server has no WatchList
};

struct Step {
  State state = {};
  Effect effect = Effect::kKeep;
  std::chrono::milliseconds wait{0};  ///< before `action`
  Action action = Read{};
  Notice notice = Notice::kNone;
  base::Error error = {};  ///< with kLost
};

/// The moment of a step.
struct Moment {
  base::SteadyTime now;
  const base::Random& random;
};

/// The first thing to do.
[[nodiscard]] Step start(const Moment& moment);
[[nodiscard]] Step step(State state, const Input& input, const Moment& moment);

}  // namespace kube
