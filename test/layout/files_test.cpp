// Sizes of files, and what no file may say.
#include <algorithm>
#include <catch2/catch.hpp>
#include <iterator>

#include "layout/tree.hpp"

namespace {

constexpr std::size_t kThink = 300;  // lines of a file that is not a test
constexpr std::size_t kFail = 500;

std::vector<std::string> not_tests() {
  std::vector<std::string> found{"dev", "CMakeLists.txt", "test/cluster/build"};
  for (const auto* folder : {"operator", "bench", "cmake"}) {
    std::ranges::copy(layout::files(folder), std::back_inserter(found));
  }
  return found;
}

}  // namespace

TEST_CASE("no file but a test is longer than 500 lines", "[layout]") {
  for (const auto& file : not_tests()) {
    const std::size_t size = layout::lines(layout::read(layout::root() / file)).size();
    if (size > kFail)
      FAIL_CHECK(file << " has " << size << " lines: split it");
    else if (size > kThink)
      WARN(file << " has " << size << " lines: think about two files");
  }
}

TEST_CASE("every header opens by saying what it is", "[layout]") {
  for (const auto& file : layout::files("operator", {".hpp"})) {
    if (!layout::read(layout::root() / file).starts_with("//")) FAIL_CHECK(file << " opens without a comment");
  }
}

TEST_CASE("no file names a folder of the machine it was written on", "[layout]") {
  // Put together here, or this file would be the first to break the rule.
  const std::vector<std::string> forbidden{std::string("/ro") + "ot/", std::string("/ho") + "me/"};
  for (const auto& file : layout::files("")) {
    const std::string text = layout::read(layout::root() / file);
    for (const auto& path : forbidden) {
      if (text.find(path) != std::string::npos) FAIL_CHECK(file << " names " << path);
    }
  }
}
