// What the README says in figures, held to the recordings and to the list of known differences.
#include <algorithm>
#include <catch2/catch.hpp>

#include "harbor/conformance/transcript.hpp"
#include "harbor/conformance/verdict.hpp"
#include "support/process.hpp"

using namespace conformance;

namespace {

const std::filesystem::path kTranscripts = HARBOR_PULL_TRANSCRIPTS;
const std::filesystem::path kHarbor = kTranscripts.parent_path();

/// The line of the table that the list of known differences amounts to.
std::string line(const std::string& version, const std::string& profile) {
  const auto transcript = read_transcript(kTranscripts / ("transcript-v" + version + ".json"));
  const std::string replay = version == profile ? version : version + " asked of " + profile;
  const Known known = read_known(kHarbor / "conformance/known_differences.json", replay);
  const auto differ = std::ranges::count_if(
      transcript.cases, [&](const auto& recorded) { return !known_reason(known, recorded.name).empty(); });
  const auto cases = static_cast<std::ptrdiff_t>(transcript.cases.size());
  return "| " + version + " | double, profile " + profile + " | " + std::to_string(cases) + " | " +
         std::to_string(cases - differ) + " | " + std::to_string(differ) + " |";
}

}  // namespace

TEST_CASE("the README tells how many cases hold", "[conformance]") {
  const std::string readme = support::read_file(kHarbor / "README.md");
  for (const auto& [version, profile] :
       {std::pair("2.9.0", "2.9.0"), std::pair("2.15.2", "2.15.2"), std::pair("2.9.0", "2.15.2")}) {
    const std::string expected = line(version, profile);
    CAPTURE(expected);
    CHECK(readme.find(expected) != std::string::npos);
  }
}

TEST_CASE("the README tells how many cases are skipped where nobody can write into the database", "[conformance]") {
  const std::string readme = support::read_file(kHarbor / "README.md");
  std::string sentence;
  for (const std::string version : {"2.9.0", "2.15.2"}) {
    const auto transcript = read_transcript(kTranscripts / ("transcript-v" + version + ".json"));
    const Script script = read_script(kTranscripts / ("script-v" + version + ".json"));
    const auto skipped = std::ranges::count_if(
        transcript.cases, [&](const auto& recorded) { return reason_to_skip(script, recorded.name, {}).has_value(); });
    sentence += (sentence.empty() ? "" : " and ") + std::to_string(skipped) + " of " + version;
  }
  CAPTURE(sentence);
  CHECK(readme.find(sentence) != std::string::npos);
}
