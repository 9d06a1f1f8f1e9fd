// Every block of commands in README.md and docs/ that can be run is run, page by page and in the order of the page, and
// every whole object that a page shows is offered to an API server. What is not run says why not.
//
// The Chinese pages have the same blocks (test/docs/languages_test.py).
#include <iostream>

#include "node/desk.hpp"

using namespace node;

namespace {

Desk& desk() {
  static Desk one(Stage::shared());
  return one;
}

const std::vector<Page>& all_pages() {
  static const auto kPages = pages(support::project_root());
  return kPages;
}

std::string where(const Page& page, const Block& block) { return page.name + ":" + std::to_string(block.line); }

bool is_commands(const Block& block) { return block.language == "sh"; }

/// In the order of the page; nothing comes after a block that failed. How many ran.
int run_blocks(const Page& page) {
  int ran = 0;
  for (const auto& block : page.blocks) {
    if (!is_commands(block) || block.not_run) continue;
    const auto begin = std::chrono::steady_clock::now();
    const auto result = desk().run(block);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::cout << where(page, block) << ": " << result.code << " after " << took.count() << " s" << std::endl;
    INFO(where(page, block) << "\n" << block.text << "--- printed:\n" << result.out << result.err);
    CHECK(result.code == 0);
    if (result.code != 0) return ran;
    ++ran;
  }
  return ran;
}

bool has_commands(const Page& page) {
  return std::ranges::any_of(page.blocks, [](const Block& block) { return is_commands(block) && !block.not_run; });
}

/// Kinds of tools that an object may be for; those of a cluster, and ours, have to be there.
bool is_of_a_tool(const Object& object) {
  for (const std::string group : {"argoproj.io/", "toolkit.fluxcd.io/", "monitoring.coreos.com/", "kustomize.config"}) {
    if (object.api_version.find(group) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("what stands before a block, and how far it goes, is read as Markdown has it", "[page]") {
  const auto found = blocks(
      "```sh\na\n\nb\n```\n<!-- not run: it needs a Harbor -->\n\n```sh\nc\n```\n<!-- not run: -->\n```sh\nd\n```\n"
      "1. list\n   ```yaml\n   k:\n     v\n   ```\n````text\n```\n````\n");
  REQUIRE(found.size() == 5);
  CHECK(found[0].text == "a\n\nb\n");
  CHECK_FALSE(found[0].not_run);
  CHECK(found[1].not_run == "it needs a Harbor");
  CHECK(found[1].line == 8);
  CHECK(found[2].not_run == "");
  CHECK(found[3].text == "k:\n  v\n");
  CHECK(found[4].text == "```\n");
}

TEST_CASE("whole objects are told from fragments", "[page]") {
  const auto found = objects(
      "apiVersion: v1\nkind: Secret\nmetadata:\n  namespace: a\n---\nspec:\n  kind: x\n---\napiVersion: v1\nkind: "
      "Pod\n");
  REQUIRE(found.size() == 2);
  CHECK(found[0].ns == "a");
  CHECK(found[1].kind == "Pod");
  CHECK(found[1].ns.empty());
}

TEST_CASE("each block says what it is, and each that is not run says why", "[page]") {
  int not_run = 0;
  for (const auto& page : all_pages()) {
    for (const auto& block : page.blocks) {
      INFO(where(page, block));
      CHECK_FALSE(block.language.empty());
      CHECK((block.language != "bash" && block.language != "shell"));  // a block that this test would not see
      if (!block.not_run) continue;
      CHECK_FALSE(block.not_run->empty());
      std::cout << where(page, block) << ": not run: " << *block.not_run << "\n";
      ++not_run;
    }
  }
  std::cout << not_run << " blocks are not run" << std::endl;
}

TEST_CASE("pages that install the operator do so on a cluster without it", "[node]") {
  int ran = 0;
  for (const auto& page : all_pages()) {
    if (!page.installs()) continue;
    DYNAMIC_SECTION(page.name) {
      desk().clear();
      ran = run_blocks(page);
      CHECK(ran > 0);
    }
  }
}

TEST_CASE("every whole object of a page is one that the API server takes", "[node]") {
  desk().clear();
  desk().prepare_operator();
  int taken = 0;
  int skipped = 0;
  for (const auto& page : all_pages()) {
    for (const auto& block : page.blocks) {
      if (block.language != "yaml" || block.not_run) continue;
      for (const auto& object : objects(block.text)) {
        INFO(where(page, block) << "\n" << object.text);
        const auto result = is_of_a_tool(object) ? support::Ran{} : desk().offer(object);
        if (is_of_a_tool(object)) {
          std::cout << where(page, block) << ": " << object.kind << " is not a kind of this cluster\n";
          ++skipped;
          continue;
        }
        INFO(result.err);
        CHECK(result.code == 0);
        ++taken;
      }
    }
  }
  std::cout << taken << " objects were taken, " << skipped << " are of kinds of others" << std::endl;
  CHECK(taken >= 5);
}

TEST_CASE("commands of every other page work where the operator is at work", "[node]") {
  int ran = 0;
  for (const auto& page : all_pages()) {
    if (page.installs() || !has_commands(page)) continue;
    desk().prepare();
    ran += run_blocks(page);
  }
  std::cout << ran << " blocks ran" << std::endl;
  CHECK(ran >= 15);
}
