#include "harbor/double/registry_proxy.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include "harbor/double/text.hpp"

namespace harbor_double {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::uint64_t kMaxBody = 256U << 20U;

/// Those that belong to one connection, or to the gate.
bool is_ours(std::string_view name) {
  for (const auto* header : {"Host", "Connection", "Authorization", "Cookie", "Content-Length", "Transfer-Encoding",
                             "Date", "Expect", "Keep-Alive"}) {
    if (same_name(name, header)) return true;
  }
  return false;
}

/// A registry names itself with its own host in a Location.
std::string without_host(const std::string& location) {
  const auto scheme = location.find("://");
  if (scheme == std::string::npos) return location;
  const auto path = location.find('/', scheme + 3);
  return path == std::string::npos ? "/" : location.substr(path);
}

http::request<http::string_body> outgoing(const Request& request) {
  const auto question = request.target.find('?');
  const auto query = question == std::string::npos ? "" : request.target.substr(question);
  http::request<http::string_body> out(http::string_to_verb(request.method), request.path + query, 11);
  out.set(http::field::host, "registry");
  for (const auto& [name, value] : request.headers) {
    if (!is_ours(name)) out.insert(name, value);
  }
  out.body() = request.body;
  out.prepare_payload();
  out.keep_alive(false);
  return out;
}

Response incoming(const http::response<http::string_body>& answer, bool head) {
  Response reply{.status = static_cast<int>(answer.result_int()), .body = answer.body()};
  for (const auto& field : answer) {
    const std::string name(field.name_string());
    const std::string value(field.value());
    if (head && same_name(name, "Content-Length")) reply.length = to_number(value).value_or(0);
    if (!is_ours(name)) reply.with(name, same_name(name, "Location") ? without_host(value) : value);
  }
  return reply;
}

error_code connect(tcp::socket& socket, const std::string& port) {
  error_code error;
  const auto number = to_number(port).value_or(0);
  socket.connect({asio::ip::make_address("127.0.0.1"), static_cast<std::uint16_t>(number)}, error);
  return error;
}

}  // namespace

RegistryProxy::RegistryProxy(const std::string& url) : port_(url.empty() ? "" : url.substr(url.rfind(':') + 1)) {}

Response RegistryProxy::forward(const Request& request) const {
  if (port_.empty() && request.path == "/v2/") {
    return {.status = 200,
            .headers = {{"Content-Type", "application/json; charset=utf-8"},
                        {"Docker-Distribution-Api-Version", "registry/2.0"}},
            .body = "{}"};
  }
  const Response down{.status = 502};
  asio::io_context io;
  tcp::socket socket(io);
  if (port_.empty() || connect(socket, port_)) return down;
  const bool head = request.method == "HEAD";
  error_code error;
  const auto out = outgoing(request);
  http::write(socket, out, error);
  if (error) return down;
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(kMaxBody);
  parser.skip(head);
  http::read(socket, buffer, parser, error);
  return error ? down : incoming(parser.get(), head);
}

bool RegistryProxy::is_up() const {
  if (port_.empty()) return true;
  asio::io_context io;
  tcp::socket socket(io);
  return !connect(socket, port_);
}

}  // namespace harbor_double
