#include "harbor/challenge.hpp"

#include <algorithm>

#include "base/printable.hpp"

namespace harbor {
namespace {

using base::ErrorKind;

constexpr std::size_t kMaxHeader = 8U << 10U;
constexpr std::size_t kMaxShown = 200;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string_view text) {
  std::string small(text);
  std::transform(small.begin(), small.end(), small.begin(), [](char c) { return lower(c); });
  return small;
}

/// Reads the words of a header value from left to right (RFC 9110, 5.6 and 11.6.1).
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool done() const { return rest_.empty(); }
  void skip(std::string_view any_of) { rest_.remove_prefix(std::min(rest_.find_first_not_of(any_of), rest_.size())); }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  /// Up to a separator; what has none of its own (token68) ends there, too.
  std::string word() {
    const auto size = std::min(rest_.find_first_of(" \t,=\""), rest_.size());
    std::string word(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return word;
  }
  std::string value() { return take('"') ? quoted() : word(); }
  /// Skips whatever `word` stops at and nobody expected.
  void skip_one() { rest_.remove_prefix(std::min<std::size_t>(1, rest_.size())); }

 private:
  std::string quoted() {
    std::string value;
    while (!rest_.empty() && !take('"')) {
      if (rest_.front() == '\\' && rest_.size() > 1) rest_.remove_prefix(1);
      value += rest_.front();
      rest_.remove_prefix(1);
    }
    return value;
  }

  std::string_view rest_;
};

struct Named {
  std::string scheme;
  Challenge challenge;
};

/// Takes "word" as the next scheme, or "word=value" as a parameter of the last one.
void read_element(Reader& reader, std::vector<Named>& challenges) {
  const auto word = lower(reader.word());
  reader.skip(" \t");
  if (word.empty()) return reader.skip_one();
  if (!reader.take('=')) {
    challenges.push_back({word, {}});
    return;
  }
  reader.skip(" \t");
  auto value = reader.value();
  if (challenges.empty()) return;
  if (word == "realm") {
    challenges.back().challenge.realm = std::move(value);
  } else if (word == "service") {
    challenges.back().challenge.service = std::move(value);
  }
}

/// A URL as far as it matters here.
struct Url {
  std::string scheme;     ///< lower case
  std::string authority;  ///< lower case, without the scheme's own port
  std::string_view path;
};

/// Without ":443" of https or ":80" of http.
std::string without_usual_port(std::string authority, std::string_view scheme) {
  const std::string_view port = scheme == "http" ? ":80" : ":443";
  if (authority.ends_with(port)) authority.resize(authority.size() - port.size());
  return authority;
}

std::optional<Url> parse_url(std::string_view text) {
  const auto colon = text.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  Url url;
  url.scheme = lower(text.substr(0, colon));
  if (url.scheme != "http" && url.scheme != "https") return std::nullopt;
  const auto rest = text.substr(colon + 3);
  const auto end = std::min(rest.find_first_of("/?#"), rest.size());
  const auto authority = rest.substr(0, end);
  const bool good = !authority.empty() && std::all_of(authority.begin(), authority.end(), [](char c) {
    return c > ' ' && c < 0x7f && c != '@' && c != '\\';
  });
  if (!good) return std::nullopt;
  url.authority = without_usual_port(lower(authority), url.scheme);
  const auto path = rest.substr(end);
  url.path = path.substr(0, path.find_first_of("?#"));
  return url;
}

std::string shown(std::string_view text) {
  const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return c > 0; });
  return ascii ? base::printable(text, kMaxShown) : "(not ASCII)";
}

}  // namespace

std::optional<Challenge> parse_challenge(std::string_view www_authenticate) {
  if (www_authenticate.size() > kMaxHeader) return std::nullopt;
  std::vector<Named> challenges;
  Reader reader(www_authenticate);
  for (reader.skip(" \t,"); !reader.done(); reader.skip(" \t,")) read_element(reader, challenges);
  for (auto& [scheme, challenge] : challenges) {
    if (scheme == "bearer" && !challenge.realm.empty()) return std::move(challenge);
  }
  return std::nullopt;
}

std::string realm_problem(std::string_view realm, const Place& place) {
  const auto url = parse_url(realm);
  if (!url) {
    return "the registry names a token service that is not an http(s) URL (\"" + shown(realm) +
           "\"); set external_url in Harbor's configuration";
  }
  const auto endpoint = parse_url(place.endpoint);
  const auto scheme = endpoint ? endpoint->scheme : std::string("https");
  const auto host = without_usual_port(lower(place.host), scheme);
  if (url->authority != host && (!endpoint || url->authority != endpoint->authority)) {
    return "the registry sends clients to " + shown(url->authority) + " for a token, which is neither " + host +
           (endpoint ? " nor " + endpoint->authority : "") +
           "; set external_url in Harbor's configuration, and let what stands before Harbor keep the Host header";
  }
  if (url->scheme == "http" && scheme == "https") {
    return "the registry sends clients to http://" + shown(url->authority) +
           " for a token, so they would show their passwords without TLS; set external_url in Harbor's configuration "
           "to "
           "https://" +
           host;
  }
  return {};
}

base::Result<std::string> token_path(std::string_view realm) {
  const auto url = parse_url(realm);
  const auto is_path = [](char c) {
    constexpr std::string_view kMarks = "-._~/%";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
  };
  const bool good = url && url->path.starts_with('/') && !url->path.starts_with("//") &&
                    std::all_of(url->path.begin(), url->path.end(), is_path);
  if (good) return std::string(url->path);
  return base::fail(ErrorKind::kInvalid, "the registry names a token service that is not a URL with a path (\"" +
                                             shown(realm) + "\"); set external_url in Harbor's configuration");
}

}  // namespace harbor
