#include "bench.hpp"

#include <sys/socket.h>

namespace fault_proxy_test {
namespace {

int port_of(const FaultProxy& proxy) { return std::stoi(proxy.url().substr(proxy.url().rfind(':') + 1)); }

support::TlsContext trust(const FaultProxy& proxy) {
  return proxy.ca_pem().empty() ? support::TlsContext{} : support::tls_client(proxy.ca_pem());
}

int new_socket() { return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); }

std::size_t length_of(const std::string& head) {
  const auto at = head.find("Content-Length: ");
  return at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
}

}  // namespace

RawClient::RawClient(const FaultProxy& proxy) : wire_(new_socket()) {
  REQUIRE(wire_.connect("127.0.0.1", port_of(proxy), trust(proxy)));
}

std::optional<std::string> RawClient::read_until(const std::string& mark) {
  std::size_t at = 0;
  while ((at = got_.find(mark)) == std::string::npos) {
    if (!wire_.read(got_)) {
      return std::nullopt;
    }
  }
  auto found = got_.substr(0, at + mark.size());
  got_.erase(0, found.size());
  return found;
}

std::optional<std::string> RawClient::ask(const std::string& method, const std::string& target,
                                          const std::string& body) {
  const auto length = body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n";
  send(method + " " + target + " HTTP/1.1\r\nHost: proxy.test\r\n" + length + "\r\n" + body);
  auto head = read_until("\r\n\r\n");
  if (!head || method == "HEAD") {
    return head;
  }
  const auto size = length_of(*head);
  while (got_.size() < size) {
    if (!wire_.read(got_)) {
      return std::nullopt;
    }
  }
  *head += got_.substr(0, size);
  got_.erase(0, size);
  return head;
}

Upstream::Upstream(Tls tls) {
  start(
      [this](transport_test::Connection& connection) {
        while (const auto request = connection.request()) {
          {
            const base::MutexLock lock(mutex_);
            seen_.push_back(*request);
          }
          connection.reply("done");
        }
      },
      tls);
}

Upstream::Upstream(transport_test::Server::Script script, Tls tls) { start(std::move(script), tls); }

void Upstream::start(transport_test::Server::Script script, Tls tls) {
  std::optional<transport_test::ServerTls> identity;
  if (tls == Tls::kYes) {
    const support::Authority authority("the server's authority");
    ca_ = authority.pem();
    identity = transport_test::ServerTls{authority.issue()};
  }
  server_ = std::make_unique<transport_test::Server>(std::move(script), std::move(identity));
}

std::vector<std::string> Upstream::seen() const {
  const base::MutexLock lock(mutex_);
  return seen_;
}

std::string first_line(const std::string& message) { return message.substr(0, message.find("\r\n")); }

bool refuses(const FaultProxy& proxy) {
  support::Wire wire(new_socket());
  return !wire.connect("127.0.0.1", port_of(proxy), nullptr);
}

}  // namespace fault_proxy_test
