// How cpprestsdk 2.10.18 is used here, and what it does that its API does not tell:
// - Its timeout runs per step and kills quiet watches; ours is the only deadline, so it is set to a year.
// - A read failure on a pooled connection makes it send the request again, POST included, unless the request has a body
//   stream that cannot be rewound. So every request that must not be repeated, and every one with a body, gets such a
//   stream; only idempotent requests without a body are left to it.
// - A request that ends before it began can leave an unconnected connection pooled. So each failure drops the pool.
// - A task whose exception nobody reads ends the process. So every chain ends in a continuation that reads it.
// - A chunk and the header block are buffered whole before we see them: a hostile server can make that 2 GiB.
// - Names are resolved by one thread for the whole process, which nothing can interrupt; we stop waiting for it.
// - A tunnel through a proxy becomes TLS only after the native-handle options ran (they see a plain socket), and a
//   cancel does not reach it before. So SNI is left to the library then, and its timeout ends what a proxy keeps open.
#include "http/cpprest_transport.hpp"

#include <cpprest/http_client.h>
#include <cpprest/producerconsumerstream.h>
#include <pplx/threadpool.h>

#include <algorithm>
#include <utility>

#include "http/cpprest_client.hpp"
#include "http/exchange.hpp"
#include "http/failure.hpp"
#include "http/request_check.hpp"
#include "http/system_trust.hpp"
#include "http/tls_probe.hpp"

namespace http {
namespace {

using base::ErrorKind;
using Clock = std::chrono::steady_clock;
namespace streams = concurrency::streams;
using Client = web::http::client::http_client;

constexpr std::size_t kThreads = 2;
constexpr std::chrono::milliseconds kProbeLimit{2000};

/// Hands the library's bytes to the exchange. A put that must wait is a task, never a blocked thread. What is not about
/// writing is inherited and never called.
class Sink final : public streams::details::basic_producer_consumer_buffer<uint8_t> {
 public:
  explicit Sink(std::shared_ptr<Exchange> exchange)
      : basic_producer_consumer_buffer(1), exchange_(std::move(exchange)) {}

 private:
  using basic_producer_consumer_buffer::_putn;
  pplx::task<size_t> _putn(const uint8_t* data, size_t count) override {
    const pplx::task_completion_event<size_t> drained;
    const std::string_view bytes(reinterpret_cast<const char*>(data), count);
    switch (exchange_->push(bytes, [drained, count] { drained.set(count); })) {
      case Exchange::Pushed::kTaken: return pplx::task_from_result(count);
      case Exchange::Pushed::kWait: return pplx::task<size_t>(drained);
      case Exchange::Pushed::kRefused: break;
    }
    return pplx::task_from_exception<size_t>(std::runtime_error("nobody takes these bytes"));
  }

  const std::shared_ptr<Exchange> exchange_;
};

/// Called in a catch block.
base::Error describe_current(const Peer& peer) {
  try {
    throw;
  } catch (const web::http::http_exception& failure) {
    return describe_failure(failure.what(), static_cast<unsigned long>(failure.error_code().value()), peer);
  } catch (const std::exception& failure) {
    return internal_error(failure.what(), peer);
  } catch (...) {
    return internal_error("unknown failure", peer);
  }
}

/// A request body that cannot be rewound, see the top of this file.
streams::istream unrepeatable(const std::string& body) {
  const streams::producer_consumer_buffer<uint8_t> buffer(std::max<std::size_t>(body.size(), 1));
  auto writer = buffer;
  if (!body.empty()) {
    writer.putn_nocopy(reinterpret_cast<const uint8_t*>(body.data()), body.size()).get();
  }
  writer.close(std::ios_base::out).get();
  return buffer.create_istream();
}

web::http::http_request to_wire(const Request& request, const std::shared_ptr<Exchange>& exchange) {
  web::http::http_request wire(request.method);
  wire.set_request_uri(web::uri(request.target));
  for (const auto& header : request.headers) {
    wire.headers().add(header.name, header.value);
  }
  if (!request.body.empty() || !request.idempotent) {
    const auto type = wire.headers().content_type();
    wire.set_body(unrepeatable(request.body), request.body.size(), type.empty() ? "application/octet-stream" : type);
  }
  wire.set_response_stream(streams::streambuf<uint8_t>(std::make_shared<Sink>(exchange)).create_ostream());
  return wire;
}

Headers headers_of(const web::http::http_response& response) {
  Headers headers;
  for (const auto& [name, value] : response.headers()) {
    headers.push_back({name, value});
  }
  return headers;
}

/// The answer of the server, or of a proxy that leads to it without TLS.
void begin(Exchange& exchange, const web::http::http_response& response, const Peer& peer) {
  if (peer.proxy && response.status_code() == web::http::status_codes::ProxyAuthRequired) {
    exchange.fail(describe_refusal(response.status_code(), peer));
  } else {
    exchange.begin(response.status_code(), headers_of(response));
  }
}

/// A request under way. Destroying it closes its connection unless the answer was complete, and waits for nothing.
class Call {
 public:
  Call(Client& client, const Request& request, std::shared_ptr<const Peer> peer, std::shared_ptr<Exchange> exchange)
      : exchange_(std::move(exchange)) {
    // Continuations hold the exchange, not this object: it may be gone when they run.
    const auto finish = [shared = exchange_, peer](const pplx::task<web::http::http_response>& content) {
      try {
        content.get();
        shared->end();
      } catch (...) {
        shared->fail(describe_current(*peer));
      }
    };
    client.request(to_wire(request, exchange_), cancel_.get_token())
        .then([shared = exchange_, peer = std::move(peer), finish](const pplx::task<web::http::http_response>& head) {
          try {
            const auto response = head.get();
            begin(*shared, response, *peer);
            response.content_ready().then(finish);
          } catch (...) {
            shared->fail(describe_current(*peer));
          }
        });
  }
  ~Call() {
    if (!exchange_->ended()) {  // a cancel right after the end would still close the connection
      cancel_.cancel();
    }
    exchange_->abandon();
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  [[nodiscard]] Exchange& exchange() const { return *exchange_; }

 private:
  const std::shared_ptr<Exchange> exchange_;
  pplx::cancellation_token_source cancel_;
};

class CpprestStream final : public Stream {
 public:
  explicit CpprestStream(std::unique_ptr<Call> call)
      : call_(std::move(call)), head_{call_->exchange().status(), call_->exchange().headers(), {}} {}

  int status() const override { return head_.status; }
  std::string header(std::string_view name) const override { return std::string(head_.header(name)); }
  base::Result<std::string> read(std::chrono::milliseconds silence, const std::stop_token& stop) override {
    return call_->exchange().take(until(silence, stop));
  }

 private:
  const std::unique_ptr<Call> call_;
  const Response head_;
};

class CpprestTransport final : public Transport {
 public:
  explicit CpprestTransport(const ClientOptions& options)
      : options_(options), peer_(options.peer), client_(make_client(options)) {}

  base::Result<Response> send(const Request& request, const Limits& limits) override {
    return with_retry<Response>(request, limits, [&](const Until& until) -> base::Result<Response> {
      const auto call = start(request, Exchange::Overflow::kFail, limits.max_body);
      auto& exchange = call->exchange();
      if (auto ended = exchange.wait_ended(until); !ended) return base::fail(std::move(ended.error()));
      return exchange.take(until).map([&](std::string body) {
        return Response{exchange.status(), exchange.headers(), std::move(body)};
      });
    });
  }

  using Opened = std::unique_ptr<Stream>;
  base::Result<Opened> open(const Request& request, const Limits& limits) override {
    return with_retry<Opened>(request, limits, [&](const Until& until) -> base::Result<Opened> {
      auto call = start(request, Exchange::Overflow::kWait, limits.max_body);
      return call->exchange().wait_begun(until).map([&] { return Opened(new CpprestStream(std::move(call))); });
    });
  }

 private:
  template <class T, class Attempt>
  base::Result<T> with_retry(const Request& request, const Limits& limits, Attempt attempt) noexcept try {
    if (auto ok = check_request(request); !ok) {
      return base::fail(ok.error());
    }
    const auto bounds = until(limits.deadline, limits.stop);
    if (limits.stop.stop_requested()) {
      return base::fail(ErrorKind::kCancelled, peer_->name() + ": stopped before the request was sent");
    }
    auto result = attempt(bounds);
    if (result) {
      return result;
    }
    drop_pool();
    if (result.error().reason == kStaleConnection && request.idempotent) {
      return attempt(bounds).map_error([&](const base::Error& error) { return explained(error, bounds); });
    }
    return result;
  } catch (...) {
    return base::fail(describe_current(*peer_));
  }

  std::unique_ptr<Call> start(const Request& request, Exchange::Overflow overflow, std::size_t max) {
    auto exchange = std::make_shared<Exchange>(peer_->name(), overflow, max);
    return std::make_unique<Call>(*client(), request, peer_, std::move(exchange));
  }

  std::shared_ptr<Client> client() EXCLUDES(mutex_) {
    const base::MutexLock lock(mutex_);
    return client_;
  }
  void drop_pool() EXCLUDES(mutex_) {
    auto fresh = make_client(options_);
    const base::MutexLock lock(mutex_);
    client_.swap(fresh);
  }
  [[nodiscard]] base::Error explained(const base::Error& error, const Until& bounds) const;

  const ClientOptions options_;
  const std::shared_ptr<const Peer> peer_;
  base::Mutex mutex_;
  std::shared_ptr<Client> client_ GUARDED_BY(mutex_);
};

/// A server that refuses our certificate may say so and close before we are done writing; the alert is then lost. The
/// probe knows no proxy, and where there is one, nothing may go directly.
base::Error CpprestTransport::explained(const base::Error& error, const Until& bounds) const {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(bounds.deadline - Clock::now());
  if (!peer_->tls || peer_->proxy || error.reason.empty() || left.count() <= 0 || bounds.stop.stop_requested()) {
    return error;
  }
  const auto looked = probe_tls(*peer_->tls, peer_->endpoint, std::min(left, kProbeLimit));
  return !looked && looked.error().kind == ErrorKind::kTls ? looked.error() : error;
}

}  // namespace

void initialize_threads(std::size_t threads) {
  hide_system_trust();
  try {
    crossplat::threadpool::initialize_with_threads(threads);
  } catch (const std::exception&) {  // it runs already and stays as it is
  }
}

base::Result<std::unique_ptr<Transport>> make_cpprest_transport(CpprestOptions options) try {
  auto endpoint = parse_endpoint(options.base_url);
  if (!endpoint) {
    return base::fail(endpoint.error());
  }
  if (options.proxy && !options.tls.server_name.empty()) {
    return base::fail(ErrorKind::kInvalid, "a server behind a proxy can be verified only as the host of its URL");
  }
  auto peer = std::make_shared<Peer>();
  peer->endpoint = std::move(*endpoint);
  peer->proxy = options.proxy;
  if (peer->endpoint.tls) {
    auto tls = TlsContext::load(options.tls, peer->endpoint.host);
    if (!tls) {
      return base::fail(tls.error());
    }
    peer->tls = std::move(*tls);
  }
  initialize_threads(kThreads);
  return std::make_unique<CpprestTransport>(
      ClientOptions{std::move(options.base_url), std::move(peer), options.proxy_silence});
} catch (const std::exception& failure) {
  return base::fail(ErrorKind::kInvalid, std::string("the server cannot be used: ") + failure.what());
}

}  // namespace http
