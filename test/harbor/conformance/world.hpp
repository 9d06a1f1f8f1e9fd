// Everything that a replay knows while it runs.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "harbor/conformance/control.hpp"
#include "harbor/conformance/logins.hpp"
#include "harbor/conformance/match_answer.hpp"
#include "harbor/conformance/symbols.hpp"
#include "harbor/conformance/wire.hpp"

namespace conformance {

using Clock = std::chrono::steady_clock;

/// A call that a script makes; a recorded case is sent by Replay.
struct Call {
  std::string method = "GET";
  std::string path = {};
  std::string auth = "admin";
  Headers headers = {};
  std::string body = {};
};

/// Not thread-safe.
struct World {
  World(const Wire& wire, Logins actors) : harbor(wire), logins(std::move(actors)) {}

  const Wire& harbor;
  std::optional<Control> control = {};
  Symbols symbols = {};
  Logins logins;
  Pace pace = {};
  bool knows_core_url = false;
  std::string csrf_cookie = {};
  std::string csrf_token = {};
  std::string session = {};                               ///< value of a sid cookie
  std::map<std::int64_t, std::string> stored = {};        ///< recorded id of a robot, its stored name
  std::map<std::string, Clock::time_point> locked_until;  ///< by user name

  /// A call as it goes to the Harbor's own host.
  [[nodiscard]] Message message(const Call& call) const;
  /// Throws support::Failure when the answer has another status.
  Answer expect(int status, const Call& call) const;
  /// Waits until a lock of that user name is over.
  void await_lock(const std::string& user);
  /// A login of that user was refused just now.
  void note_refusal(const std::string& user);
};

}  // namespace conformance
