#include "runtime/http_server.hpp"

#if defined(__SANITIZE_THREAD__)
#define BOOST_ASIO_DISABLE_FENCED_BLOCK  // the sanitizer knows no fences; one thread runs here, so none is needed
#endif
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <exception>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace runtime {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr int kMaxConnections = 32;
constexpr std::uint32_t kMaxHeader = 8U << 10U;
constexpr std::chrono::seconds kPatience{5};
constexpr std::chrono::seconds kAcceptPause{1};  // out of descriptors: accepting again at once would spin

using Answer = http::response<http::string_body>;

Answer make_answer(http::status status, std::string body, std::string_view type = "text/plain; charset=utf-8") {
  Answer answer(status, 11);
  answer.set(http::field::content_type, beast::string_view(type.data(), type.size()));
  answer.set("X-Content-Type-Options", "nosniff");
  answer.body() = std::move(body);
  answer.prepare_payload();
  return answer;
}

/// What to say to a request that could not be read; nothing for a connection that ended or timed out.
std::optional<Answer> complaint(error_code error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return make_answer(http::status::request_header_fields_too_large, "the headers exceed 8 KiB\n");
  }
  if (error == http::error::body_limit) {
    return make_answer(http::status::payload_too_large, "a body is not accepted\n");
  }
  const bool malformed = error.category() == make_error_code(http::error::bad_method).category() &&
                         error != http::error::end_of_stream && error != http::error::partial_message;
  if (malformed) return make_answer(http::status::bad_request, "not an HTTP request\n");
  return std::nullopt;
}

Answer page_at(const Routes& routes, beast::string_view target) {
  const std::string path(target.substr(0, target.find('?')));
  const auto route = routes.find(path);
  if (route == routes.end()) return make_answer(http::status::not_found, "not found\n");
  try {
    Page page = route->second();
    return make_answer(http::int_to_status(static_cast<unsigned>(page.status)), std::move(page.body),
                       page.content_type);
  } catch (const std::exception&) {  // its words could hold anything
    return make_answer(http::status::internal_server_error, "the page could not be made\n");
  }
}

Answer answer_to(const Routes& routes, const http::request<http::empty_body>& request) {
  const bool head = request.method() == http::verb::head;
  if (!head && request.method() != http::verb::get) {
    Answer answer = make_answer(http::status::method_not_allowed, "only GET and HEAD\n");
    answer.set(http::field::allow, "GET, HEAD");
    return answer;
  }
  Answer answer = page_at(routes, request.target());
  if (head) answer.body().clear();  // Content-Length stays: it is that of the GET
  return answer;
}

/// Counts a connection for as long as it lives.
class Slot {
 public:
  explicit Slot(std::function<void()> freed) : freed_(std::move(freed)) {}
  ~Slot() { freed_(); }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

 private:
  std::function<void()> freed_;
};

/// One connection: reads a header, answers, again. Alive while one of its operations is pending.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, const Routes& routes, std::unique_ptr<Slot> slot)
      : slot_(std::move(slot)), stream_(std::move(socket)), routes_(routes), buffer_(kMaxHeader) {}

  void read() {
    parser_.emplace();
    parser_->header_limit(kMaxHeader);
    parser_->body_limit(0);
    stream_.expires_after(kPatience);
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = shared_from_this()](error_code error, std::size_t) { self->on_read(error); });
  }

 private:
  void on_read(error_code error) {
    if (error) {
      if (auto said = complaint(error)) write(std::move(*said), false);
      return;
    }
    const auto& request = parser_->get();
    if (parser_->chunked() || parser_->content_length().value_or(0) > 0) {
      return write(make_answer(http::status::payload_too_large, "a body is not accepted\n"), false);
    }
    const bool again = request.keep_alive() && request.method() != http::verb::unknown;
    write(answer_to(routes_, request), again);
  }

  void write(Answer answer, bool keep_alive) {
    answer_ = std::move(answer);
    answer_.keep_alive(keep_alive);
    stream_.expires_after(kPatience);
    http::async_write(stream_, answer_, [self = shared_from_this(), keep_alive](error_code error, std::size_t) {
      if (!error && keep_alive) return self->read();
      error_code ignored;
      self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    });
  }

  std::unique_ptr<Slot> slot_;  // first, so that the socket is closed before the place is free
  beast::tcp_stream stream_;
  const Routes& routes_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::empty_body>> parser_;
  Answer answer_;
};

class BeastServer final : public HttpServer {
 public:
  BeastServer(Routes routes, base::Log log) : routes_(std::move(routes)), log_(std::move(log)) {}
  ~BeastServer() override {
    io_.stop();
    if (thread_.joinable()) thread_.join();
    stopping_ = true;  // what io_ still holds is dropped with it
  }
  BeastServer(const BeastServer&) = delete;
  BeastServer& operator=(const BeastServer&) = delete;
  BeastServer(BeastServer&&) = delete;
  BeastServer& operator=(BeastServer&&) = delete;

  [[nodiscard]] error_code listen(const tcp::endpoint& endpoint) {
    error_code error;
    acceptor_.close(error);  // of an attempt before
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    // An unspecified IPv6 address serves IPv4 too; on any other this option changes nothing.
    if (!error && endpoint.protocol() == tcp::v6()) acceptor_.set_option(asio::ip::v6_only(false), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
    if (!error) port_ = acceptor_.local_endpoint().port();
    return error;
  }

  void serve() {
    accept();
    thread_ = std::thread([this] { io_.run(); });
  }

  [[nodiscard]] int port() const override { return port_; }

 private:
  void accept() {
    accepting_ = true;
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      accepting_ = false;
      if (error == asio::error::operation_aborted) return;
      if (error) return pause(error);
      begin(std::move(socket));
      if (open_ < kMaxConnections) accept();
    });
  }

  void begin(tcp::socket socket) {
    ++open_;
    auto slot = std::make_unique<Slot>([this] { freed(); });
    std::make_shared<Session>(std::move(socket), routes_, std::move(slot))->read();
  }

  void freed() {
    --open_;
    if (!stopping_ && !accepting_) accept();
  }

  void pause(error_code error) {
    log_.warn("cannot accept a connection", {{"error", error.message()}});
    accepting_ = true;
    retry_.expires_after(kAcceptPause);
    retry_.async_wait([this](error_code stopped) {
      if (!stopped) accept();
    });
  }

  // Touched by sessions as they go, so before io_, which drops them.
  bool stopping_ = false;
  bool accepting_ = false;
  int open_ = 0;
  const Routes routes_;
  const base::Log log_;
  int port_ = 0;
  asio::io_context io_{1};
  tcp::acceptor acceptor_{io_};
  asio::steady_timer retry_{io_};
  std::thread thread_;
};

struct Address {
  std::string host;  // empty: every interface
  std::uint16_t port = 0;
};

base::Result<Address> parse(const std::string& text) {
  const auto colon = text.rfind(':');
  Address address;
  const char* const end = text.data() + text.size();
  const char* const digits = colon == std::string::npos ? end : text.data() + colon + 1;
  const auto read = std::from_chars(digits, end, address.port);
  if (read.ec != std::errc{} || read.ptr != end) {
    return base::fail(base::ErrorKind::kInvalid,
                      "'" + text + "' is not host:port: choose an address like :8080 or 127.0.0.1:8080 with --listen");
  }
  address.host = text.substr(0, colon);
  const bool bracketed = address.host.size() > 2 && address.host.front() == '[' && address.host.back() == ']';
  if (bracketed) address.host = address.host.substr(1, address.host.size() - 2);
  return address;
}

/// The addresses to try in turn; the first that can be bound is it. Blocks for a name that is not a number.
base::Result<std::vector<tcp::endpoint>> endpoints(const std::string& text, const Address& address) {
  // Both protocols at once, or IPv4 where the machine has no IPv6.
  if (address.host.empty()) return std::vector{tcp::endpoint(tcp::v6(), address.port), {tcp::v4(), address.port}};
  error_code error;
  asio::io_context io;
  const auto found = tcp::resolver(io).resolve(address.host, "", error);
  if (error) {
    return base::fail(base::ErrorKind::kInvalid, "cannot resolve the host of '" + text + "' (" + error.message() +
                                                     "): choose an address of this machine with --listen");
  }
  std::vector<tcp::endpoint> all;
  for (const auto& entry : found) all.emplace_back(entry.endpoint().address(), address.port);
  return all;
}

base::Error explain(const std::string& text, error_code error) {
  const auto failed = [&](base::ErrorKind kind, const std::string& remedy) {
    return base::Error{.kind = kind, .message = "cannot listen on " + text + ": " + remedy};
  };
  if (error == asio::error::address_in_use) {
    return failed(base::ErrorKind::kUnavailable, "address in use: choose another with --listen");
  }
  if (error == boost::system::errc::address_not_available) {
    return failed(base::ErrorKind::kInvalid, "not an address of this machine: choose another with --listen");
  }
  if (error == asio::error::access_denied) {
    return failed(base::ErrorKind::kUnavailable, "not permitted: choose a port from 1024 with --listen");
  }
  return failed(base::ErrorKind::kUnavailable, error.message() + ": choose another address with --listen");
}

}  // namespace

base::Result<std::unique_ptr<HttpServer>> HttpServer::start(const std::string& address, Routes routes, base::Log log) {
  const auto parsed = parse(address);
  if (!parsed) return base::fail(parsed.error());
  const auto candidates = endpoints(address, *parsed);
  if (!candidates) return base::fail(candidates.error());

  auto server = std::make_unique<BeastServer>(std::move(routes), std::move(log));
  error_code error = asio::error::host_not_found;
  for (const tcp::endpoint& endpoint : *candidates) {
    error = server->listen(endpoint);
    if (!error || error == asio::error::address_in_use) break;  // the other protocol's port would be half an answer
  }
  if (error) return base::fail(explain(address, error));
  server->serve();
  return server;
}

}  // namespace runtime
