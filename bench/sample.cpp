#include "bench/sample.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace bench {
namespace {

double rank(const std::vector<double>& sorted, double share) {
  const auto at = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::max<std::size_t>(at, 1) - 1];
}

}  // namespace

Summary summarize(std::vector<double> values) {
  if (values.empty()) {
    return {};
  }
  std::sort(values.begin(), values.end());
  return {values.front(), rank(values, 0.5), rank(values, 0.99), values.back(), values.size()};
}

double median(std::vector<double> values) { return summarize(std::move(values)).median; }

std::string fixed(double value, int digits) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.*f", digits, value);
  return buffer;
}

std::string text(const Summary& summary) {
  return fixed(summary.min, 1) + " / " + fixed(summary.median, 1) + " / " + fixed(summary.p99, 1) + " / " +
         fixed(summary.max, 1);
}

std::string each(const std::vector<double>& values, int digits) {
  std::string all;
  for (const double value : values) {
    all += (all.empty() ? "" : ", ") + fixed(value, digits);
  }
  return all;
}

}  // namespace bench
