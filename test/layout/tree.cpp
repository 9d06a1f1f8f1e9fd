#include "layout/tree.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <sstream>

namespace layout {
namespace {

namespace fs = std::filesystem;

std::string trim(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

Row cells(const std::string& line) {
  Row row;
  std::istringstream in(line.substr(1));
  for (std::string cell; std::getline(in, cell, '|');) row.push_back(trim(cell));
  return row;
}

bool skipped(const fs::path& folder) {
  const std::string name = folder.filename().string();
  return name == "build" || name.starts_with("cmake-build") || (name.starts_with(".") && name != ".ci");
}

bool wanted(const fs::path& file, const std::vector<std::string>& extensions) {
  return extensions.empty() || std::ranges::find(extensions, file.extension().string()) != extensions.end();
}

}  // namespace

fs::path root() { return HARBOR_PULL_ROOT; }

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  INFO(file.string());
  REQUIRE(in.good());
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> found;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) found.push_back(line);
  return found;
}

std::vector<std::string> files(std::string_view folder, const std::vector<std::string>& extensions) {
  std::vector<std::string> found;
  // test/cluster/build is a file of ours, so only folders are skipped by name.
  for (auto at = fs::recursive_directory_iterator(root() / folder); at != fs::recursive_directory_iterator(); ++at) {
    if (at->is_directory() && skipped(at->path())) at.disable_recursion_pending();
    if (at->is_regular_file() && wanted(at->path(), extensions)) {
      found.push_back(at->path().lexically_relative(root()).generic_string());
    }
  }
  std::ranges::sort(found);
  return found;
}

std::vector<std::string> folders(std::string_view folder) {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(root() / folder)) {
    if (entry.is_directory()) found.push_back(entry.path().filename().string());
  }
  std::ranges::sort(found);
  return found;
}

std::vector<std::string> includes(const std::string& text) {
  std::vector<std::string> found;
  for (const auto& line : lines(text)) {
    const std::string code = trim(line);
    if (!code.starts_with("#")) continue;
    const auto word = code.find("include");
    const auto begin = code.find_first_of("<\"");
    const auto end = code.find_first_of(">\"", begin == std::string::npos ? begin : begin + 1);
    if (word == std::string::npos || end == std::string::npos || begin < word) continue;
    found.push_back(code.substr(begin + 1, end - begin - 1));
  }
  return found;
}

std::string without_comments(const std::string& text) {
  std::string code;
  for (const auto& line : lines(text)) code += line.substr(0, line.find("//")) + '\n';
  return code;
}

std::vector<Row> table(const std::string& markdown, std::string_view first) {
  std::vector<Row> rows;
  bool inside = false;
  for (const auto& line : lines(markdown)) {
    if (!line.starts_with("|")) {
      inside = false;
      continue;
    }
    const Row row = cells(line);
    if (inside && !line.starts_with("|-")) rows.push_back(row);
    inside = inside || (!row.empty() && row.front() == first);
  }
  return rows;
}

std::vector<std::string> code_words(const std::string& cell) {
  std::vector<std::string> found;
  for (auto begin = cell.find('`'); begin != std::string::npos; begin = cell.find('`', begin)) {
    const auto end = cell.find('`', begin + 1);
    if (end == std::string::npos) break;
    found.push_back(cell.substr(begin + 1, end - begin - 1));
    begin = end + 1;
  }
  return found;
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

}  // namespace layout
