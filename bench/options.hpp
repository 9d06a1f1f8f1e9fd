// How much is measured.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace bench {

struct Options {
  int namespaces = 1000;
  int latency_count = 100;
  int foreign_secrets = 5000;
  int rounds = 3;  ///< of operator and floor in turn; the median counts
  std::chrono::seconds quiet{60};
  std::chrono::seconds settle{35};  ///< before memory is read: the operator gives back what it can each 30 s
  std::vector<int> concurrencies = {1, 8, 32};  ///< of the floor; its best counts
  std::vector<std::string> figures = {};        ///< empty: all
};

inline constexpr int kCreators = 16;  ///< threads that make namespaces at once

}  // namespace bench
