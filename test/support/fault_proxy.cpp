#include "support/fault_proxy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <regex>

namespace support {
namespace {

constexpr int kWaiting = 128;  // connections that nobody has accepted yet

/// A socket bound to that port of 127.0.0.1, 0 for any. Several may hold one port as long as at most one listens.
int bound_socket(int port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int why = errno;
    close(descriptor);
    throw Failure("no port for a proxy: " + std::string(std::strerror(why)));
  }
  return descriptor;
}

int port_of(int descriptor) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

ProxyShared shared_of(const FaultProxyOptions& options) {
  static const std::regex kUrl(R"((https?)://(\d+\.\d+\.\d+\.\d+):(\d+)/?)");
  std::smatch parts;
  if (!std::regex_match(options.upstream, parts, kUrl)) {
    throw Failure("not http(s)://address:port: " + options.upstream);
  }
  return {.name = options.name,
          .upstream_address = parts[2],
          .upstream_port = std::stoi(parts[3]),
          .upstream_tls = parts[1] == "https" ? tls_client(options.upstream_ca) : TlsContext{},
          .plan = options.plan ? options.plan : std::make_shared<FaultPlan>(),
          .log = RequestLog(options.max_logged_body)};
}

}  // namespace

FaultProxy::FaultProxy(const FaultProxyOptions& options) : shared_(shared_of(options)) {
  if (options.tls) {
    const Authority authority("the authority of a fault proxy");
    ca_pem_ = authority.pem();
    shared_.client_tls = tls_server(authority.issue());
  }
  reserved_ = bound_socket(0);
  port_ = port_of(reserved_);
  const base::MutexLock lock(gate_);
  listen();
}

FaultProxy::~FaultProxy() {
  drop();
  std::list<Running> last;
  {
    const base::MutexLock lock(mutex_);
    last.swap(running_);
  }
  for (auto& one : last) {
    one.thread.join();
  }
  close(reserved_);
}

std::string FaultProxy::url() const {
  return std::string(shared_.client_tls ? "https" : "http") + "://127.0.0.1:" + std::to_string(port_);
}

void FaultProxy::drop() {
  const base::MutexLock lock(gate_);
  stop_listening();
  shut_all();
}

void FaultProxy::resume() {
  const base::MutexLock lock(gate_);
  if (listener_ < 0) {
    listen();
  }
}

void FaultProxy::listen() {
  listener_ = bound_socket(port_);
  if (::listen(listener_, kWaiting) != 0) {
    throw Failure("a proxy cannot listen: " + std::string(std::strerror(errno)));
  }
  acceptor_ = std::thread([this, listener = listener_] { accept_all(listener); });
}

void FaultProxy::stop_listening() {
  if (listener_ < 0) {
    return;
  }
  shutdown(listener_, SHUT_RDWR);  // wakes accept()
  acceptor_.join();
  close(listener_);
  listener_ = -1;
}

void FaultProxy::accept_all(int listener) {
  int descriptor = -1;
  while ((descriptor = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)) >= 0 || errno == ECONNABORTED) {
    if (descriptor >= 0) {
      serve(descriptor);
    }
  }
}

void FaultProxy::serve(int descriptor) {
  const base::MutexLock lock(mutex_);
  running_.remove_if([](Running& one) {
    if (one.done) {
      one.thread.join();
    }
    return one.done.load();
  });
  auto& one = running_.emplace_back(shared_, descriptor);
  one.thread = std::thread([&one] {
    one.session.run();
    one.done = true;
  });
}

void FaultProxy::shut_all() {
  const base::MutexLock lock(mutex_);
  for (auto& one : running_) {
    one.session.shut();
  }
}

}  // namespace support
