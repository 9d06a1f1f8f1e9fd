#include "plan/contention.hpp"

#include <catch2/catch.hpp>

namespace {

using plan::Fight;
using plan::Steady;
using std::chrono::minutes;
using std::chrono::seconds;

const Steady kStart{std::chrono::hours{1000}};

/// Attaches if allowed; tells whether it was.
bool attach(Fight& fight, Steady now) {
  if (!plan::may_attach(fight, now)) return false;
  plan::note_attached(fight, now);
  return true;
}

}  // namespace

TEST_CASE("an entry that vanishes three times in ten minutes is not put back for half an hour", "[plan]") {
  Fight fight;
  REQUIRE(attach(fight, kStart));
  REQUIRE(attach(fight, kStart + minutes{1}));
  REQUIRE(attach(fight, kStart + minutes{2}));
  const auto contended = kStart + minutes{3};
  REQUIRE_FALSE(attach(fight, contended));
  REQUIRE(fight.hold_until == contended + plan::kContentionHold);
  REQUIRE_FALSE(attach(fight, contended + minutes{30} - seconds{1}));
}

TEST_CASE("asking during a hold does not prolong it", "[plan]") {
  Fight fight;
  for (int i = 0; i < 3; ++i) REQUIRE(attach(fight, kStart));
  REQUIRE_FALSE(plan::may_attach(fight, kStart));
  const auto until = fight.hold_until;
  for (int i = 1; i < 30; ++i) REQUIRE_FALSE(plan::may_attach(fight, kStart + minutes{i}));
  REQUIRE(fight.hold_until == until);
}

TEST_CASE("after a hold the entry gets three more tries", "[plan]") {
  Fight fight;
  for (int i = 0; i < 3; ++i) REQUIRE(attach(fight, kStart));
  REQUIRE_FALSE(attach(fight, kStart));
  const auto again = fight.hold_until;
  for (int i = 0; i < 3; ++i) REQUIRE(attach(fight, again + seconds{i}));
  REQUIRE_FALSE(attach(fight, again + seconds{3}));
}

TEST_CASE("an entry that vanishes now and then is always put back", "[plan]") {
  Fight fight;
  for (int i = 0; i < 100; ++i) {
    REQUIRE(attach(fight, kStart + i * minutes{5}));
    REQUIRE(fight.attached.size() <= 3);
  }
}

TEST_CASE("an attachment counts for less than ten minutes, not for ten", "[plan]") {
  Fight late;
  for (int i = 0; i < 3; ++i) plan::note_attached(late, kStart);
  REQUIRE(plan::may_attach(late, kStart + plan::kContentionWindow));
  Fight early;
  for (int i = 0; i < 3; ++i) plan::note_attached(early, kStart);
  REQUIRE_FALSE(plan::may_attach(early, kStart + plan::kContentionWindow - seconds{1}));
}

TEST_CASE("a fight is over when neither an attachment nor a hold is recent", "[plan]") {
  Fight fight;
  REQUIRE(plan::over(fight, kStart));
  plan::note_attached(fight, kStart);
  REQUIRE_FALSE(plan::over(fight, kStart + minutes{9}));
  REQUIRE(plan::over(fight, kStart + minutes{10}));
  for (int i = 0; i < 3; ++i) plan::note_attached(fight, kStart + minutes{20});
  REQUIRE_FALSE(plan::may_attach(fight, kStart + minutes{20}));
  REQUIRE_FALSE(plan::over(fight, kStart + minutes{49}));
  REQUIRE(plan::over(fight, kStart + minutes{50}));
}
