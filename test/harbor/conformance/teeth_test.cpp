// The recordings against themselves, one bite missing at a time: whatever goes or changes has to be noticed.
#include <catch2/catch.hpp>

#include "base/digest.hpp"
#include "harbor/conformance/match_answer.hpp"

using namespace conformance;

namespace {

/// An answer as recorded, with something real for what the recording only names.
struct Twin {
  Json json;
  Headers headers;
};

std::string token_of(const Json& token) {
  return base::base64_encode(token.at("header").dump()) + "." + base::base64_encode(token.at("claims").dump()) +
         ".c2ln";
}

Json filled(const Json& value, const Json& token) {
  if (value == "<secret>") return "ZtCLPpoKDbMyqrLH4eUIIIRmgnXjXR4h";
  if (value == "<jwt>") return token_of(token);
  if (!value.is_structured()) return value;
  Json result = value;
  for (auto& item : result) item = filled(item, token);
  return result;
}

bool holds(const Case& recorded, const Twin& twin) {
  const std::string body = recorded.answer.text ? *recorded.answer.text : twin.json.dump();
  return answer_differences(recorded, {recorded.answer.status, twin.headers, body, recorded.seconds}, {}).empty();
}

/// Nearly the same: the smallest change that nothing of what varies from run to run explains.
Json nearly(const Json& value) {
  if (value.is_string()) return "x" + value.get<std::string>();
  if (value.is_number_integer()) return value.get<std::int64_t>() + 100'000;
  if (value.is_boolean()) return !value.get<bool>();
  return Json{{"another", "value"}};
}

/// How many changes of one value in `json` were not noticed; the first of them is said.
int unnoticed(const Case& recorded, const Twin& twin) {
  int count = 0;
  const Json flat = twin.json.flatten();
  for (const auto& [path, value] : flat.items()) {
    const Json::json_pointer pointer(path);
    if (pointer.empty()) continue;
    Twin changed = twin;
    changed.json[pointer] = nearly(value);
    Twin shorter = twin;
    Json& parent = shorter.json[pointer.parent_pointer()];
    parent.is_object() ? static_cast<void>(parent.erase(pointer.back())) : parent.erase(std::stoul(pointer.back()));
    if (!holds(recorded, changed) && !holds(recorded, shorter)) continue;
    if (++count == 1) UNSCOPED_INFO(recorded.name << " " << path);
  }
  return count;
}

}  // namespace

TEST_CASE("every recorded answer equals itself, and not itself with one value gone or another", "[conformance]") {
  for (const auto* file : {"transcript-v2.9.0.json", "transcript-v2.15.2.json"}) {
    for (const auto& recorded : read_transcript(std::filesystem::path(HARBOR_PULL_TRANSCRIPTS) / file).cases) {
      CAPTURE(recorded.name);
      const Twin twin{filled(recorded.answer.json, recorded.token), recorded.answer.headers};
      CHECK(holds(recorded, twin));
      CHECK(unnoticed(recorded, twin) == 0);
    }
  }
}

TEST_CASE("no recorded header can go or change unnoticed", "[conformance]") {
  for (const auto& recorded :
       read_transcript(std::filesystem::path(HARBOR_PULL_TRANSCRIPTS) / "transcript-v2.15.2.json").cases) {
    CAPTURE(recorded.name);
    const Twin twin{filled(recorded.answer.json, recorded.token), recorded.answer.headers};
    for (std::size_t i = 0; i < twin.headers.size(); ++i) {
      CAPTURE(twin.headers[i].first);
      Twin without = twin;
      without.headers.erase(without.headers.begin() + static_cast<std::ptrdiff_t>(i));
      CHECK_FALSE(holds(recorded, without));
      Twin changed = twin;
      changed.headers[i].second = twin.headers[i].second.empty() ? "x" : "";
      CHECK_FALSE(holds(recorded, changed));
    }
  }
}
