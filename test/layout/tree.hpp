// The source tree as text: its files, their include lines, and the tables of its documents.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace layout {

/// The top of the source tree.
[[nodiscard]] std::filesystem::path root();

/// The whole file; fails the running test when it cannot be read.
[[nodiscard]] std::string read(const std::filesystem::path& file);

/// The same as lines, without line ends.
[[nodiscard]] std::vector<std::string> lines(const std::string& text);

/// Files with one of `extensions` (".cpp"; all when empty) under `folder`, sorted, as paths relative to the top of the
/// tree. Build folders and hidden folders other than .ci are left out.
[[nodiscard]] std::vector<std::string> files(std::string_view folder, const std::vector<std::string>& extensions = {});

/// Names of the folders directly under `folder`, sorted.
[[nodiscard]] std::vector<std::string> folders(std::string_view folder);

/// What the include lines of a C++ text name, without brackets and quotes.
[[nodiscard]] std::vector<std::string> includes(const std::string& text);

/// C++ text without its // comments. (An address in a string is cut too, which no rule minds.)
[[nodiscard]] std::string without_comments(const std::string& text);

/// One row of a Markdown table, cell by cell, trimmed.
using Row = std::vector<std::string>;

/// The rows of the table in `markdown` whose first heading is `first`; empty when there is none.
[[nodiscard]] std::vector<Row> table(const std::string& markdown, std::string_view first);

/// The words in backticks of one cell.
[[nodiscard]] std::vector<std::string> code_words(const std::string& cell);

/// The words of `text`, split at white space.
[[nodiscard]] std::vector<std::string> words(const std::string& text);

}  // namespace layout
