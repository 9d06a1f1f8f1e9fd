// What the figures are held against: the operator's two writes with bodies made beforehand, sent by the operator's HTTP
// client (http::make_cpprest_transport) with rights like the operator's, and no cache, no decision, no status.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "api/core.hpp"
#include "bench/observer.hpp"
#include "bench/scene.hpp"

namespace bench {

/// As long as the operator's name, so that requests are of one size. Another one, so that the operator leaves these
/// Secrets alone when both work on one control plane.
inline constexpr const char* kFloorSecretName = "floor-pull1";

class Floor {
 public:
  /// Makes a ServiceAccount with a ClusterRole that is the operator's but for the Secret's name.
  explicit Floor(const Scene& scene);

  [[nodiscard]] const support::Client& client() const { return client_; }
  /// Opens that many connections, so that no handshake is measured.
  void warm_up(int connections) const;
  /// Throws support::Failure unless the server agrees.
  void send(http::Request request) const;
  /// All of them, so many at a time.
  void send_all(const std::vector<http::Request>& requests, int concurrency) const;

  /// The operator's own requests, for the floor's Secret name.
  [[nodiscard]] static http::Request secret_request(const std::string& ns, const std::string& password, bool force);
  [[nodiscard]] static http::Request account_request(const std::string& ns, const std::string& uid);

 private:
  support::Client client_;
};

/// Sends the apply when it is told that a namespace is there and the patch when its own watch shows the ServiceAccount.
class Reactor {
 public:
  /// Makes the requests for these namespaces, whose names it has to know beforehand.
  Reactor(const Floor& floor, const std::vector<std::string>& namespaces, const std::string& password, int concurrency);
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  void namespace_made(const std::string& ns);
  /// Empty, or why a request failed.
  [[nodiscard]] std::string failure() const;

 private:
  struct Ready {
    http::Request secret;
    http::Request account;  ///< with a placeholder for the uid
  };

  void follow(const std::stop_token& stop);
  void react(const support::Event& event);
  void work(const std::stop_token& stop);
  void push(http::Request request);

  const Floor& floor_;
  std::map<std::string, Ready> ready_;  ///< not changed after construction
  support::Watcher accounts_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<http::Request> queue_;
  std::string failure_;
  std::vector<std::jthread> threads_;
};

}  // namespace bench
