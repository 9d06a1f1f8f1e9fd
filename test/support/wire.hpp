// One end of a TCP connection to or from 127.0.0.1, plain or TLS, for a thread of its own.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/mutex.hpp"
#include "support/authority.hpp"
#include "support/eventually.hpp"

namespace support {

/// Null: no TLS.
using TlsContext = std::shared_ptr<SSL_CTX>;
[[nodiscard]] TlsContext tls_server(const Identity& identity);
/// Trusts `ca_pem` and nothing else. Throws Failure when that is no certificate.
[[nodiscard]] TlsContext tls_client(const std::string& ca_pem);

/// Blocks its one thread; only shut() may come from others. Nothing throws: what is broken is ended.
class Wire {
 public:
  /// Owns the socket.
  explicit Wire(int descriptor);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  /// Whether the peer was reached (and, with TLS, has shown a certificate for `address`).
  [[nodiscard]] bool connect(const std::string& address, int port, const TlsContext& tls);
  /// The server's half of a handshake; true at once without TLS.
  [[nodiscard]] bool accept(const TlsContext& tls);

  /// Appends at least one byte; false at the end.
  [[nodiscard]] bool read(std::string& into);
  [[nodiscard]] bool write(std::string_view bytes);
  /// Waits until read() would have something (true), or until `other`, which may be null, has ended (false).
  [[nodiscard]] bool wait(Wire* other);
  /// Waits for the end, no longer than `patience`; bytes that arrive stay unread and end the wait too.
  [[nodiscard]] bool ends_within(Millis patience);
  /// Whether the peer has gone. Does not wait; bytes that arrived stay unread.
  [[nodiscard]] bool ended() { return look() == Look::kEnded; }

  /// Says goodbye and closes: the peer sees a regular end.
  void finish();
  /// Closes with an RST.
  void reset();
  /// Wakes and ends whatever the thread waits for. From any thread; the closing is left to the owner.
  void shut();

 private:
  enum class Look { kNothing, kBytes, kEnded };
  [[nodiscard]] Look look();
  /// After a call of OpenSSL that returned `result`: waits for what it wants; false when the connection is broken.
  [[nodiscard]] bool again(int result);
  [[nodiscard]] bool await(short events) const;
  [[nodiscard]] bool was_shut();
  void close_descriptor();

  std::unique_ptr<SSL, decltype(&SSL_free)> tls_{nullptr, SSL_free};
  base::Mutex mutex_;  // between shut() and the closing, so that no descriptor of another is shut
  int descriptor_;     // written with mutex_ by the owner only, who therefore reads it without
  bool shut_ GUARDED_BY(mutex_) = false;
};

}  // namespace support
