#include "support/wire.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace support {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

Bio reader(const std::string& text) { return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free}; }

Certificate certificate(const std::string& pem) {
  Certificate found(PEM_read_bio_X509(reader(pem).get(), nullptr, nullptr, nullptr), X509_free);
  if (!found) {
    throw Failure("no certificate in the PEM text");
  }
  return found;
}

void set_option(int descriptor, int level, int name) {
  const int on = 1;
  setsockopt(descriptor, level, name, &on, sizeof on);
}

}  // namespace

TlsContext tls_server(const Identity& identity) {
  TlsContext context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(reader(identity.key).get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  SSL_CTX_use_certificate(context.get(), certificate(identity.certificate).get());
  SSL_CTX_use_PrivateKey(context.get(), key.get());
  return context;
}

TlsContext tls_client(const std::string& ca_pem) {
  TlsContext context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), certificate(ca_pem).get());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  return context;
}

Wire::Wire(int descriptor) : descriptor_(descriptor) {
  fcntl(descriptor_, F_SETFL, O_NONBLOCK);  // NOLINT(cppcoreguidelines-pro-type-vararg): no call may outlive shut()
  set_option(descriptor_, IPPROTO_TCP, TCP_NODELAY);
}

Wire::~Wire() { close_descriptor(); }

bool Wire::connect(const std::string& address, int port, const TlsContext& tls) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  inet_pton(AF_INET, address.c_str(), &to.sin_addr);
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 && errno != EINPROGRESS) {
    return false;
  }
  int error = 0;
  socklen_t size = sizeof error;
  if (was_shut() || !await(POLLOUT) || getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &size) != 0 ||
      error != 0) {
    return false;
  }
  if (tls == nullptr) {
    return true;
  }
  tls_.reset(SSL_new(tls.get()));
  SSL_set_fd(tls_.get(), descriptor_);
  X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls_.get()), address.c_str());
  int result = 0;
  while ((result = SSL_connect(tls_.get())) != 1) {
    if (!again(result)) {
      return false;
    }
  }
  return true;
}

bool Wire::accept(const TlsContext& tls) {
  if (tls == nullptr) {
    return true;
  }
  tls_.reset(SSL_new(tls.get()));
  SSL_set_fd(tls_.get(), descriptor_);
  int result = 0;
  while ((result = SSL_accept(tls_.get())) != 1) {
    if (!again(result)) {
      return false;
    }
  }
  return true;
}

bool Wire::again(int result) {
  const int why = SSL_get_error(tls_.get(), result);
  ERR_clear_error();  // what stays in the thread's queue would spoil the next call
  switch (why) {
    case SSL_ERROR_WANT_READ: return await(POLLIN);
    case SSL_ERROR_WANT_WRITE: return await(POLLOUT);
    default: return false;
  }
}

bool Wire::await(short events) const {
  pollfd one{descriptor_, events, 0};
  int ready = 0;
  while ((ready = poll(&one, 1, -1)) < 0 && errno == EINTR) {
  }
  return ready > 0;
}

bool Wire::read(std::string& into) {
  std::array<char, 16384> buffer{};
  while (descriptor_ >= 0) {
    const auto got = tls_ ? SSL_read(tls_.get(), buffer.data(), static_cast<int>(buffer.size()))
                          : recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (got > 0) {
      into.append(buffer.data(), static_cast<std::size_t>(got));
      return true;
    }
    const bool later = tls_ ? again(static_cast<int>(got)) : got < 0 && errno == EAGAIN && await(POLLIN);
    if (!later) {
      return false;
    }
  }
  return false;
}

bool Wire::write(std::string_view bytes) {
  while (!bytes.empty() && descriptor_ >= 0) {
    const auto part = std::min<std::size_t>(bytes.size(), 1U << 20U);
    const auto put = tls_ ? SSL_write(tls_.get(), bytes.data(), static_cast<int>(part))
                          : send(descriptor_, bytes.data(), part, MSG_NOSIGNAL);
    if (put > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(put));
      continue;
    }
    const bool later = tls_ ? again(static_cast<int>(put)) : put < 0 && errno == EAGAIN && await(POLLOUT);
    if (!later) {
      return false;
    }
  }
  return bytes.empty();
}

Wire::Look Wire::look() {
  if (descriptor_ < 0) {
    return Look::kEnded;
  }
  char byte = 0;
  if (tls_ == nullptr) {
    const auto got = recv(descriptor_, &byte, 1, MSG_PEEK);
    const bool nothing = got < 0 && errno == EAGAIN;
    return got > 0 ? Look::kBytes : nothing ? Look::kNothing : Look::kEnded;
  }
  const int got = SSL_peek(tls_.get(), &byte, 1);
  const int why = SSL_get_error(tls_.get(), got);
  ERR_clear_error();
  return got > 0 ? Look::kBytes : why == SSL_ERROR_WANT_READ ? Look::kNothing : Look::kEnded;
}

bool Wire::wait(Wire* other) {
  for (;;) {
    if (look() != Look::kNothing) {
      return true;
    }
    const Look peer = other == nullptr ? Look::kBytes : other->look();
    if (peer == Look::kEnded) {
      return false;
    }
    if (peer == Look::kBytes) {
      other = nullptr;  // it speaks before its turn; its end is seen when that was read
    }
    std::array<pollfd, 2> both{{{descriptor_, POLLIN, 0}, {other == nullptr ? -1 : other->descriptor_, POLLIN, 0}}};
    poll(both.data(), both.size(), -1);
  }
}

bool Wire::ends_within(Millis patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  for (Look seen = look();; seen = look()) {
    const auto left = std::chrono::ceil<Millis>(until - std::chrono::steady_clock::now());
    if (seen != Look::kNothing || left.count() <= 0) {
      return seen == Look::kEnded;
    }
    pollfd one{descriptor_, POLLIN, 0};
    poll(&one, 1, static_cast<int>(left.count()));
  }
}

void Wire::finish() {
  if (tls_ && descriptor_ >= 0) {
    SSL_shutdown(tls_.get());
    ERR_clear_error();
  }
  close_descriptor();
}

void Wire::reset() {
  const linger now{1, 0};
  setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close_descriptor();
}

void Wire::shut() {
  const base::MutexLock lock(mutex_);
  shut_ = true;
  if (descriptor_ >= 0) {
    shutdown(descriptor_, SHUT_RDWR);
  }
}

bool Wire::was_shut() {
  const base::MutexLock lock(mutex_);
  return shut_;
}

void Wire::close_descriptor() {
  const base::MutexLock lock(mutex_);
  if (descriptor_ >= 0) {
    close(descriptor_);
  }
  descriptor_ = -1;
}

}  // namespace support
