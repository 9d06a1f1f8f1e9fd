#include "harbor/version.hpp"

#include <catch2/catch.hpp>

using harbor::Level;
using harbor::Version;

TEST_CASE("a version is read with and without its commit, and nothing else is one", "[harbor]") {
  CHECK(harbor::parse_version("v2.15.2-080b0220") == Version{2, 15, 2});
  CHECK(harbor::parse_version("2.9.0") == Version{2, 9, 0});
  CHECK(harbor::parse_version("v2.14.1+build") == Version{2, 14, 1});
  for (const auto* text : {"", "v", "v2", "v2.15", "v2.15.", "v2.15.x", "v2..1", "v-2.1.0", "dev", "v2.15.2.1",
                           "v99999999999.0.0", "v2.15.2 "}) {
    INFO(text);
    CHECK_FALSE(harbor::parse_version(text));
  }
}

TEST_CASE("versions are ordered by their numbers", "[harbor]") {
  CHECK(Version{2, 9, 5} < Version{2, 10, 0});
  CHECK(Version{2, 14, 0} < Version{2, 14, 1});
  CHECK_FALSE(Version{2, 15, 0} < Version{2, 14, 1});
}

TEST_CASE("each version says which robots may make robots", "[harbor]") {
  struct Row {
    const char* version;
    Level maker;
    Level made;
    bool may;
  };
  const auto kSystem = Level::kSystem;
  const auto kProject = Level::kProject;
  const std::vector<Row> rows = {
      {"v2.4.0-a", kSystem, kSystem, false},   {"v2.9.5-a", kProject, kProject, false},
      {"v2.10.3-a", kSystem, kSystem, false},  {"v2.11.2-a", kProject, kProject, false},
      {"v2.12.0-a", kSystem, kSystem, true},   {"v2.12.0-a", kSystem, kProject, false},
      {"v2.13.5-a", kProject, kProject, true}, {"v2.13.5-a", kSystem, kProject, false},
      {"v2.14.0-a", kSystem, kProject, false}, {"v2.14.0-a", kSystem, kSystem, true},
      {"v2.14.1-a", kSystem, kProject, true},  {"v2.15.2-080b0220", kSystem, kProject, true},
      {"v2.15.2-a", kProject, kSystem, false}, {"", kSystem, kProject, true},
      {"dev", kSystem, kProject, true},
  };
  for (const auto& row : rows) {
    INFO(row.version << " " << name(row.maker) << " makes " << name(row.made));
    const auto sentence = harbor::robot_may_not_make(row.version, row.maker, row.made);
    CHECK(sentence.empty() == row.may);
    if (!row.may) CHECK(sentence.find("as the account") != std::string::npos);
  }
  CHECK(harbor::robot_may_not_make("v2.13.0-a", kSystem, kProject) ==
        "Harbor 2.13.0 does not let a system robot make robots of a project; use a user as the account, or update "
        "Harbor to 2.14.1 or newer");
}
