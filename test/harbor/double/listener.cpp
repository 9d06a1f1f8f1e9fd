#include "harbor/double/listener.hpp"

#include <sys/socket.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <future>
#include <mutex>
#include <set>
#include <thread>

#include "harbor/double/wire.hpp"

namespace harbor_double {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::uint64_t kMaxBody = 256U << 20U;
constexpr std::uint32_t kMaxHeader = 64U << 10U;

/// The sockets that are open, so that all of them can be ended at once.
class OpenSockets {
 public:
  void add(int socket) {
    const std::lock_guard lock(mutex_);
    sockets_.insert(socket);
  }
  /// Before the socket is closed: its number may be another's right after.
  void remove(int socket) {
    const std::lock_guard lock(mutex_);
    sockets_.erase(socket);
  }
  void end_all() {
    const std::lock_guard lock(mutex_);
    for (const int socket : sockets_) {
      ::shutdown(socket, SHUT_RDWR);
    }
  }

 private:
  std::mutex mutex_;
  std::set<int> sockets_;
};

/// What all connections of a port share; outlives them.
struct Shared {
  Service service;
  std::function<Time()> clock;
  OpenSockets sockets = {};
  std::mutex mutex = {};
  std::shared_ptr<ssl::context> tls = {};
};

tcp::socket& socket_of(tcp::socket& stream) { return stream; }
tcp::socket& socket_of(ssl::stream<tcp::socket>& stream) { return stream.next_layer(); }

/// Reads, asks the service, writes, again.
template <class Stream>
class Session {
 public:
  Session(Stream& stream, Shared& shared) : stream_(stream), shared_(shared) {}

  void run() {
    while (const auto message = read()) {
      const auto request = to_request(*message);
      const auto delivery = shared_.service(request);
      const WireOptions options{request.method == "HEAD", message->keep_alive(), http_date(shared_.clock())};
      if (!deliver(delivery, options) || !options.keep_alive) return;
    }
  }

 private:
  std::optional<Incoming> read() {
    http::request_parser<http::string_body> parser;
    parser.header_limit(kMaxHeader);
    parser.body_limit(kMaxBody);
    error_code error;
    http::read_header(stream_, buffer_, parser, error);
    if (error) return std::nullopt;
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      asio::write(stream_, asio::buffer(std::string("HTTP/1.1 100 Continue\r\n\r\n")), error);
    }
    http::read(stream_, buffer_, parser, error);
    return error ? std::nullopt : std::optional(parser.release());
  }

  bool send(const std::string& bytes) {
    error_code error;
    asio::write(stream_, asio::buffer(bytes), error);
    return !error;
  }

  /// Whether the connection can be used again.
  bool deliver(const Delivery& delivery, const WireOptions& options) {
    const auto bytes = to_bytes(delivery.response, options);
    switch (delivery.kind) {
      case Delivery::Kind::kWhole: return send(bytes.head + bytes.body);
      case Delivery::Kind::kReset: socket_of(stream_).set_option(asio::socket_base::linger(true, 0)); return false;
      case Delivery::Kind::kTruncate: send(bytes.head + bytes.body.substr(0, bytes.body.size() / 2)); return false;
      case Delivery::Kind::kTrickle: return trickle(bytes.head + bytes.body, delivery.pause);
      case Delivery::Kind::kSilence:
        wait_for_end();
        if (delivery.gone) delivery.gone();
        return false;
    }
    return false;
  }

  bool trickle(const std::string& bytes, std::chrono::milliseconds pause) {
    for (const char byte : bytes) {
      std::this_thread::sleep_for(pause);
      if (!send(std::string(1, byte))) return false;
    }
    return true;
  }

  void wait_for_end() {
    error_code error;
    std::array<char, 256> unused{};
    while (!error) {
      stream_.read_some(asio::buffer(unused), error);
    }
  }

  Stream& stream_;
  Shared& shared_;
  beast::flat_buffer buffer_;
};

void serve(tcp::socket socket, Shared& shared, const std::shared_ptr<ssl::context>& tls) {
  const int number = socket.native_handle();
  error_code error;
  socket.set_option(tcp::no_delay(true), error);
  if (tls == nullptr) {
    Session<tcp::socket>(socket, shared).run();
    shared.sockets.remove(number);
    socket.close(error);
    return;
  }
  ssl::stream<tcp::socket> stream(std::move(socket), *tls);
  stream.handshake(ssl::stream_base::server, error);
  if (!error) Session<ssl::stream<tcp::socket>>(stream, shared).run();
  shared.sockets.remove(number);
  stream.next_layer().close(error);
}

tl::expected<std::shared_ptr<ssl::context>, std::string> load(const TlsFiles& files) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  error_code error;
  context->use_certificate_chain_file(files.certificate, error);
  if (error) return tl::unexpected("cannot use the certificate " + files.certificate + ": " + error.message());
  context->use_private_key_file(files.key, ssl::context::pem, error);
  if (error) return tl::unexpected("cannot use the key " + files.key + ": " + error.message());
  // A session that is resumed would show no certificate, so a new one would not be seen.
  SSL_CTX_set_session_cache_mode(context->native_handle(), SSL_SESS_CACHE_OFF);
  context->set_options(SSL_OP_NO_TICKET);
  return context;
}

class Port final : public Listener {
 public:
  Port(Service service, std::function<Time()> clock)
      : shared_(new Shared{.service = std::move(service), .clock = std::move(clock)}) {}

  error_code open(const tcp::endpoint& endpoint) {
    error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
    // The first time only: afterwards other threads read it.
    if (!error && endpoint_.port() == 0) endpoint_ = acceptor_.local_endpoint();
    return error;
  }

  void start() {
    accept();
    std::thread([this] { io_.run(); }).detach();
  }

  [[nodiscard]] int port() const override { return endpoint_.port(); }

  void set_offline(bool offline) override {
    std::promise<void> done;
    asio::post(io_, [&] {
      error_code error;
      if (offline) {
        acceptor_.close(error);
        shared_->sockets.end_all();
      } else if (!acceptor_.is_open() && !open(endpoint_)) {
        accept();
      }
      done.set_value();
    });
    done.get_future().wait();
  }

  std::optional<std::string> use_tls(const TlsFiles& files) override {
    auto loaded = load(files);
    if (!loaded) return loaded.error();
    {
      const std::lock_guard lock(shared_->mutex);
      shared_->tls = std::move(*loaded);
    }
    shared_->sockets.end_all();
    return std::nullopt;
  }

 private:
  void accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error) begin(std::move(socket));
      if (acceptor_.is_open()) accept();
    });
  }

  void begin(tcp::socket socket) {
    shared_->sockets.add(socket.native_handle());
    std::shared_ptr<ssl::context> tls;
    {
      const std::lock_guard lock(shared_->mutex);
      tls = shared_->tls;
    }
    std::thread([shared = shared_, tls, connection = std::move(socket)]() mutable {
      serve(std::move(connection), *shared, tls);
    }).detach();
  }

  Shared* const shared_;  // threads of connections use it until the program ends
  tcp::endpoint endpoint_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> busy_ = asio::make_work_guard(io_);
  tcp::acceptor acceptor_{io_};
};

}  // namespace

tl::expected<std::unique_ptr<Listener>, std::string> listen(const ListenerOptions& options, Service service) {
  const auto colon = options.address.rfind(':');
  error_code error;
  const auto address = asio::ip::make_address(options.address.substr(0, colon), error);
  const auto number = colon == std::string::npos ? -1 : to_number(options.address.substr(colon + 1)).value_or(-1);
  if (error || number < 0 || number > 65'535) {
    return tl::unexpected("'" + options.address + "' is not IP:PORT");
  }
  auto port = std::make_unique<Port>(std::move(service), options.clock);
  if (options.tls) {
    if (auto problem = port->use_tls(*options.tls)) return tl::unexpected(*problem);
  }
  error = port->open({address, static_cast<std::uint16_t>(number)});
  if (error) return tl::unexpected("cannot listen on " + options.address + ": " + error.message());
  port->start();
  return port;
}

}  // namespace harbor_double
