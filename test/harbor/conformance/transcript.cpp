#include "harbor/conformance/transcript.hpp"

#include <regex>

#include "support/eventually.hpp"
#include "support/process.hpp"

namespace conformance {
namespace {

RecordedRequest parse_request(const Json& json) {
  RecordedRequest request{.method = json.at("method"), .path = json.at("path"), .auth = json.at("auth")};
  for (const auto& [name, value] : json.at("headers").items()) {
    request.headers.emplace_back(name, value.get<std::string>());
  }
  request.body = json.at("body");
  return request;
}

RecordedAnswer parse_answer(const Json& json) {
  RecordedAnswer answer{.status = json.at("status"), .json = json.at("json")};
  for (const auto& header : json.at("headers")) {
    answer.headers.emplace_back(header.at(0).get<std::string>(), header.at(1).get<std::string>());
  }
  if (json.contains("text")) answer.text = json.at("text").get<std::string>();
  return answer;
}

/// From a sentence such as "harbor v2.15.2 core built from source, …".
std::string version_in(const std::string& sentence) {
  std::smatch found;
  if (!std::regex_search(sentence, found, std::regex(R"(v(\d+\.\d+\.\d+))"))) {
    throw support::Failure("the recording does not say which version of Harbor it is of");
  }
  return found[1];
}

}  // namespace

Transcript parse_transcript(const Json& document) {
  Transcript transcript{.version = version_in(document.at("harbor"))};
  for (const auto& json : document.at("cases")) {
    transcript.cases.push_back({.name = json.at("case"),
                                .request = parse_request(json.at("request")),
                                .answer = parse_answer(json.at("response")),
                                .token = json.value("decoded_token", Json()),
                                .seconds = json.at("seconds")});
  }
  return transcript;
}

Transcript read_transcript(const std::filesystem::path& file) {
  try {
    return parse_transcript(Json::parse(support::read_file(file)));
  } catch (const Json::exception& error) {
    throw support::Failure(file.string() + " is no recording: " + error.what());
  }
}

}  // namespace conformance
