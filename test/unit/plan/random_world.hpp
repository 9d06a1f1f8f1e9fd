// Random worlds, and random things that happen to them. The same seed gives the same world.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "unit/plan/simulator.hpp"

namespace sim {

class Dice {
 public:
  explicit Dice(std::uint32_t seed) : engine_(seed) {}

  /// 0 up to `bound` - 1.
  [[nodiscard]] std::size_t below(std::size_t bound) { return engine_() % bound; }
  [[nodiscard]] bool chance(std::size_t percent) { return below(100) < percent; }
  template <class T>
  [[nodiscard]] const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }

 private:
  std::mt19937 engine_;
};

/// Anything that ingest can make of a cluster, plausible or not.
[[nodiscard]] World random_world(Dice& dice);

/// One thing that a user, a rival or the operator's own registries do to the world. Returns it in words.
[[nodiscard]] std::string happen(World& world, Dice& dice);

}  // namespace sim
