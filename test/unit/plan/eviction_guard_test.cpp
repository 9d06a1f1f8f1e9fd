#include "plan/eviction_guard.hpp"

#include <catch2/catch.hpp>

using plan::EvictionBasis;
using plan::EvictionGuard;
using plan::EvictionRate;
using Answer = plan::EvictionGuard::Answer;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

EvictionBasis basis(int secret, int generation = 1) {
  EvictionBasis made;
  made.secret.fill(static_cast<std::uint8_t>(secret));
  made.generation = generation;
  return made;
}

}  // namespace

TEST_CASE("all Pods of a controller that were there before are evicted, each once", "[plan]") {
  EvictionGuard guard;
  CHECK(guard.ask("rs", "a", basis(1)) == Answer::kYes);
  guard.begin("rs", basis(1), {"a", "b"});
  guard.done("rs", "a");
  CHECK(guard.ask("rs", "a", basis(1)) == Answer::kDone);
  CHECK(guard.ask("rs", "b", basis(1)) == Answer::kYes);
}

TEST_CASE("a Pod made after an eviction that waits again is given up, and so is the next", "[plan]") {
  EvictionGuard guard;
  guard.begin("rs", basis(1), {"a", "b"});
  guard.done("rs", "a");
  CHECK(guard.ask("rs", "a2", basis(1)) == Answer::kGivenUp);
  guard.begin("rs", basis(1), {"b", "a2"});  // b follows; a2 does not become old by that
  guard.done("rs", "b");
  CHECK(guard.ask("rs", "a2", basis(1)) == Answer::kGivenUp);
  CHECK(guard.ask("rs", "b2", basis(1)) == Answer::kGivenUp);
  CHECK(guard.ask("other", "x", basis(1)) == Answer::kYes);
}

TEST_CASE("another Secret, another generation or a policy that came is another chance", "[plan]") {
  auto with_policy = basis(1);
  with_policy.policy = true;
  for (const auto& next : {basis(2), basis(1, 2), with_policy}) {
    EvictionGuard guard;
    guard.begin("rs", basis(1), {"a"});
    guard.done("rs", "a");
    REQUIRE(guard.ask("rs", "a2", basis(1)) == Answer::kGivenUp);
    CHECK(guard.ask("rs", "a2", next) == Answer::kYes);
    guard.begin("rs", next, {"a2"});
    guard.done("rs", "a2");
    CHECK(guard.ask("rs", "a2", next) == Answer::kDone);
    CHECK(guard.ask("rs", "a3", next) == Answer::kGivenUp);
  }
}

TEST_CASE("a lost reply lets the same Pod be tried again, and no other", "[plan]") {
  EvictionGuard guard;
  guard.begin("set", basis(1), {"a"});
  CHECK(guard.ask("set", "a", basis(1)) == Answer::kYes);
  CHECK(guard.ask("set", "a2", basis(1)) == Answer::kGivenUp);
}

TEST_CASE("the guard's memory is bounded, and the oldest is forgotten first", "[plan]") {
  EvictionGuard guard;
  for (int i = 0; i < 5000; ++i) guard.begin("rs-" + std::to_string(i), basis(1), {"a"});
  CHECK(guard.size() == 4096);
  CHECK(guard.ask("rs-0", "b", basis(1)) == Answer::kYes);
  CHECK(guard.ask("rs-4999", "b", basis(1)) == Answer::kGivenUp);
}

TEST_CASE("ten evictions go at once, then one a second", "[plan]") {
  EvictionRate rate;
  const base::SteadyTime start{seconds{1000}};
  for (int i = 0; i < 10; ++i) CHECK_FALSE(rate.take(start));
  CHECK(rate.take(start) == seconds{1});
  CHECK(rate.take(start + milliseconds{400}) == milliseconds{600});
  CHECK_FALSE(rate.take(start + seconds{1}));
  CHECK(rate.take(start + seconds{1}) == seconds{1});
  // A second burst has to be saved up.
  CHECK_FALSE(rate.take(start + seconds{4}));
  CHECK_FALSE(rate.take(start + seconds{4}));
  CHECK_FALSE(rate.take(start + seconds{4}));
  CHECK(rate.take(start + seconds{4}) == seconds{1});
  for (int i = 0; i < 10; ++i) CHECK_FALSE(rate.take(start + seconds{3600}));
  CHECK(rate.take(start + seconds{3600}));
}
