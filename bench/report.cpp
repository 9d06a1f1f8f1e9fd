#include "bench/report.hpp"

#include <algorithm>
#include <array>
#include <iostream>

namespace bench {
namespace {

using Cells = std::array<std::string, 6>;

Cells cells(const Row& row) {
  const auto reached = !row.reached ? "" : *row.reached ? "yes" : "NO";
  return {row.figure, row.ours, row.floor, row.ratio, row.target, reached};
}

/// Columns a terminal shows: bytes that begin a character of UTF-8.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string line(const Cells& row, const std::array<std::size_t, 6>& widths) {
  std::string text = "|";
  for (std::size_t i = 0; i < row.size(); ++i) {
    text += " " + row[i] + std::string(widths[i] - width(row[i]), ' ') + " |";
  }
  return text + "\n";
}

}  // namespace

std::string Report::text() const {
  std::vector<Cells> table = {{"figure", "operator", "floor", "operator to floor", "to reach", "reached"}, {}};
  std::transform(rows_.begin(), rows_.end(), std::back_inserter(table), cells);
  std::array<std::size_t, 6> widths{};
  for (const auto& row : table) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], width(row[i]));
    }
  }
  for (std::size_t i = 0; i < widths.size(); ++i) {
    table[1][i] = std::string(widths[i], '-');
  }
  std::string all;
  for (const auto& row : table) {
    all += line(row, widths);
  }
  for (const auto& note : notes_) {
    all += "\n- " + note;
  }
  return all + "\n";
}

std::size_t Report::missed() const {
  return static_cast<std::size_t>(
      std::count_if(rows_.begin(), rows_.end(), [](const Row& row) { return row.reached == false; }));
}

void say(const std::string& line) { std::cerr << "bench: " << line << '\n'; }

}  // namespace bench
