#include "http/request_check.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace http {
namespace {

using base::ErrorKind;

constexpr int kHighestPort = 65535;

bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// RFC 9110, 5.6.2: the characters of a method or header name.
bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [&](char c) { return is_alnum(c) || kMarks.find(c) != std::string_view::npos; });
}

/// Visible ASCII, spaces, tabs and bytes of UTF-8; no CR, LF, NUL or other control.
bool is_field_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

/// Path and query as they go on the wire. '#' would be cut off silently, "//" would be read as a host.
bool is_target(std::string_view text) {
  constexpr std::string_view kMarks = "-._~!$&'()*+,;=:@/?%";
  const bool starts = text.substr(0, 1) == "/" && text.substr(0, 2) != "//";
  return starts && std::all_of(text.begin(), text.end(),
                               [&](char c) { return is_alnum(c) || kMarks.find(c) != std::string_view::npos; });
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

/// Framing and routing are the transport's. A Host of the caller would also become the name cpprestsdk asks TLS for.
bool is_reserved(std::string_view name) {
  constexpr std::array<std::string_view, 4> kReserved{"Host", "Content-Length", "Transfer-Encoding", "Connection"};
  return std::any_of(kReserved.begin(), kReserved.end(),
                     [&](std::string_view reserved) { return equals_ignoring_case(name, reserved); });
}

base::Status check_header(const Header& header) {
  if (!is_token(header.name)) {
    return base::fail(ErrorKind::kInvalid, "a header name holds a character that is not allowed there");
  }
  if (is_reserved(header.name)) {
    return base::fail(ErrorKind::kInvalid, "header " + header.name + " is set by the transport, not by its caller");
  }
  if (!is_field_value(header.value)) {
    return base::fail(ErrorKind::kInvalid, "the value of header " + header.name + " holds a control character");
  }
  return {};
}

bool is_port(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && number > 0 && number <= kHighestPort;
}

bool is_host(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_alnum(c) || c == '.' || c == '-' || c == '_'; });
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!equals_ignoring_case(text.substr(0, prefix.size()), prefix)) {
    return false;
  }
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

base::Result<Endpoint> parse_endpoint(std::string_view base_url) {
  Endpoint endpoint;
  endpoint.tls = take_prefix(base_url, "https://");
  if (!endpoint.tls && !take_prefix(base_url, "http://")) {
    return base::fail(ErrorKind::kInvalid, "the URL of a server must begin with https:// or http://");
  }
  if (base_url.find('@') != std::string_view::npos) {
    return base::fail(ErrorKind::kInvalid, "the URL of a server must not hold a user or password");
  }
  if (base_url.substr(0, 1) == "[") {
    return base::fail(ErrorKind::kInvalid,
                      "the URL of a server holds an IPv6 address; use a DNS name that leads to it");
  }
  if (base_url.ends_with('/')) {
    base_url.remove_suffix(1);
  }
  const auto colon = base_url.find(':');
  endpoint.host = base_url.substr(0, colon);
  endpoint.port = endpoint.tls ? "443" : "80";
  if (colon != std::string_view::npos) {
    endpoint.port = base_url.substr(colon + 1);
  }
  if (!is_host(endpoint.host) || !is_port(endpoint.port)) {
    return base::fail(ErrorKind::kInvalid, "the URL of a server must be scheme://host[:port] and nothing more");
  }
  return endpoint;
}

base::Status check_request(const Request& request) {
  if (!is_token(request.method)) {
    return base::fail(ErrorKind::kInvalid, "the method holds a character that is not allowed there");
  }
  if (!is_target(request.target)) {
    return base::fail(ErrorKind::kInvalid,
                      "the request target must begin with one '/' and be percent-encoded, without a fragment");
  }
  for (const auto& header : request.headers) {
    if (auto ok = check_header(header); !ok) {
      return ok;
    }
  }
  return {};
}

}  // namespace http
