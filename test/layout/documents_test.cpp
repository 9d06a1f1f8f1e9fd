// Documents that must keep up with the code.
#include <algorithm>
#include <catch2/catch.hpp>
#include <regex>
#include <set>

#include "layout/tree.hpp"

namespace {

std::set<std::string> headings(const std::string& markdown, const std::string& level) {
  std::set<std::string> found;
  for (const auto& line : layout::lines(markdown)) {
    if (line.starts_with(level + ' ')) found.insert(line.substr(level.size() + 1));
  }
  return found;
}

/// Values of the constants in operator/plan/reasons.hpp.
std::set<std::string> reasons() {
  const std::string text = layout::read(layout::root() / "operator/plan/reasons.hpp");
  const std::regex constant(R"re(std::string_view\s+k\w+\s*=\s*"([A-Z]\w*)")re");
  std::set<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), constant), end; at != end; ++at) found.insert((*at)[1]);
  return found;
}

}  // namespace

TEST_CASE("every decision record has a number, a context, a decision and consequences", "[layout]") {
  const auto records = layout::files("docs/adr", {".md"});
  REQUIRE_FALSE(records.empty());
  std::set<std::string> numbers;
  for (const auto& file : records) {
    INFO(file);
    const std::string name = file.substr(file.rfind('/') + 1);
    CHECK(std::regex_match(name, std::regex(R"(\d{4}-[a-z0-9-]+\.md)")));
    CHECK(numbers.insert(name.substr(0, 4)).second);
    const auto found = headings(layout::read(layout::root() / file), "##");
    for (const auto* heading : {"Context", "Decision", "Consequences"}) {
      INFO(heading);
      CHECK(found.contains(heading));
    }
  }
}

TEST_CASE("every reason that a condition can carry has a heading in the troubleshooting page", "[layout]") {
  const auto known = reasons();
  REQUIRE(known.size() > 5);
  const auto explained = headings(layout::read(layout::root() / "docs/troubleshooting.md"), "###");
  for (const auto& reason : known) {
    INFO(reason);
    CHECK(explained.contains(reason));
  }
}

TEST_CASE("every heading of the troubleshooting page is a reason that exists", "[layout]") {
  const auto known = reasons();
  for (const auto& heading : headings(layout::read(layout::root() / "docs/troubleshooting.md"), "###")) {
    INFO(heading);
    CHECK(known.contains(heading));
  }
}

TEST_CASE("a link from one document to another leads somewhere", "[layout]") {
  auto documents = layout::files("docs", {".md"});
  for (const auto* top : {"CONTRIBUTING.md", "CHANGELOG.md", "README.md"}) {
    if (std::filesystem::exists(layout::root() / top)) documents.emplace_back(top);
  }
  const std::regex link(R"(\]\(([^)#:]+)(#[^)]*)?\))");  // no colon: addresses elsewhere are not our business
  const std::regex code("`[^`\n]*`");
  for (const auto& file : documents) {
    const std::string text = std::regex_replace(layout::read(layout::root() / file), code, "");
    const auto folder = (layout::root() / file).parent_path();
    for (std::sregex_iterator at(text.begin(), text.end(), link), end; at != end; ++at) {
      const std::string target = (*at)[1];
      if (!std::filesystem::exists(folder / target))
        FAIL_CHECK(file << " links to " << target << ", which is not there");
    }
  }
}
