#include "plan/placement.hpp"

#include <catch2/catch.hpp>

#include "unit/plan/fixtures.hpp"

namespace {

/// A ServiceAccount with the reference and our mark.
api::ServiceAccount ours(std::int64_t created, bool born) {
  auto made = fixtures::account("default", {"harbor-pull"}, {"harbor-pull"});
  made.created = created;
  if (born) made.born_with = {"harbor-pull"};
  return made;
}

}  // namespace

TEST_CASE("the youngest ServiceAccount tells who places references", "[plan]") {
  const auto entry = fixtures::entry("prod", "h.example");
  CHECK(plan::placement_of(entry, {}).by.empty());
  CHECK(plan::placement_of(entry, {ours(1, false)}).by == plan::kByOperator);
  CHECK(plan::placement_of(entry, {ours(1, false), ours(2, true)}).by == plan::kByAdmissionPolicy);
  CHECK(plan::placement_of(entry, {ours(1, true), ours(2, false)}).by == plan::kByOperator);
}

TEST_CASE("a ServiceAccount tells only of a reference that is ours and still wanted", "[plan]") {
  auto entry = fixtures::entry("prod", "h.example");
  const auto tells = [&](const api::ServiceAccount& account) {
    return !plan::placement_of(entry, {account}).by.empty();
  };
  CHECK(tells(ours(1, false)));
  CHECK_FALSE(tells(fixtures::account("default", {"harbor-pull"})));
  CHECK_FALSE(tells(fixtures::account("default", {"other"}, {"harbor-pull"})));
  CHECK_FALSE(tells(fixtures::account("build", {"harbor-pull"}, {"harbor-pull"})));
  auto ignored = ours(1, false);
  ignored.ignored = true;
  CHECK_FALSE(tells(ignored));
  entry.service_accounts.mode = api::AttachMode::kNone;
  CHECK_FALSE(tells(ours(1, false)));
}

TEST_CASE("of two placements the younger counts, and nothing never counts", "[plan]") {
  plan::Placement all;
  all.take({});
  CHECK(all.by.empty());
  all.take({5, plan::kByOperator});
  all.take({4, plan::kByAdmissionPolicy});
  all.take({9, ""});
  CHECK(all == plan::Placement{5, plan::kByOperator});
  CHECK(plan::placement_text(all.by).find("deploy/admission") != std::string::npos);
  CHECK(plan::placement_text("").empty());
}
