// An HTTP proxy on 127.0.0.1 that makes tunnels (CONNECT), to this machine whatever name it is asked for: so only it
// "resolves" the names of a test.
#pragma once

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.hpp"

namespace support {

class ConnectProxy {
 public:
  /// What to answer to the head of a request in place of a tunnel; empty: make the tunnel.
  using Refusal = std::function<std::string(const std::string& head)>;

  /// `leads_to`: the port where every tunnel ends; 0: the one that is asked for.
  explicit ConnectProxy(Refusal refusal = {}, int leads_to = 0);
  /// Cuts all tunnels and joins their threads.
  ~ConnectProxy();
  ConnectProxy(const ConnectProxy&) = delete;
  ConnectProxy& operator=(const ConnectProxy&) = delete;

  [[nodiscard]] int port() const { return port_; }
  /// http://127.0.0.1:port
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  /// The heads of all requests so far, refused ones too.
  [[nodiscard]] std::vector<std::string> heads() const EXCLUDES(mutex_);
  /// Ends the tunnels that there are, as a proxy does that thinks them idle.
  void cut() EXCLUDES(mutex_);

 private:
  void accept_all();
  void serve(int client);
  void relay(int client, int server) const;
  /// Remembered for cut(), until released.
  void hold(int descriptor) EXCLUDES(mutex_);
  void release(int descriptor) EXCLUDES(mutex_);

  const Refusal refusal_;
  const int leads_to_;
  const int listener_;
  int port_ = 0;
  mutable base::Mutex mutex_;
  std::vector<int> open_ GUARDED_BY(mutex_);
  std::vector<std::string> heads_ GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;  // the acceptor's until it was joined
  std::thread acceptor_;
};

}  // namespace support
