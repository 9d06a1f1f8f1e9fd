#include "http/failure.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace http {
namespace {

using base::ErrorKind;

/// Messages of cpprestsdk 2.10.18 (http_client_asio.cpp) and ours. The first that matches counts.
struct Meaning {
  std::string_view step;
  std::string_view text;
  std::string_view reason = {};
};

constexpr std::array<Meaning, 8> kMeanings{{
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
  error.message = peer.endpoint.authority() + ": ";
  error.message += text;
  return error;
}

}  // namespace

base::Error describe_failure(std::string_view step, unsigned long code, const Peer& peer) {
  const auto reason = describe_tls_error(code);
  if (peer.tls && !reason.empty()) {
    const auto cause = peer.tls->take_cause();
    return make_error(ErrorKind::kTls, cause.empty() ? reason : cause, peer);
  }
  const auto* const meaning = std::find_if(kMeanings.begin(), kMeanings.end(), [&](const Meaning& candidate) {
    return step.find(candidate.step) != std::string_view::npos;
  });
  auto error = make_error(ErrorKind::kUnavailable, meaning->text, peer);
  error.reason = meaning->reason;
  return error;
}

base::Error internal_error(std::string_view message, const Peer& peer) {
  return make_error(ErrorKind::kInternal, message, peer);
}

}  // namespace http
