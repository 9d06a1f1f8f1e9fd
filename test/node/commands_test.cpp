// Every block of commands in README.md and docs/ that can be run is run, page by page and in the order of the page, and
// every whole object that a page shows is offered to an API server. What is not run says why not.
//
// The Chinese pages have the same blocks (test/docs/languages_test.py).
#include <algorithm>
#include <iostream>
#include <regex>

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

bool is_run(const Block& block) { return block.language == "sh" && !block.not_run; }

bool has_commands(const Page& page) { return std::ranges::any_of(page.blocks, is_run); }

bool is_expected(const Block& block, const support::Ran& ran) {
  if (!block.refused) return ran.code == 0;
  return ran.code != 0 && !block.refused->empty() && ran.out.find(*block.refused) != std::string::npos;
}

/// Whether it did what the page says.
bool run_block(const std::string& place, const Block& block) {
  const auto result = desk().run(block);
  INFO(place << "\n" << block.text << "--- ended with " << result.code << ":\n" << result.out << result.err);
  const bool well = is_expected(block, result);
  CHECK(well);
  if (well) std::cout << place << (block.refused ? ": was refused" : ": ran") << std::endl;
  return well;
}

/// In the order of the page; nothing comes after a block that failed.
void run_blocks(const Page& page) {
  for (const auto& block : page.blocks) {
    if (is_run(block) && !run_block(where(page, block), block)) return;
  }
}

/// For programs beside the cluster: Kustomize, Argo CD, Flux, the Prometheus operator, and Talos, which names no group.
bool is_of_a_tool(const Object& object) {
  const std::regex tools(
      "^(kustomize\\.config\\.k8s\\.io|argoproj\\.io|.*\\.toolkit\\.fluxcd\\.io|monitoring\\.coreos\\.com)/");
  return object.api_version == "v1alpha1" || std::regex_search(object.api_version, tools);
}

/// Whether it was offered, and so taken.
bool check_object(const std::string& place, const Object& object) {
  if (is_of_a_tool(object)) {
    std::cout << place << ": " << object.kind << " is not a kind of this cluster" << std::endl;
    return false;
  }
  const auto result = desk().offer(object);
  INFO(place << "\n" << object.text << "--- answer:\n" << result.err);
  CHECK(result.code == 0);
  return true;
}

}  // namespace

TEST_CASE("what stands before a block, and how far it goes, is read as Markdown has it", "[page]") {
  const auto found = blocks(
      "```sh\na\n\nb\n```\n<!-- not run: it needs a Harbor -->\n\n```sh\nc\n```\n<!-- not run: -->\n```sh\nd\n```\n"
      "1. list\n   <!-- refused: by whom -->\n   ```yaml\n   k:\n     v\n   ```\n````text\n```\n````\n");
  REQUIRE(found.size() == 5);
  CHECK(found[0].text == "a\n\nb\n");
  CHECK_FALSE(found[0].not_run);
  CHECK(found[1].not_run == "it needs a Harbor");
  CHECK(found[1].line == 8);
  CHECK(found[2].not_run == "");
  CHECK(found[3].text == "k:\n  v\n");
  CHECK(found[3].refused == "by whom");
  CHECK_FALSE(found[4].refused);
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
  int run = 0;
  int not_run = 0;
  for (const auto& page : all_pages()) {
    for (const auto& block : page.blocks) {
      INFO(where(page, block));
      CHECK_FALSE(block.language.empty());
      CHECK(block.language != "bash");  // those are called sh here, else this test would not see them
      CHECK(block.language != "shell");
      run += is_run(block) ? 1 : 0;
      if (!block.not_run) continue;
      CHECK_FALSE(block.not_run->empty());
      std::cout << where(page, block) << ": not run: " << *block.not_run << "\n";
      ++not_run;
    }
  }
  std::cout << run << " blocks are run, " << not_run << " are not" << std::endl;
  CHECK(run >= 40);
  CHECK(run > not_run);
}

TEST_CASE("pages that install the operator do so on a cluster without it", "[node]") {
  for (const auto& page : all_pages()) {
    if (!page.installs()) continue;
    DYNAMIC_SECTION(page.name) {
      desk().clear();
      run_blocks(page);
    }
  }
}

TEST_CASE("every whole object of a page is one that the API server takes", "[node]") {
  desk().clear();
  desk().prepare_operator();
  int taken = 0;
  for (const auto& page : all_pages()) {
    for (const auto& block : page.blocks) {
      if (block.language != "yaml" || block.not_run) continue;
      for (const auto& object : objects(block.text)) taken += check_object(where(page, block), object) ? 1 : 0;
    }
  }
  std::cout << taken << " objects were offered" << std::endl;
  CHECK(taken >= 2);
}

TEST_CASE("commands of every other page work where the operator is at work", "[node]") {
  for (const auto& page : all_pages()) {
    if (page.installs() || !has_commands(page)) continue;
    DYNAMIC_SECTION(page.name) {
      desk().prepare();
      run_blocks(page);
    }
  }
}
