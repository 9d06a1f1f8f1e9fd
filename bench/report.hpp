// What is printed: a table of figures, and the notes that say how far to trust it.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace bench {

struct Row {
  std::string figure;
  std::string ours;
  std::string floor = {};
  std::string ratio = {};
  std::string target = {};
  std::optional<bool> reached = {};  ///< nothing: only for information
};

class Report {
 public:
  void add(Row row) { rows_.push_back(std::move(row)); }
  /// A line below the table: single rounds, spread, what else was seen.
  void note(std::string line) { notes_.push_back(std::move(line)); }
  /// Markdown, with columns aligned.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::size_t missed() const;

 private:
  std::vector<Row> rows_;
  std::vector<std::string> notes_;
};

/// Progress, on standard error: standard output holds only the report.
void say(const std::string& line);

}  // namespace bench
