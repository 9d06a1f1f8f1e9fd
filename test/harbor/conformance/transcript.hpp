// A recording of a real Harbor: requests and what it answered, in the order in which they were sent.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "harbor/conformance/json.hpp"

namespace conformance {

struct RecordedRequest {
  std::string method = {};
  std::string path = {};  ///< with the query, as sent
  std::string auth = {};  ///< "none", the name of an actor, or "bearer:" and the name of a token
  Headers headers = {};
  Json body = nullptr;  ///< null: none; a string: these bytes; anything else: sent as JSON
};

struct RecordedAnswer {
  int status = 0;
  Headers headers = {};
  Json json = nullptr;                ///< null when the body was no JSON
  std::optional<std::string> text{};  ///< the body when it was no JSON
};

struct Case {
  std::string name = {};
  RecordedRequest request = {};
  RecordedAnswer answer = {};
  Json token = nullptr;  ///< header and claims of the JWT in the answer
  double seconds = 0;
};

struct Transcript {
  std::string version = {};  ///< "2.15.2"
  std::vector<Case> cases = {};
};

/// Throws support::Failure when the file cannot be read or is no recording.
[[nodiscard]] Transcript read_transcript(const std::filesystem::path& file);
/// Throws nlohmann's exceptions.
[[nodiscard]] Transcript parse_transcript(const Json& document);

}  // namespace conformance
