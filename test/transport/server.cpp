#include "server.hpp"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <stdexcept>

namespace transport_test {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
Bio reader(const std::string& text) { return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free}; }

std::shared_ptr<SSL_CTX> make_context(const ServerTls& tls) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context.get(), tls.highest_version);
  SSL_CTX_set_cipher_list(context.get(), "DEFAULT:@SECLEVEL=0");
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(reader(tls.identity.certificate).get(), nullptr, nullptr, nullptr), X509_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(reader(tls.identity.key).get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  SSL_CTX_use_certificate(context.get(), certificate.get());
  SSL_CTX_use_PrivateKey(context.get(), key.get());
  if (!tls.client_ca.empty()) {
    const std::unique_ptr<X509, decltype(&X509_free)> authority(
        PEM_read_bio_X509(reader(tls.client_ca).get(), nullptr, nullptr, nullptr), X509_free);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), authority.get());
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return context;
}

std::string lower(std::string head) {
  std::transform(head.begin(), head.end(), head.begin(), [](unsigned char c) { return std::tolower(c); });
  return head;
}

bool is_chunked(const std::string& head) {
  return lower(head).find("\r\ntransfer-encoding: chunked") != std::string::npos;
}

std::size_t body_length(std::string head) {
  head = lower(std::move(head));
  const auto at = head.find("\r\ncontent-length:");
  return at == std::string::npos ? 0 : std::stoul(head.substr(at + 17));
}

}  // namespace

bool Connection::fill() {
  std::array<char, 4096> buffer{};
  const auto got = tls_ != nullptr ? SSL_read(tls_, buffer.data(), static_cast<int>(buffer.size()))
                                   : static_cast<int>(recv(descriptor_, buffer.data(), buffer.size(), 0));
  if (got <= 0) {
    return false;
  }
  input_.append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

std::optional<std::string> Connection::request() {
  std::size_t end = std::string::npos;
  while ((end = input_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) {
      return std::nullopt;
    }
  }
  const auto head = input_.substr(0, end + 2);
  const std::string last = "\r\n0\r\n\r\n";
  const auto size = [&] {
    if (!is_chunked(head)) {
      return end + 4 + body_length(head);
    }
    const auto at = input_.find(last, end + 2);
    return at == std::string::npos ? std::string::npos : at + last.size();
  };
  while (input_.size() < size()) {
    if (!fill()) {
      return std::nullopt;
    }
  }
  auto result = input_.substr(0, size());
  input_.erase(0, result.size());
  return result;
}

bool Connection::write(const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const auto left = bytes.size() - sent;
    const auto put = tls_ != nullptr ? SSL_write(tls_, bytes.data() + sent, static_cast<int>(left))
                                     : static_cast<int>(send(descriptor_, bytes.data() + sent, left, MSG_NOSIGNAL));
    if (put <= 0) {
      return false;
    }
    sent += static_cast<std::size_t>(put);
  }
  return true;
}

bool Connection::reply(const std::string& body, const std::string& headers, int status) {
  return write("HTTP/1.1 " + std::to_string(status) + " Text\r\nContent-Length: " + std::to_string(body.size()) +
               "\r\n" + headers + "\r\n" + body);
}

void Connection::reset() {
  const linger now{1, 0};
  setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  tls_ = nullptr;
}

bool Connection::closed_within(std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (std::chrono::steady_clock::now() < end) {
    pollfd wait{descriptor_, POLLIN, 0};
    if (poll(&wait, 1, 20) > 0) {
      std::array<char, 4096> rest{};
      if (recv(descriptor_, rest.data(), rest.size(), 0) <= 0) {
        return true;
      }
    }
  }
  return false;
}

std::string Connection::sni() const {
  const char* name = tls_ == nullptr ? nullptr : SSL_get_servername(tls_, TLSEXT_NAMETYPE_host_name);
  return name == nullptr ? std::string{} : std::string(name);
}

Server::Server(Script script, std::optional<ServerTls> tls) : script_(std::move(script)) {
  if (tls) {
    tls_ = make_context(*tls);
  }
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 64) != 0) {
    throw std::runtime_error("cannot listen");
  }
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

Server::~Server() {
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  close(listener_);
  {
    const std::lock_guard lock(mutex_);
    for (const int descriptor : descriptors_) {
      if (descriptor >= 0) {
        shutdown(descriptor, SHUT_RDWR);
      }
    }
  }
  for (auto& thread : threads_) {
    thread.join();
  }
}

void Server::accept_all() {
  int descriptor = -1;
  while ((descriptor = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0) {
    const std::lock_guard lock(mutex_);
    const int number = static_cast<int>(descriptors_.size());
    descriptors_.push_back(descriptor);
    threads_.emplace_back([this, number, descriptor] { serve(number, descriptor); });
  }
}

void Server::serve(int number, int descriptor) {
  // OpenSSL's writes raise it. Only these threads are spared: were it the transport's, the tests should die of it.
  sigset_t broken_pipe;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
  const std::unique_ptr<SSL, decltype(&SSL_free)> tls(tls_ ? SSL_new(tls_.get()) : nullptr, SSL_free);
  bool ready = true;
  if (tls) {
    SSL_set_fd(tls.get(), descriptor);
    ready = SSL_accept(tls.get()) == 1;
  }
  if (ready) {
    Connection connection(number, descriptor, tls.get());
    script_(connection);
  }
  const std::lock_guard lock(mutex_);
  descriptors_[static_cast<std::size_t>(number)] = -1;
  close(descriptor);
}

std::string Server::url(const std::string& host) const {
  return (tls_ ? "https://" : "http://") + host + ":" + std::to_string(port_);
}

int Server::connections() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(descriptors_.size());
}

Server::Script answering(std::string body) {
  return [body = std::move(body)](Connection& connection) {
    while (connection.request()) {
      connection.reply(body);
    }
  };
}

std::string chunk(const std::string& data) {
  std::array<char, 32> head{};
  std::snprintf(head.data(), head.size(), "%zx\r\n", data.size());
  return head.data() + data + "\r\n";
}

}  // namespace transport_test
