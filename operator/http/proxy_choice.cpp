#include "http/proxy_choice.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

namespace http {
namespace {

using base::ErrorKind;

constexpr std::string_view kScheme = "http://";
constexpr int kByteBits = 8;
/// Bytes of ::ffff:0:0/96, where IPv4 lies in IPv6.
constexpr std::size_t kMappedBytes = 12;

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const auto letter = lower({&c, 1})[0];
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

std::optional<base::SecretString> percent_decode(std::string_view text) {
  std::string result;
  result.reserve(text.size());  // so that no copy is left behind
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high < 0 ? -1 : hex_digit(text[i + 2]);
    if (low < 0) return std::nullopt;
    result += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return base::SecretString(std::move(result));
}

/// Nothing when it cannot be read.
std::optional<Proxy> read_proxy(std::string_view url) {
  if (lower(url.substr(0, kScheme.size())) == kScheme) url.remove_prefix(kScheme.size());
  if (url.find("://") != std::string_view::npos) return std::nullopt;
  Proxy proxy;
  if (const auto at = url.rfind('@'); at != std::string_view::npos) {
    const auto login = url.substr(0, at);
    const auto colon = login.find(':');
    auto user = percent_decode(login.substr(0, colon));
    auto password = percent_decode(colon == std::string_view::npos ? std::string_view{} : login.substr(colon + 1));
    if (!user || !password || user->empty()) return std::nullopt;
    proxy.user = std::move(*user);
    proxy.password = std::move(*password);
    url.remove_prefix(at + 1);
  }
  auto server = parse_endpoint(std::string(kScheme) += url);
  if (!server) return std::nullopt;
  proxy.host = std::move(server->host);
  proxy.port = std::move(server->port);
  return proxy;
}

base::Result<std::optional<Proxy>> read_variable(const base::SecretString& value, const std::string& name) {
  const auto url = trimmed(value.reveal());
  if (url.empty()) return std::optional<Proxy>{};
  if (auto proxy = read_proxy(url)) return proxy;
  return base::fail(ErrorKind::kInvalid,
                    name +
                        " must be http://[user:password@]host[:port], user and password percent-encoded; a proxy "
                        "that is itself reached by https:// or socks5:// is not supported");
}

/// IPv4 as the IPv6 address that means the same.
using Address = std::array<unsigned char, sizeof(in6_addr)>;

std::optional<Address> read_address(std::string_view text) {
  const std::string terminated(text);
  Address bytes{};
  if (inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1) return bytes;
  bytes = {};
  bytes[10] = bytes[11] = 0xff;
  if (inet_pton(AF_INET, terminated.c_str(), bytes.data() + kMappedBytes) == 1) return bytes;
  return std::nullopt;
}

bool has_prefix(const Address& address, const Address& prefix, int bits) {
  const auto whole = static_cast<std::ptrdiff_t>(bits / kByteBits);
  if (!std::equal(prefix.begin(), prefix.begin() + whole, address.begin())) return false;
  const int rest = bits % kByteBits;
  const auto at = static_cast<std::size_t>(whole);
  return rest == 0 || ((address[at] ^ prefix[at]) >> (kByteBits - rest)) == 0;
}

bool is_loopback(const Address& address) {
  return has_prefix(address, *read_address("127.0.0.0"), 104) || address == *read_address("::1");
}

/// Whether `entry` is a CIDR with the address in it.
bool cidr_holds(std::string_view entry, const Address& address) {
  const auto slash = entry.find('/');
  if (slash == std::string_view::npos) return false;
  const auto base = read_address(entry.substr(0, slash));
  const auto length = entry.substr(slash + 1);
  const int unused = entry.find(':') == std::string_view::npos ? static_cast<int>(kMappedBytes) * kByteBits : 0;
  int bits = -1;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
  if (!base || error != std::errc{} || end != length.data() + length.size() || bits < 0) return false;
  bits += unused;
  return bits <= static_cast<int>(address.size()) * kByteBits && has_prefix(address, *base, bits);
}

struct Named {
  std::string_view host = {};
  std::string_view port = {};  ///< empty: any
};

/// host, host:port, IPv6, [IPv6] or [IPv6]:port.
Named split_port(std::string_view entry) {
  if (entry.starts_with('[')) {
    const auto end = entry.find(']');
    if (end == std::string_view::npos) return {};
    const auto rest = entry.substr(end + 1);
    return {entry.substr(1, end - 1), rest.starts_with(':') ? rest.substr(1) : std::string_view{}};
  }
  const auto colon = entry.find(':');
  if (colon == std::string_view::npos || entry.rfind(':') != colon) return {entry};
  return {entry.substr(0, colon), entry.substr(colon + 1)};
}

/// A domain with its subdomains, or after a dot, or "*.", the subdomains only.
bool domain_holds(std::string_view domain, std::string_view host) {
  if (domain.starts_with("*.")) domain.remove_prefix(1);
  if (domain.starts_with('.')) return host.ends_with(domain);
  return host == domain || (host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.');
}

bool is_direct(std::string_view entry, const Endpoint& server, const std::optional<Address>& address) {
  if (address && cidr_holds(entry, *address)) return true;
  const auto named = split_port(entry);
  if (named.host.empty() || (!named.port.empty() && named.port != server.port)) return false;
  if (const auto only = read_address(named.host)) return address == only;
  return domain_holds(named.host, lower(server.host));
}

}  // namespace

base::Result<ProxyRules> read_proxy_rules(const ProxyVariables& variables) {
  auto https = read_variable(variables.https, "HTTPS_PROXY");
  if (!https) return base::fail(std::move(https.error()));
  auto http = read_variable(variables.http, "HTTP_PROXY");
  if (!http) return base::fail(std::move(http.error()));
  return ProxyRules{std::move(*https), std::move(*http), variables.no};
}

std::optional<Proxy> choose_proxy(const ProxyRules& rules, const Endpoint& server) {
  const auto& proxy = server.tls ? rules.https : rules.http;
  const auto address = read_address(server.host);
  if (!proxy || lower(server.host) == "localhost" || (address && is_loopback(*address))) return std::nullopt;
  for (std::string_view rest = rules.no; !rest.empty();) {
    const auto comma = rest.find(',');
    const auto entry = lower(trimmed(rest.substr(0, comma)));
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    if (entry == "*" || (!entry.empty() && is_direct(entry, server, address))) return std::nullopt;
  }
  return proxy;
}

}  // namespace http
