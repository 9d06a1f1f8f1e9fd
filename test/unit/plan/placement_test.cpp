#include "plan/placement.hpp"

#include <catch2/catch.hpp>

#include "unit/plan/fixtures.hpp"

TEST_CASE("a ServiceAccount tells who placed its reference when it is ours and still wanted", "[plan]") {
  const auto entry = fixtures::entry("prod", "h.example");
  const auto ours = fixtures::account("default", {"harbor-pull"}, {"harbor-pull"});
  CHECK(plan::tells_of_placement(entry, ours));
  CHECK_FALSE(plan::tells_of_placement(entry, fixtures::account("default", {"harbor-pull"})));
  CHECK_FALSE(plan::tells_of_placement(entry, fixtures::account("default", {"other"}, {"harbor-pull"})));
  CHECK_FALSE(plan::tells_of_placement(entry, fixtures::account("build", {"harbor-pull"}, {"harbor-pull"})));
  auto ignored = ours;
  ignored.ignored = true;
  CHECK_FALSE(plan::tells_of_placement(entry, ignored));
  auto none = entry;
  none.service_accounts.mode = api::AttachMode::kNone;
  CHECK_FALSE(plan::tells_of_placement(none, ours));
}

TEST_CASE("the mark on a reference tells who placed it", "[plan]") {
  const auto entry = fixtures::entry("prod", "h.example");
  auto account = fixtures::account("default", {"harbor-pull"}, {"harbor-pull"});
  CHECK(plan::placed_by(entry, account) == plan::kByOperator);
  account.born_with = {"harbor-pull"};
  CHECK(plan::placed_by(entry, account) == plan::kByAdmissionPolicy);
  CHECK(plan::placement_text(plan::kByOperator).find("deploy/admission") != std::string::npos);
  CHECK(plan::placement_text("").empty());
}
