// The recordings and their scripts belong together.
#include "harbor/conformance/script.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "harbor/conformance/image.hpp"
#include "harbor/conformance/logins.hpp"
#include "harbor/conformance/replay.hpp"
#include "harbor/conformance/transcript.hpp"

using namespace conformance;

namespace {

const std::filesystem::path kFolder = HARBOR_PULL_TRANSCRIPTS;

bool some_case_begins(const Transcript& transcript, const std::string& beginning) {
  return std::ranges::any_of(transcript.cases, [&](const auto& c) { return c.name.starts_with(beginning); });
}

void check_names(const Transcript& transcript, const Script& script) {
  for (const auto& step : script.steps) {
    CAPTURE(step.before);
    CHECK(std::ranges::count(transcript.cases, step.before, &Case::name) == 1);
  }
  for (const auto& entry : script.by_hand) {
    for (const auto& beginning : entry.cases) {
      CAPTURE(beginning);
      CHECK(some_case_begins(transcript, beginning));
    }
  }
}

}  // namespace

TEST_CASE("both recordings are whole and every name in their scripts is one of theirs", "[conformance]") {
  for (const auto& [version, cases] : {std::pair("2.9.0", 176), std::pair("2.15.2", 807)}) {
    const auto transcript = read_transcript(kFolder / ("transcript-v" + std::string(version) + ".json"));
    CHECK(transcript.version == version);
    CHECK(transcript.cases.size() == static_cast<std::size_t>(cases));
    check_names(transcript, read_script(kFolder / ("script-v" + std::string(version) + ".json")));
  }
}

TEST_CASE("what was done by hand is replayed with a control API and skipped without", "[conformance]") {
  const Script script = read_script(kFolder / "script-v2.15.2.json");
  CHECK_FALSE(reason_to_skip(script, "expired robot: API", {.control = true, .core_url = true}));
  CHECK(reason_to_skip(script, "expired robot: API", {}));
  CHECK_FALSE(reason_to_skip(script, "expired robot: patch", {}));
  CHECK_FALSE(reason_to_skip(script, "ping", {}));
  CHECK(reason_to_skip(script, "v2 core url host header", {.control = true}));
}

TEST_CASE("an actor is the newest robot of its name, with its newest secret", "[conformance]") {
  Logins logins({{"one", "team-a+x"},
                 {"any", "op-*"},
                 {"old", {{"robot", "team-a+x"}, {"secret", "previous"}}},
                 {"bad", {{"robot", "team-a+x"}, {"secret", "wrong"}}},
                 {"bare", {{"robot", "op-b"}, {"prefix", ""}}}});
  logins.robot("team-a+x", "first");
  logins.robot("op-a", "a");
  logins.robot("op-b", "b");
  logins.robot("team-a+x", "second");
  CHECK(logins.of("one").user == "robot$team-a+x");
  CHECK(logins.of("one").secret == "second");
  CHECK(logins.of("old").secret == "first");
  CHECK(logins.of("bad").secret != "second");
  CHECK(logins.of("any").user == "robot$op-b");
  CHECK(logins.of("bare").user == "op-b");
  CHECK(logins.spelled_out("Basic <u:secret of one>") == basic({"u", "second"}));
  CHECK(logins.spelled_out("Basic !!!") == "Basic !!!");
  CHECK_THROWS(logins.of("nobody-knows"));
  CHECK_THROWS(logins.authorization("bearer:none"));
}

TEST_CASE("an image has the recorded sizes and its own digests", "[conformance]") {
  const Json manifest = Json::parse(R"({"mediaType":"m","config":{"digest":"sha256:c","size":86},
    "layers":[{"digest":"sha256:d","size":22}]})");
  const Image image = image_like(manifest, "sha256:m");
  REQUIRE(image.blobs.size() == 2);
  CHECK(image.blobs[0].bytes.size() == 86);
  CHECK(Json::accept(image.blobs[0].bytes));
  CHECK(image.blobs[1].bytes.size() == 22);
  const Json ours = Json::parse(image.manifest.bytes);
  CHECK(ours["config"]["digest"] == sha256(image.blobs[0].bytes));
  CHECK(ours["layers"][0]["digest"] == sha256(image.blobs[1].bytes));
  CHECK(image.manifest.digest == sha256(image.manifest.bytes));
  CHECK(sha256("") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("a robot is stored under its project and its name", "[conformance]") {
  CHECK(stored_name(Json::parse(R"({"name":"x","level":"system","permissions":[]})")) == "x");
  CHECK(stored_name(Json::parse(R"({"name":"x","level":"project","permissions":[{"namespace":"p"}]})")) == "p+x");
}
