#include "harbor/conformance/verdict.hpp"

#include <catch2/catch.hpp>

using namespace conformance;

namespace {

const std::vector<Outcome> kOutcomes{{"a: one", Verdict::kHolds, {}},
                                     {"a: two", Verdict::kDiffers, {"status"}},
                                     {"b", Verdict::kSkipped, {"why"}},
                                     {"c", Verdict::kDiffers, {"body"}}};

}  // namespace

TEST_CASE("a difference that nobody listed is not good", "[conformance]") {
  const Summary summary = summarize(kOutcomes, {{"a: two", "because"}});
  CHECK(summary.wrong == std::vector<std::string>{"differs: c"});
  CHECK_FALSE(summary.good());
}

TEST_CASE("differences that are all listed are good", "[conformance]") {
  const Summary summary = summarize(kOutcomes, {{"a: two", "because"}, {"c", "because"}});
  CHECK(summary.good());
  CHECK(summary.text() == "1 of 4 cases hold, 1 skipped, 2 differ (2 of them known)");
}

TEST_CASE("a list cannot rot: a listed case that holds, or that is no case, or has no reason, is not good",
          "[conformance]") {
  CHECK_FALSE(summarize(kOutcomes, {{"a*", "because"}, {"c", "because"}}).good());
  CHECK_FALSE(summarize(kOutcomes, {{"a: two", "because"}, {"c", "because"}, {"d", "because"}}).good());
  CHECK_FALSE(summarize(kOutcomes, {{"a: two", "because"}, {"c", ""}}).good());
}

TEST_CASE("an entry is a whole name, or a beginning with a * behind", "[conformance]") {
  CHECK(known_reason({{"a", "why"}}, "a: one").empty());
  CHECK(known_reason({{"a*", "why"}}, "a: one") == "why");
  CHECK(known_reason({{"a: one", "why"}}, "a: one") == "why");
  CHECK_FALSE(summarize(kOutcomes, {{"a: tw", "because"}, {"c", "because"}}).good());
}

TEST_CASE("a replay of nothing is not good", "[conformance]") { CHECK_FALSE(summarize({}, {}).good()); }
