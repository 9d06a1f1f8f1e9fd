#include "plan/robot_wish.hpp"

#include <catch2/catch.hpp>

#include "plan/reasons.hpp"

namespace {

using Catch::Matchers::Contains;

api::HarborRegistry registry(api::ProjectFrom from, std::vector<std::string> projects = {}) {
  api::HarborRegistry made;
  made.spec.robot.emplace();
  made.spec.robot->sharing = api::Sharing::kPerNamespace;
  made.spec.robot->project_from = from;
  if (from == api::ProjectFrom::kNamespaceLabel) made.spec.robot->project_label = "example.com/project";
  made.spec.robot->projects = std::move(projects);
  return made;
}

api::Namespace ns(const std::string& name, const std::string& project = "") {
  api::Namespace made;
  made.meta.name = name;
  if (!project.empty()) made.labels = {{"example.com/project", project}};
  return made;
}

}  // namespace

TEST_CASE("a namespace's project joins those for all, sorted and once", "[plan]") {
  const auto named = ns("team-a");
  const auto wish = plan::robot_wish(registry(api::ProjectFrom::kNamespaceName, {"zoo", "base", "team-a"}), &named);
  REQUIRE(wish);
  REQUIRE(wish->projects == std::vector<std::string>{"base", "team-a", "zoo"});
  const auto labelled = ns("any", "team-b");
  const auto other = plan::robot_wish(registry(api::ProjectFrom::kNamespaceLabel), &labelled);
  REQUIRE(other);
  REQUIRE(other->projects == std::vector<std::string>{"team-b"});
}

TEST_CASE("the robot of a whole registry has its projects and no namespace's", "[plan]") {
  const auto wish = plan::robot_wish(registry(api::ProjectFrom::kNone, {"b", "a"}), nullptr);
  REQUIRE(wish);
  REQUIRE(wish->projects == std::vector<std::string>{"a", "b"});
}

TEST_CASE("a namespace that names no project, or what no project can be called, has none", "[plan]") {
  struct Row {
    api::ProjectFrom from;
    api::Namespace ns;
    std::string says;
  };
  const auto label = api::ProjectFrom::kNamespaceLabel;
  const std::vector<Row> rows{{label, ns("bare"), "has no label example.com/project"},
                              {label, ns("upper", "Team"), "project Team"},
                              {label, ns("twice", "a_-b"), "project a_-b"},
                              {label, ns("last", "a."), "project a."},
                              {api::ProjectFrom::kNamespaceName, ns("a--b"), "project a--b"}};
  for (const auto& row : rows) {
    INFO(row.ns.meta.name);
    const auto wish = plan::robot_wish(registry(row.from), &row.ns);
    REQUIRE_FALSE(wish);
    REQUIRE(wish.error().reason == plan::kProjectNotFound);
    REQUIRE_THAT(wish.error().message, Contains(row.says) && Contains("namespace " + row.ns.meta.name));
  }
}
