// What a recording names and what the same thing is called in the Harbor that is asked: identifiers, digests,
// addresses.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "harbor/conformance/transcript.hpp"

namespace conformance {

enum class Kind { kRobot, kProject, kUser };

/// Not thread-safe. Whatever was not paired is left as it is: a recorded id of nothing stays an id of nothing.
class Symbols {
 public:
  /// `external_url` is what the Harbor that is asked says of itself; recordings have https://harbor.example.test.
  void external_url(const std::string& url);
  /// The address that Harbor's own components use, recorded and real.
  void core_url(const std::string& recorded, const std::string& real);
  void pair(Kind kind, std::int64_t recorded, std::int64_t real);
  void pair_digest(const std::string& recorded, const std::string& real);

  [[nodiscard]] std::int64_t id(Kind kind, std::int64_t recorded) const;
  /// A path, message or header value in which ids, digests and addresses are replaced.
  [[nodiscard]] std::string text(const std::string& recorded) const;
  /// The same for a JSON value; numbers are ids when their key says so.
  [[nodiscard]] Json json(const Json& recorded) const;
  /// A case as the Harbor that is asked should see it and answer it. Authorization and cookies are not touched.
  [[nodiscard]] Case translate(const Case& recorded) const;
  /// What the Host header is where a recording does not say.
  [[nodiscard]] const std::string& host() const { return host_; }

 private:
  [[nodiscard]] Json object(const Json& recorded) const;
  [[nodiscard]] Headers headers(const Headers& recorded) const;

  std::map<std::pair<Kind, std::int64_t>, std::int64_t> ids_;
  std::map<std::string, std::string> words_;
  std::string scheme_ = "https";
  std::string host_ = "harbor.example.test";
};

/// The number after the last slash of a Location, or 0.
[[nodiscard]] std::int64_t id_in_location(const std::string& location);

}  // namespace conformance
