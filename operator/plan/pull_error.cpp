#include "plan/pull_error.hpp"

#include <algorithm>
#include <array>

namespace plan {
namespace {

using Words = std::string_view;

// A message often ends with what lies behind a failed request, so whatever is no refusal wins: a token service that
// cannot be reached is reported as "failed to authorize: ... no such host".
constexpr std::array<Words, 15> kNotRefused{
    "no such host",
    "timeout",
    "deadline exceeded",
    "x509:",
    "tls:",
    "connection refused",
    "connection reset",
    "no route to host",
    "network is unreachable",
    "manifest unknown",
    "name unknown",
    "too many requests",
    "no space left",
    "server gave http response to https client",
    "temporary failure in name resolution",
};

constexpr std::array<Words, 9> kRefused{
    "pull access denied",           // containerd: 401, or a token whose scope does not do
    "insufficient_scope",           // the same, in the server's words
    "authorization failed",         // containerd
    "no basic auth credentials",    // containerd: the registry asked for a user, and there was none
    "401 unauthorized",             // a status line, whoever asked
    "403 forbidden",                // likewise; Harbor's answer to a known user without the right
    "unauthorized:",                // the registry API's error code; CRI-O repeats it
    "authentication required",      // CRI-O, and Docker's registry
    "denied: requested access to",  // the registry API's error code DENIED
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// In lower case, without words that hold a '/': names of images, URLs, scopes.
std::string plain_words(std::string_view message) {
  std::string words;
  std::size_t at = 0;
  while (at < message.size()) {
    const std::size_t end = std::min(message.find_first_of(" \t\r\n", at), message.size());
    const auto word = message.substr(at, end - at);
    if (word.find('/') != std::string_view::npos) {
      // "i/o timeout" loses nothing that counts.
    } else if (!word.empty()) {
      words += words.empty() ? "" : " ";
      std::transform(word.begin(), word.end(), std::back_inserter(words), lower);
    }
    at = end + 1;
  }
  return words;
}

template <class List>
bool any_in(const std::string& text, const List& list) {
  return std::any_of(list.begin(), list.end(), [&](Words words) { return text.find(words) != std::string::npos; });
}

}  // namespace

PullError pull_error(std::string_view reason, std::string_view message) {
  if (reason != "ErrImagePull" && reason != "ImagePullBackOff") return PullError::kOther;
  // kubelet pkg/kubelet/images: `Back-off pulling image "X"`, and since 1.32 what the last attempt said, after a colon.
  static constexpr Words kBackOff = "Back-off pulling image";
  const bool bare = message.starts_with(kBackOff) && message.find("\": ") == std::string_view::npos;
  if (message.empty() || bare) return PullError::kUnknown;
  const std::string words = plain_words(message);
  if (any_in(words, kNotRefused)) return PullError::kOther;
  return any_in(words, kRefused) ? PullError::kCredential : PullError::kOther;
}

std::string image_host(std::string_view image) {
  static constexpr Words kDefault = "docker.io";
  const auto slash = image.find('/');
  if (slash == std::string_view::npos) return std::string(kDefault);
  const auto first = image.substr(0, slash);
  const bool upper = std::any_of(first.begin(), first.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  const bool host = first.find_first_of(".:") != std::string_view::npos || first == "localhost" || upper;
  if (!host || first == "index.docker.io") return std::string(kDefault);
  return std::string(first);
}

}  // namespace plan
