// A reverse proxy that breaks things on purpose: it stands between a client (the operator) and one server, passes
// everything on as it comes, remembers each request, and at the moments of a FaultPlan does what networks and crashes
// do.
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/fault_plan.hpp"
#include "support/fault_session.hpp"
#include "support/request_log.hpp"

namespace support {

struct FaultProxyOptions {
  std::string upstream = {};                 ///< "https://127.0.0.1:6443"; an IPv4 address, no path
  std::string upstream_ca = {};              ///< PEM; for https
  bool tls = true;                           ///< towards the client
  std::string name = {};                     ///< in the names of its requests; empty for the only or the first one
  std::shared_ptr<FaultPlan> plan = {};      ///< shared by several proxies; null: one of its own
  std::size_t max_logged_body = 64U << 10U;  ///< of a request; the rest passes and is forgotten
};

/// HTTP/1.1 on 127.0.0.1, on a free port that stays its own. One thread and one connection to the server for each
/// client connection: when either side closes one, so does the proxy. Thread-safe, but for the destructor.
class FaultProxy {
 public:
  /// Throws Failure for an unusable address or CA.
  explicit FaultProxy(const FaultProxyOptions& options);
  /// Resets all connections, open watches too, and joins their threads.
  ~FaultProxy();
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;

  /// scheme://127.0.0.1:port
  [[nodiscard]] std::string url() const;
  /// What the client must trust; empty without TLS.
  [[nodiscard]] const std::string& ca_pem() const { return ca_pem_; }
  [[nodiscard]] FaultPlan& plan() { return *shared_.plan; }
  [[nodiscard]] std::vector<LoggedRequest> log() const { return shared_.log.all(); }

  /// An outage: cuts all connections, and new ones are refused until resume().
  void drop();
  void resume();

 private:
  struct Running {
    Running(ProxyShared& shared, int descriptor) : session(shared, descriptor) {}
    FaultSession session;
    std::atomic<bool> done = false;
    std::thread thread = {};
  };

  void listen() REQUIRES(gate_);
  void stop_listening() REQUIRES(gate_);
  void accept_all(int listener);
  void serve(int descriptor);
  void shut_all();

  ProxyShared shared_;
  std::string ca_pem_;
  int port_ = 0;
  int reserved_ = -1;  // bound and not listening: keeps the port while nobody listens
  base::Mutex gate_;   // drop() and resume()
  int listener_ GUARDED_BY(gate_) = -1;
  std::thread acceptor_ GUARDED_BY(gate_);
  base::Mutex mutex_;
  std::list<Running> running_ GUARDED_BY(mutex_);
};

}  // namespace support
