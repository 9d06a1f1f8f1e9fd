// Numbers out of repeated measurements.
#pragma once

#include <string>
#include <vector>

namespace bench {

struct Summary {
  double min = 0;
  double median = 0;
  double p99 = 0;
  double max = 0;
  std::size_t count = 0;
};

/// Nearest rank, so every figure is one that was measured. All zero without values.
[[nodiscard]] Summary summarize(std::vector<double> values);
[[nodiscard]] double median(std::vector<double> values);

/// "9.1 / 12.0 / 27.3 / 30.0": minimum, median, p99, maximum.
[[nodiscard]] std::string text(const Summary& summary);
/// With that many digits after the point.
[[nodiscard]] std::string fixed(double value, int digits);
/// "812, 790, 804": each of the rounds.
[[nodiscard]] std::string each(const std::vector<double>& values, int digits);

}  // namespace bench
