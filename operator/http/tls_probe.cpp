#include "http/tls_probe.hpp"

#if defined(__SANITIZE_THREAD__)
#define BOOST_ASIO_DISABLE_FENCED_BLOCK  // the sanitizer knows no fences; one thread runs here, so none is needed
#endif
#include <netdb.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace http {
namespace {

namespace asio = boost::asio;
using base::ErrorKind;
using Clock = std::chrono::steady_clock;
using Socket = asio::ip::tcp::socket;

/// How long the probe listens after a handshake: TLS 1.3 servers refuse a client's certificate only then.
constexpr std::chrono::milliseconds kAftermath{300};

/// The first address. By a thread of its own, because nothing can interrupt getaddrinfo; it is left behind at the
/// deadline.
std::optional<asio::ip::tcp::endpoint> resolve(const std::string& host, const std::string& port,
                                               Clock::time_point end) {
  using Answer = std::optional<asio::ip::tcp::endpoint>;
  const auto promise = std::make_shared<std::promise<Answer>>();
  auto answer = promise->get_future();
  std::thread([promise, host, port] {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    Answer first;
    if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) == 0 && found->ai_addrlen <= sizeof(sockaddr_in6)) {
      first.emplace();
      std::copy_n(reinterpret_cast<const char*>(found->ai_addr), found->ai_addrlen,
                  reinterpret_cast<char*>(first->data()));
    }
    if (found != nullptr) {
      freeaddrinfo(found);
    }
    promise->set_value(first);
  }).detach();
  return answer.wait_until(end) == std::future_status::ready ? answer.get() : std::nullopt;
}

/// One connection up to the end of its handshake. The context must be ready before the stream is made from it.
class Probe {
 public:
  Probe(TlsContext& tls, asio::ssl::context& context) : tls_(tls), stream_(io_, context) {
    stream_.set_verify_mode(tls.verifies() ? asio::ssl::verify_peer : asio::ssl::verify_none);
    tls.ask_for_name(stream_.native_handle());
  }

  base::Status shake_hands(const asio::ip::tcp::endpoint& server, Clock::time_point end) {
    const auto connected = wait(end, [&](auto done) { stream_.next_layer().async_connect(server, done); });
    if (!connected || *connected) {
      return connected ? base::fail(ErrorKind::kUnavailable, connected->message())
                       : base::fail(ErrorKind::kTimeout, "no connection in time");
    }
    auto shaken = wait(end, [&](auto done) { stream_.async_handshake(asio::ssl::stream_base::client, done); });
    if (!shaken) {
      return base::fail(ErrorKind::kTimeout, "the TLS handshake did not end in time");
    }
    if (!*shaken) {
      const auto aftermath = std::min(end, Clock::now() + kAftermath);
      shaken = wait(aftermath, [&](auto done) { stream_.async_read_some(asio::buffer(&byte_, 1), done); });
    }
    return describe(shaken.value_or(boost::system::error_code{}));
  }

 private:
  /// The outcome of the operation that `start` starts, or nothing when it did not end in time. No other may follow
  /// then.
  template <class Start>
  std::optional<boost::system::error_code> wait(Clock::time_point end, Start start) {
    const auto result = std::make_shared<std::optional<boost::system::error_code>>();
    start([result](const boost::system::error_code& error, std::size_t = 0) { *result = error; });
    io_.restart();
    io_.run_until(end);
    return *result;
  }
  base::Status describe(const boost::system::error_code& error) {
    if (auto cause = tls_.take_cause(); !cause.empty()) {
      return base::fail(ErrorKind::kTls, std::move(cause));
    }
    if (auto reason = describe_tls_error(static_cast<unsigned long>(error.value())); !reason.empty()) {
      return base::fail(ErrorKind::kTls, std::move(reason));
    }
    return error ? base::fail(ErrorKind::kUnavailable, "the connection was closed during the TLS handshake")
                 : base::Status{};
  }

  TlsContext& tls_;
  asio::io_context io_{1};
  asio::ssl::stream<Socket> stream_;
  char byte_ = 0;
};

}  // namespace

base::Status probe_tls(TlsContext& tls, const Endpoint& endpoint, std::chrono::milliseconds limit) try {
  const auto end = Clock::now() + limit;
  const auto server = resolve(endpoint.host, endpoint.port, end);
  if (!server) {
    return base::fail(ErrorKind::kTimeout, endpoint.authority() + ": the host name was not resolved in time");
  }
  asio::ssl::context context(asio::ssl::context::tls_client);
  tls.apply(context.native_handle());
  return Probe(tls, context).shake_hands(*server, end).map_error([&](base::Error error) {
    error.message.insert(0, endpoint.authority() + ": ");
    return error;
  });
} catch (const std::exception& failure) {
  return base::fail(ErrorKind::kInternal, endpoint.authority() + ": " + failure.what());
}

}  // namespace http
