// Who may include whom, and where a library or a clock may be touched: the tables of docs/architecture.md against the
// code.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <regex>
#include <set>

#include "layout/tree.hpp"

namespace {

using Names = std::set<std::string>;

/// A rule of the second and third table: `what` may stand only in `places` (folders end with '/'), relative to
/// operator/.
struct Rule {
  std::string what;
  std::vector<std::string> places;
};

std::string architecture() { return layout::read(layout::root() / "docs/architecture.md"); }

Names names(const std::vector<std::string>& words) { return {words.begin(), words.end()}; }

/// Folder to the folders it may use.
std::map<std::string, Names> arrows() {
  std::map<std::string, Names> found;
  for (const auto& row : layout::table(architecture(), "folder")) {
    REQUIRE(row.size() >= 2);
    found[layout::code_words(row[0]).at(0)] = names(layout::code_words(row[1]));
  }
  return found;
}

std::vector<Rule> rules(std::string_view first_heading) {
  std::vector<Rule> found;
  for (const auto& row : layout::table(architecture(), first_heading)) {
    REQUIRE(row.size() >= 3);
    for (const auto& what : layout::code_words(row[0])) found.push_back({what, layout::code_words(row[1])});
  }
  return found;
}

std::vector<std::string> code_files() { return layout::files("operator", {".hpp", ".cpp"}); }

std::string below_operator(const std::string& file) { return file.substr(std::string("operator/").size()); }

/// "kube" of "kube/api.cpp", "main.cpp" of "main.cpp".
std::string folder_of(const std::string& path) { return path.substr(0, path.find('/')); }

bool allowed(const Rule& rule, const std::string& path) {
  return std::ranges::any_of(rule.places, [&](const std::string& place) {
    return place.ends_with('/') ? path.starts_with(place) : path == place;
  });
}

void forbid(const std::string& file, const Rule& rule) {
  if (!allowed(rule, below_operator(file))) FAIL_CHECK(file << " uses " << rule.what << ": see docs/architecture.md");
}

/// Library to what its USES says, from operator/CMakeLists.txt.
std::map<std::string, Names> cmake_uses() {
  std::map<std::string, Names> found;
  const std::string text = layout::read(layout::root() / "operator/CMakeLists.txt");
  const std::regex call(R"(harbor_pull_library\((\w+)([^)]*)\))");
  for (std::sregex_iterator at(text.begin(), text.end(), call), end; at != end; ++at) {
    const std::string name = (*at)[1];
    if (name == "folder") continue;  // the function's own definition
    Names uses;
    bool inside = false;
    for (const auto& word : layout::words((*at)[2])) {
      if (word == "USES" || word == "EXTERNAL")
        inside = word == "USES";
      else if (inside)
        uses.insert(word);
    }
    found[name] = uses;
  }
  return found;
}

}  // namespace

TEST_CASE("every folder of operator/ has a row in the table of arrows", "[layout]") {
  const auto table = arrows();
  REQUIRE(table.size() > 5);
  for (const auto& folder : layout::folders("operator")) {
    INFO("operator/" << folder);
    CHECK(table.contains(folder));
  }
}

TEST_CASE("a row of the table of arrows uses only rows above it, so the arrows form no circle", "[layout]") {
  Names above;
  const auto table = arrows();
  for (const auto& row : layout::table(architecture(), "folder")) {
    const std::string folder = layout::code_words(row[0]).at(0);
    for (const auto& used : table.at(folder)) {
      INFO(folder << " uses " << used);
      CHECK(above.contains(used));
    }
    above.insert(folder);
  }
}

TEST_CASE("an include line follows an arrow", "[layout]") {
  const auto table = arrows();
  for (const auto& file : code_files()) {
    const std::string folder = folder_of(below_operator(file));
    if (!table.contains(folder)) FAIL_CHECK(file << " stands in a folder without a row");
    for (const auto& include : layout::includes(layout::read(layout::root() / file))) {
      const std::string used = folder_of(include);
      if (!table.contains(folder) || !table.contains(used) || used == folder) continue;
      if (!table.at(folder).contains(used)) FAIL_CHECK(file << " includes " << include << ", which no arrow allows");
    }
  }
}

TEST_CASE("a file of ours is included by its full path", "[layout]") {
  for (const auto& file : code_files()) {
    for (const auto& include : layout::includes(layout::read(layout::root() / file))) {
      const bool beside = include.find('/') == std::string::npos && include.ends_with(".hpp");
      if (beside || include.starts_with(".")) FAIL_CHECK(file << " includes " << include << ", not by its full path");
    }
  }
}

TEST_CASE("operator/CMakeLists.txt links what the table of arrows allows", "[layout]") {
  const auto cmake = cmake_uses();
  for (const auto& [folder, uses] : arrows()) {
    if (folder == "main.cpp") continue;
    INFO(folder);
    REQUIRE(cmake.contains(folder));
    CHECK(cmake.at(folder) == uses);
  }
  CHECK(cmake.size() + 1 == arrows().size());
}

TEST_CASE("a library's headers are included only in its places", "[layout]") {
  const auto places = rules("header");
  REQUIRE(places.size() > 5);
  for (const auto& file : code_files()) {
    for (const auto& include : layout::includes(layout::read(layout::root() / file))) {
      for (const auto& rule : places) {
        if (include == rule.what || (rule.what.ends_with('/') && include.starts_with(rule.what))) forbid(file, rule);
      }
    }
  }
}

TEST_CASE("clocks, locks and sleeps are used only in their places", "[layout]") {
  const auto places = rules("word");
  REQUIRE(places.size() > 2);
  for (const auto& file : code_files()) {
    const std::string code = layout::without_comments(layout::read(layout::root() / file));
    for (const auto& rule : places) {
      if (code.find(rule.what) != std::string::npos) forbid(file, rule);
    }
  }
}
