#include "harbor/conformance/wire.hpp"

#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <limits>
#include <regex>

#include "support/eventually.hpp"

namespace conformance {
namespace {

namespace http = boost::beast::http;

constexpr timeval kPatience{60, 0};
constexpr std::uint64_t kLargestBody = 64U << 20U;

/// A socket that closes itself.
class Socket {
 public:
  Socket(const std::string& host, const std::string& port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0)
      throw support::Failure("no address of " + host + " is known");
    for (const auto* at = found; at != nullptr && number_ < 0; at = at->ai_next) connect_to(*at);
    freeaddrinfo(found);
    if (number_ < 0) throw support::Failure("nothing answers at " + host + ":" + port);
  }
  ~Socket() { close(number_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  void connect_to(const addrinfo& address) {
    number_ = socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC, address.ai_protocol);
    setsockopt(number_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    setsockopt(number_, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
    if (connect(number_, address.ai_addr, address.ai_addrlen) == 0) return;
    close(number_);
    number_ = -1;
  }

  int number_ = -1;
};

/// Bytes to and from a socket, through TLS or not.
class Stream {
 public:
  Stream(int socket, SSL_CTX* tls, const std::string& host) : socket_(socket) {
    if (tls == nullptr) return;
    ssl_ = SSL_new(tls);
    SSL_set_fd(ssl_, socket);
    SSL_set_tlsext_host_name(ssl_, host.c_str());
    SSL_set1_host(ssl_, host.c_str());
    if (SSL_connect(ssl_) != 1) {
      const long verdict = SSL_get_verify_result(ssl_);
      SSL_free(ssl_);
      throw support::Failure("no TLS with " + host + ": " + X509_verify_cert_error_string(verdict));
    }
  }
  ~Stream() { SSL_free(ssl_); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ssl_ == nullptr ? ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL)
                                        : SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
      if (sent <= 0) throw support::Failure("the connection ended while a request was sent");
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  /// 0 at the end of the stream.
  std::size_t read(std::array<char, 16384>& buffer) {
    const auto got = ssl_ == nullptr ? recv(socket_, buffer.data(), buffer.size(), 0)
                                     : SSL_read(ssl_, buffer.data(), static_cast<int>(buffer.size()));
    if (got < 0) throw support::Failure("no whole answer came");
    return static_cast<std::size_t>(got);
  }

 private:
  int socket_;
  SSL* ssl_ = nullptr;
};

std::string rendered(const Message& message) {
  std::string text = message.method + " " + message.target + " HTTP/1.1\r\n";
  for (const auto& [name, value] : message.headers) text += name + ": " + value + "\r\n";
  if (!message.body.empty() || (message.method != "GET" && message.method != "HEAD"))
    text += "Content-Length: " + std::to_string(message.body.size()) + "\r\n";
  return text + "Connection: close\r\n\r\n" + message.body;
}

using Parser = http::response_parser<http::string_body>;

/// Feeds what has come to the parser and drops what it took.
void feed(Parser& parser, std::string& pending) {
  while (!pending.empty() && !parser.is_done()) {
    boost::system::error_code error;
    const auto used = parser.put(boost::asio::buffer(pending), error);
    pending.erase(0, used);
    if (error == http::error::need_more) return;
    if (error) throw support::Failure("what came is no HTTP: " + error.message());
    if (used == 0) return;
  }
}

Answer receive(Stream& stream, bool head) {
  Parser parser;
  parser.skip(head);
  parser.body_limit(kLargestBody);
  std::string pending;
  std::array<char, 16384> buffer{};
  while (!parser.is_done()) {
    const std::size_t got = stream.read(buffer);
    if (got == 0) {
      boost::system::error_code error;
      parser.put_eof(error);
      if (error) throw support::Failure("the connection ended in the middle of an answer");
      break;
    }
    pending.append(buffer.data(), got);
    feed(parser, pending);
  }
  Answer answer{.status = static_cast<int>(parser.get().result_int()), .body = parser.get().body()};
  for (const auto& field : parser.get())
    answer.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  return answer;
}

}  // namespace

struct Wire::Tls {
  explicit Tls(const std::string& ca) : context(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    const int read = ca.empty() ? SSL_CTX_set_default_verify_paths(context)
                                : SSL_CTX_load_verify_locations(context, ca.c_str(), nullptr);
    if (read != 1) throw support::Failure("no certificate can be read from " + ca);
  }
  ~Tls() { SSL_CTX_free(context); }
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;

  SSL_CTX* context;
};

Wire::Wire(const std::string& url, const std::string& ca) {
  static const std::regex kForm(R"(^(https?)://(\[[0-9a-fA-F:]+\]|[^:/]+)(?::(\d+))?/?$)");
  std::smatch found;
  if (!std::regex_match(url, found, kForm))
    throw support::Failure(url + " is no address of the form https://host:port");
  const bool secure = found[1] == "https";
  host_ = found[2];
  port_ = found[3].matched ? found[3].str() : secure ? "443" : "80";
  if (secure) tls_ = std::make_unique<Tls>(ca);
}

Wire::~Wire() = default;

Answer Wire::send(const Message& message) const {
  const auto begin = std::chrono::steady_clock::now();
  const Socket socket(host_, port_);
  Stream stream(socket.number(), tls_ == nullptr ? nullptr : tls_->context, host_);
  stream.write(rendered(message));
  Answer answer = receive(stream, message.method == "HEAD");
  answer.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return answer;
}

}  // namespace conformance
