// What a FaultProxy is to do wrong, and when. One plan may serve several proxies: their writes are then one sequence.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.hpp"
#include "http/message.hpp"
#include "support/eventually.hpp"

namespace support {

enum class FaultMode {
  kBeforeEffect,  ///< never forwarded; the hook runs, the connection is reset
  kAfterEffect,   ///< forwarded and answered in full; the hook runs, the answer is dropped, the connection is reset
  kAfterAnswer,   ///< forwarded, the answer delivered in full; the hook runs at once
  kLoseReply,     ///< as kAfterEffect, without the hook
  kRefuse,        ///< answered by the proxy, never forwarded
  kDelay,         ///< forwarded later
};
[[nodiscard]] std::string_view name_of(FaultMode mode);

struct Refusal {
  int status = 503;
  http::Headers headers = {};
  std::string body = {};
};

struct Fault {
  FaultMode mode = FaultMode::kBeforeEffect;
  /// Of the first three modes; runs once, on a thread of the proxy, and must not throw. While it runs, no counted write
  /// passes on any connection of the plan's proxies: after a kill nothing of the dead process takes effect. Must not
  /// wait for a write, nor destroy a proxy. See kill_now().
  std::function<void()> hook = {};
  Refusal refusal = {};
  Millis delay{0};
};

/// Requests, reads too, by what they ask.
struct Match {
  std::string method = {};  ///< empty: any
  std::string target = {};  ///< a part of path and query
  std::string proxy = {};   ///< empty: any
  int nth = 1;              ///< from this one of those that match, counted from when the plan was told
  int times = 1;            ///< this many in a row
};

/// Whether a write (anything but GET and HEAD) counts.
using WriteFilter = std::function<bool(std::string_view method, std::string_view target)>;
[[nodiscard]] WriteFilter but_leases();
/// Neither Leases nor Events.
[[nodiscard]] WriteFilter but_leases_and_events();

/// Thread-safe. Each fault fires as often as it was told to (once for a numbered write); all else passes through.
class FaultPlan {
 public:
  explicit FaultPlan(WriteFilter counts = but_leases_and_events());

  /// The k-th counted write from now on; 1 is the next.
  void at_write(int k, Fault fault);
  /// The counted write of that name, see writes().
  void at_write_named(std::string name, Fault fault);
  void at(Match match, Fault fault);

  /// The requests at which something fired, in that order; each stands here once all of it has happened, hook included.
  [[nodiscard]] std::vector<std::string> fired() const;
  /// Whether something has fired, waiting for it.
  [[nodiscard]] bool wait_fired(Millis patience) const;
  /// The counted writes by name, in their order: "PATCH /api/v1/namespaces/x/secrets/y #2" is the second of that method
  /// and path; the name of the proxy comes first when it has one: "harbor POST /api/v2.0/robots #1".
  [[nodiscard]] std::vector<std::string> writes() const;

  // For the proxies.
  struct Asked {
    std::string_view proxy;
    std::string_view method;
    std::string_view target;
  };
  struct Ticket {
    std::string name = {};
    bool counted = false;
    std::optional<Fault> fault = {};
    bool holds = false;  ///< other writes wait for settle()
  };
  /// Names, counts and decides. May block while a hook runs; nothing when the one who asks is `gone` after that.
  [[nodiscard]] std::optional<Ticket> admit(const Asked& asked, const std::function<bool()>& gone);
  /// After the last act of a ticket with a fault; exactly once.
  void settle(const Ticket& ticket);

 private:
  struct Armed {
    int write = 0;          // 0: by name
    std::string name = {};  // empty too: by the match
    Match match = {};
    Fault fault = {};
    int seen = 0;
  };
  [[nodiscard]] std::optional<Fault> choose(const Asked& asked, const Ticket& ticket) REQUIRES(mutex_);
  [[nodiscard]] bool meets(const Armed& one, const Asked& asked, const Ticket& ticket) const REQUIRES(mutex_);

  const WriteFilter counts_;
  mutable base::Mutex mutex_;
  mutable base::CondVar changed_;
  std::vector<Armed> armed_ GUARDED_BY(mutex_);
  std::map<std::string, int> seen_ GUARDED_BY(mutex_);  // of each method and path
  std::vector<std::string> writes_ GUARDED_BY(mutex_);
  std::vector<std::string> fired_ GUARDED_BY(mutex_);
  int holding_ GUARDED_BY(mutex_) = 0;
};

}  // namespace support
