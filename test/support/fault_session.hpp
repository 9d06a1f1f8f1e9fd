// One client connection of a FaultProxy, with a connection of its own to the server behind.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "support/fault_plan.hpp"
#include "support/framing.hpp"
#include "support/request_log.hpp"
#include "support/wire.hpp"

namespace support {

/// What the connections of one proxy share; lives longer than they do.
struct ProxyShared {
  std::string name = {};
  std::string upstream_address = {};
  int upstream_port = 0;
  TlsContext upstream_tls = {};
  TlsContext client_tls = {};
  std::shared_ptr<FaultPlan> plan = {};
  RequestLog log;
};

class FaultSession {
 public:
  /// Owns the accepted socket.
  FaultSession(ProxyShared& shared, int descriptor) : shared_(shared), client_(descriptor) {}

  /// Serves until either side ends the connection or shut() is called; once.
  void run();
  /// From any thread: both sides see an end, soon.
  void shut();

 private:
  struct Incoming {
    MessageHead head = {};
    std::string method = {};
    std::string raw = {};   // the body as it came
    std::string body = {};  // without chunks
    int number = 0;
  };
  /// What became of forwarding.
  struct Relayed {
    bool whole = false;  // the answer was read to its end
    bool again = false;  // and both sides keep the connection
  };

  /// One request. False when the connection is over.
  bool serve();
  [[nodiscard]] std::optional<Incoming> receive();
  [[nodiscard]] bool receive_body(Incoming& request);
  /// Each of these returns whether the connection goes on.
  bool pass(const Incoming& request);
  bool fail(const Incoming& request, const FaultPlan::Ticket& ticket);
  bool refuse(const Incoming& request, const Refusal& refusal);
  bool delay(const Incoming& request, Millis duration);
  bool cut(const Incoming& request);
  /// Forwards; the answer goes to the client as it comes, or nowhere when `to` is null.
  Relayed forward(const Incoming& request, Wire* to);
  Relayed relay_answer(const Incoming& request, Wire* to);
  bool relay_body(BodyMeter& meter, Wire* to);
  [[nodiscard]] std::optional<MessageHead> answer_head(Wire* to);
  [[nodiscard]] bool reach_upstream();

  ProxyShared& shared_;
  Wire client_;
  std::string from_client_;    // read and not yet used
  std::string from_upstream_;  // the same
  base::Mutex mutex_;
  std::unique_ptr<Wire> upstream_;  // exchanged with mutex_ by run()'s thread only, which therefore reads it without
  bool stopped_ GUARDED_BY(mutex_) = false;
};

}  // namespace support
