#include "http/failure.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace http {
namespace {

using base::ErrorKind;

constexpr std::string_view kProxyAway = "the proxy refused the connection or is not reachable";

/// Messages of cpprestsdk 2.10.18 (http_client_asio.cpp) and ours. The first that matches counts.
struct Meaning {
  std::string_view step;
  std::string_view text;
  std::string_view reason = {};
};

constexpr int kProxyAuthRequired = 407;
constexpr std::string_view kRefusal = "from proxy, received: ";

constexpr std::array<Meaning, 13> kMeanings{{
    {"resolving proxy", "the name of the proxy cannot be resolved"},
    {"resolved proxy", kProxyAway},
    {"request to proxy", "the connection to the proxy broke"},
    {"status line during proxy", "what answers there is no HTTP proxy"},
    {"status line from proxy", "the proxy closed the connection, or was silent for too long"},
    {"SSL handshake", "the connection was closed during the TLS handshake"},
    {"Failed to connect", "the connection was refused or the host is not reachable"},
    {"resolv", "the host name cannot be resolved"},
    {"Failed to write", "the connection broke while the request was sent", kStaleConnection},
    {"cannot rewind", "the connection broke before an answer came", kStaleConnection},
    {"Failed to read HTTP status line", "the connection broke before an answer came", kNoAnswer},
    {"Invalid", "the answer is not valid HTTP"},
    {"", "the connection broke in the middle of the answer"},
}};

base::Error make_error(ErrorKind kind, std::string_view text, const Peer& peer) {
  base::Error error;
  error.kind = kind;
  error.message = peer.name() + ": ";
  error.message += text;
  return error;
}

/// The status with which the proxy refused a tunnel, or 0.
int refused_with(std::string_view step) {
  const auto at = step.find(kRefusal);
  if (at == std::string_view::npos) return 0;
  const auto digits = step.substr(at + kRefusal.size());
  int status = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), status);
  return status;
}

}  // namespace

std::string Peer::name() const {
  return proxy ? endpoint.authority() + " through the proxy " + proxy->authority() : endpoint.authority();
}

base::Error describe_failure(std::string_view step, unsigned long code, const Peer& peer) {
  const auto reason = describe_tls_error(code);
  if (peer.tls && !reason.empty()) {
    const auto cause = peer.tls->take_cause();
    return make_error(ErrorKind::kTls, cause.empty() ? reason : cause, peer);
  }
  if (const int status = refused_with(step); status != 0) {
    return describe_refusal(status, peer);
  }
  const auto* const meaning = std::find_if(kMeanings.begin(), kMeanings.end(), [&](const Meaning& candidate) {
    return step.find(candidate.step) != std::string_view::npos;
  });
  // To a server without TLS the library speaks as if the proxy were the server.
  const bool away = peer.proxy && meaning->step == "Failed to connect";
  auto error = make_error(ErrorKind::kUnavailable, away ? kProxyAway : meaning->text, peer);
  error.reason = meaning->reason;
  return error;
}

base::Error describe_refusal(int status, const Peer& peer) {
  const auto code = std::to_string(status);
  return make_error(ErrorKind::kUnavailable,
                    status == kProxyAuthRequired
                        ? "the proxy does not accept the user and password, or none (" + code + ")"
                        : "the proxy refused to lead there (" + code + ")",
                    peer);
}

base::Error internal_error(std::string_view message, const Peer& peer) {
  return make_error(ErrorKind::kInternal, message, peer);
}

}  // namespace http
