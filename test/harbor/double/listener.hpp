// A port: plain or TLS, a thread for each connection, replies as whole or as broken as the service wants them.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "harbor/double/exchange.hpp"
#include "harbor/double/text.hpp"

namespace harbor_double {

/// A reply and how it goes onto the wire.
struct Delivery {
  enum class Kind {
    kWhole,
    kReset,     ///< nothing is sent, the connection is reset
    kTruncate,  ///< half of the body, then the end
    kTrickle,   ///< a byte every `pause`
    kSilence,   ///< nothing is sent until the client goes
  };
  Response response = {};
  Kind kind = Kind::kWhole;
  std::chrono::milliseconds pause{0};
  std::function<void()> gone = {};  ///< called when the client of a kSilence has gone
};

/// Called on the connection's thread; may block.
using Service = std::function<Delivery(const Request&)>;

/// PEM files.
struct TlsFiles {
  std::string certificate = {};
  std::string key = {};
};

/// Thread-safe. Lives as long as the program: its threads are never joined.
class Listener {
 public:
  virtual ~Listener() = default;
  [[nodiscard]] virtual int port() const = 0;
  /// Refuses connections and ends those that are open, until it is called with false; the port stays the same.
  virtual void set_offline(bool offline) = 0;
  /// From now on that certificate; open connections end. What is wrong with the files, if anything.
  virtual std::optional<std::string> use_tls(const TlsFiles& files) = 0;
};

struct ListenerOptions {
  std::string address = "127.0.0.1:0";
  std::optional<TlsFiles> tls = {};
  std::function<Time()> clock = {};  ///< of the header Date
};

/// Listens at once. Fails with a sentence.
[[nodiscard]] tl::expected<std::unique_ptr<Listener>, std::string> listen(const ListenerOptions& options,
                                                                          Service service);

}  // namespace harbor_double
