#include "support/connect_proxy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

#include "support/eventually.hpp"

namespace support {
namespace {

constexpr const char* kHeadEnd = "\r\n\r\n";
constexpr int kWaiting = 64;

sockaddr_in local(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

bool send_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

/// One byte after the other, so that nothing behind the head is taken. Empty when the client closed before its end.
std::string read_head(int descriptor) {
  std::string head;
  char byte = 0;
  while (!head.ends_with(kHeadEnd)) {
    if (recv(descriptor, &byte, 1, 0) != 1) return {};
    head += byte;
  }
  return head;
}

/// The port of "CONNECT host:port HTTP/1.1", or 0.
int wanted_port(const std::string& head) {
  if (!head.starts_with("CONNECT ")) return 0;
  const auto target = head.substr(0, head.find(" HTTP/"));
  int port = 0;
  std::from_chars(target.data() + target.rfind(':') + 1, target.data() + target.size(), port);
  return port;
}

/// -1 when nobody listens there.
int connected(int port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = local(port);
  if (connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return descriptor;
  close(descriptor);
  return -1;
}

bool pass_on(int from, int to) {
  std::array<char, 16384> bytes{};
  const auto got = recv(from, bytes.data(), bytes.size(), 0);
  return got > 0 && send_all(to, {bytes.data(), static_cast<std::size_t>(got)});
}

}  // namespace

ConnectProxy::ConnectProxy(Refusal refusal, int leads_to)
    : refusal_(std::move(refusal)), leads_to_(leads_to), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  auto address = local(0);
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, kWaiting) != 0) {
    throw Failure("a proxy cannot listen");
  }
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

ConnectProxy::~ConnectProxy() {
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  close(listener_);
  cut();
  for (auto& thread : threads_) thread.join();
}

std::vector<std::string> ConnectProxy::heads() const {
  const base::MutexLock lock(mutex_);
  return heads_;
}

void ConnectProxy::cut() {
  const base::MutexLock lock(mutex_);
  for (const int descriptor : open_) shutdown(descriptor, SHUT_RDWR);
}

void ConnectProxy::hold(int descriptor) {
  const base::MutexLock lock(mutex_);
  open_.push_back(descriptor);
}

void ConnectProxy::release(int descriptor) {
  const base::MutexLock lock(mutex_);
  std::erase(open_, descriptor);
  close(descriptor);
}

void ConnectProxy::accept_all() {
  int client = -1;
  while ((client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0) {
    hold(client);
    threads_.emplace_back([this, client] {
      serve(client);
      release(client);
    });
  }
}

void ConnectProxy::serve(int client) {
  const auto head = read_head(client);
  if (head.empty()) return;
  {
    const base::MutexLock lock(mutex_);
    heads_.push_back(head);
  }
  if (const auto refusal = refusal_ ? refusal_(head) : std::string(); !refusal.empty()) {
    send_all(client, refusal);
    return;
  }
  const int wanted = wanted_port(head);
  const int server = connected(wanted != 0 && leads_to_ != 0 ? leads_to_ : wanted);
  if (server < 0) {
    send_all(client, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
    return;
  }
  hold(server);
  if (send_all(client, "HTTP/1.1 200 Connection established\r\n\r\n")) relay(client, server);
  release(server);
}

void ConnectProxy::relay(int client, int server) const {
  std::array<pollfd, 2> ends{{{client, POLLIN, 0}, {server, POLLIN, 0}}};
  while (poll(ends.data(), ends.size(), -1) > 0) {
    if (ends[0].revents != 0 && !pass_on(client, server)) return;
    if (ends[1].revents != 0 && !pass_on(server, client)) return;
  }
}

}  // namespace support
