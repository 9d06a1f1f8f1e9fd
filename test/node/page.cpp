#include "node/page.hpp"

#include <algorithm>
#include <regex>
#include <sstream>

#include "support/process.hpp"

namespace node {
namespace {

const std::regex& fence() {
  static const std::regex kFence("^(\\s*)(```+|~~~+)\\s*(\\S*).*$");
  return kFence;
}

std::string match(const std::string& text, const std::string& pattern) {
  std::smatch found;
  return std::regex_search(text, found, std::regex(pattern)) ? found[1].str() : "";
}

/// Without as much indentation as the fence has, as Markdown reads it.
std::string unindented(const std::string& line, std::size_t indentation) {
  return line.substr(std::min({indentation, line.find_first_not_of(' '), line.size()}));
}

/// What `<!-- MARK: TEXT -->` says.
std::optional<std::string> marked(const std::string& line, const std::string& mark) {
  std::smatch found;
  if (!std::regex_match(line, found, std::regex("\\s*<!--\\s*" + mark + ":?\\s*(.*?)\\s*-->\\s*"))) return std::nullopt;
  return found[1].str();
}

bool is_shell(const Block& block) { return block.language == "sh" && !block.not_run; }

}  // namespace

std::vector<Block> blocks(const std::string& markdown) {
  std::vector<Block> all;
  std::istringstream lines(markdown);
  std::string line, last, open;
  std::size_t indentation = 0;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::smatch found;
    if (!open.empty() && match(line, "^\\s*(```+|~~~+)\\s*$") == open) {
      open.clear();
    } else if (!open.empty()) {
      all.back().text += unindented(line, indentation) + "\n";
    } else if (std::regex_match(line, found, fence())) {
      indentation = found[1].str().size();
      open = found[2];
      all.push_back({number, found[3], "", marked(last, "refused"), marked(last, "not run")});
    }
    if (line.find_first_not_of(" \t") != std::string::npos) last = line;
  }
  return all;
}

std::vector<Object> objects(const std::string& yaml) {
  std::vector<Object> all;
  std::istringstream lines(yaml + "---\n");
  std::string line, document;
  while (std::getline(lines, line)) {
    if (line.compare(0, 3, "---") != 0) {
      document += line + "\n";
      continue;
    }
    Object object{match("\n" + document, "\napiVersion: *(\\S+)"), match("\n" + document, "\nkind: *(\\S+)"),
                  match(document, "\n  namespace: *(\\S+)"), document};
    if (object.ns.empty()) object.ns = match(document, "\nmetadata: *\\{[^}]*namespace: *([^,} ]+)");
    if (!object.api_version.empty() && !object.kind.empty()) all.push_back(std::move(object));
    document.clear();
  }
  return all;
}

bool Page::installs() const {
  const std::regex command("helm (upgrade --install|install) |kubectl apply -k deploy/?(\\s|$)");
  return std::ranges::any_of(
      blocks, [&](const Block& block) { return is_shell(block) && std::regex_search(block.text, command); });
}

std::vector<Page> pages(const std::filesystem::path& root) {
  std::vector<Page> all = {{"README.md", blocks(support::read_file(root / "README.md"))}};
  for (const auto& entry : std::filesystem::directory_iterator(root / "docs")) {
    if (entry.path().extension() != ".md") continue;
    all.push_back({"docs/" + entry.path().filename().string(), blocks(support::read_file(entry.path()))});
  }
  std::ranges::sort(all, {}, &Page::name);
  return all;
}

}  // namespace node
