#include "plan/selection.hpp"

#include <catch2/catch.hpp>
#include <chrono>

namespace {

using api::LabelRequirement;
using Texts = std::vector<std::string>;

api::Namespace named(const std::string& name, api::Labels labels = {}) {
  return {{"", name, "", 0}, std::move(labels), false, false};
}

}  // namespace

TEST_CASE("a glob matches as a shell's does", "[plan]") {
  struct Row {
    std::string pattern, text;
    bool match;
  };
  const std::vector<Row> rows{{"", "", true},
                              {"", "a", false},
                              {"*", "", true},
                              {"*", "team-a", true},
                              {"?", "", false},
                              {"?", "a", true},
                              {"?", "ab", false},
                              {"team-*", "team-", true},
                              {"team-*", "team-a", true},
                              {"team-*", "my-team-a", false},
                              {"*-a", "team-a", true},
                              {"*-a", "team-a-b", false},
                              {"a*b*c", "abc", true},
                              {"a*b*c", "aXbYbZc", true},
                              {"a*b*c", "acb", false},
                              {"**", "x", true},
                              {"a**b", "ab", true},
                              {"a?c", "abc", true},
                              {"a?c", "ac", false},
                              {"*?", "", false},
                              {"?*?", "ab", true},
                              {"a", "A", false},
                              {"a.c", "abc", false},
                              {"[ab]", "a", false},
                              {"*ab", "aab", true},
                              {"*aab", "aaab", true},
                              {"default", "default2", false}};
  for (const auto& row : rows) {
    INFO(row.pattern << " on " << row.text);
    REQUIRE(plan::glob_matches(row.pattern, row.text) == row.match);
  }
}

TEST_CASE("a glob of many stars on a long text is decided at once", "[plan]") {
  const std::string text(20'000, 'a');
  const auto start = std::chrono::steady_clock::now();
  for (const std::string pattern : {"a*a*a*a*b", "*a*a*a*a*a*a*a*a*b", "*****************b"}) {
    REQUIRE_FALSE(plan::glob_matches(pattern, text));
  }
  REQUIRE(std::chrono::steady_clock::now() - start < std::chrono::seconds{5});
}

TEST_CASE("a label requirement means what Kubernetes says", "[plan]") {
  struct Row {
    LabelRequirement requirement;
    bool with_prod, with_dev, absent;
  };
  const std::vector<Row> rows{
      {{"env", "In", {"prod", "x"}}, true, false, false}, {{"env", "NotIn", {"prod"}}, false, true, true},
      {{"env", "Exists", {}}, true, true, false},         {{"env", "DoesNotExist", {}}, false, false, true},
      {{"env", "in", {"prod"}}, false, false, false},     {{"env", "", {}}, false, false, false},
      {{"env", "Gt", {"1"}}, false, false, false}};
  for (const auto& row : rows) {
    const api::LabelSelector selector{{}, {row.requirement}};
    INFO(row.requirement.op);
    REQUIRE(plan::matches(selector, {{"a", "b"}, {"env", "prod"}, {"z", ""}}) == row.with_prod);
    REQUIRE(plan::matches(selector, {{"env", "dev"}}) == row.with_dev);
    REQUIRE(plan::matches(selector, {{"envy", "prod"}}) == row.absent);
  }
}

TEST_CASE("all of a selector must hold, and an empty one always does", "[plan]") {
  REQUIRE(plan::matches({}, {}));
  const api::LabelSelector selector{{{"env", "prod"}, {"tier", ""}}, {{"team", "Exists", {}}}};
  REQUIRE(plan::matches(selector, {{"env", "prod"}, {"team", "a"}, {"tier", ""}}));
  REQUIRE_FALSE(plan::matches(selector, {{"env", "prod"}, {"team", "a"}}));
  REQUIRE_FALSE(plan::matches(selector, {{"env", "prod"}, {"tier", ""}}));
  REQUIRE_FALSE(plan::matches(selector, {{"env", "dev"}, {"team", "a"}, {"tier", ""}}));
}

TEST_CASE("a selector that cannot be understood says why and selects nothing", "[plan]") {
  const std::vector<LabelRequirement> bad{
      {"k", "Near", {}}, {"k", "In", {}}, {"k", "NotIn", {}}, {"k", "Exists", {"v"}}, {"k", "DoesNotExist", {"v"}}};
  for (const auto& requirement : bad) {
    const api::LabelSelector selector{{}, {requirement}};
    REQUIRE_THAT(plan::selector_problem(selector, "spec.x"),
                 Catch::Matchers::StartsWith("spec.x.matchExpressions (key k): "));
    REQUIRE_FALSE(plan::selects(api::NamespaceSelection{selector, {}, {}}, named("a")));
    api::ServiceAccountSelection accounts;
    accounts.selector = selector;
    REQUIRE_FALSE(plan::selects(accounts, {.meta = {"a", "default", "", 0}}));
  }
  REQUIRE(plan::selector_problem({{}, {{"k", "In", {"v"}}, {"k", "Exists", {}}}}, "spec.x").empty());
}

TEST_CASE("a namespace is selected by selector and names together, unless excluded", "[plan]") {
  const api::LabelSelector all;
  const api::LabelSelector prod{{{"env", "prod"}}, {}};
  struct Row {
    api::NamespaceSelection selection;
    bool selected;
  };
  const std::vector<Row> rows{
      {{all, {}, {}}, true},          {{prod, {}, {}}, true},
      {{{}, {"team-*"}, {}}, true},   {{{}, {"x", "team-?"}, {}}, true},
      {{prod, {"team-*"}, {}}, true}, {{prod, {"other"}, {}}, false},
      {{all, {}, {"team-*"}}, false}, {{{}, {"team-*"}, {"team-b"}}, true},
      {{{}, {}, {}}, false},          {{api::LabelSelector{{{"env", "dev"}}, {}}, {"team-*"}, {}}, false}};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    INFO("row " << i);
    REQUIRE(plan::selects(rows[i].selection, named("team-a", {{"env", "prod"}})) == rows[i].selected);
  }
}

TEST_CASE("a ServiceAccount is selected by names and selector together, and by no one in mode None", "[plan]") {
  const api::ServiceAccount account{.meta = {"a", "builder", "", 0}, .labels = {{"ci", "yes"}}};
  const api::LabelSelector yes{{{"ci", "yes"}}, {}};
  const api::LabelSelector no{{{"ci", "no"}}, {}};
  using api::AttachMode;
  REQUIRE_FALSE(plan::selects(api::ServiceAccountSelection{}, account));
  REQUIRE(plan::selects({AttachMode::kAttach, {"*"}, {}}, account));
  REQUIRE(plan::selects({AttachMode::kAttach, {"default", "build*"}, yes}, account));
  REQUIRE_FALSE(plan::selects({AttachMode::kAttach, {"*"}, no}, account));
  REQUIRE_FALSE(plan::selects({AttachMode::kAttach, {}, {}}, account));
  REQUIRE_FALSE(plan::selects({AttachMode::kNone, {"*"}, {}}, account));
}
