// A clock that stands still until a test moves it.
#pragma once

#include <atomic>

#include "base/clock.hpp"

class ManualClock final : public base::Clock {
 public:
  [[nodiscard]] base::WallTime now() const override {
    return base::WallTime{std::chrono::seconds{1'790'000'000}} + base::Millis{passed_.load()};
  }
  [[nodiscard]] base::SteadyTime steady() const override {
    ++reads_;
    return base::SteadyTime{std::chrono::hours{1}} + base::Millis{passed_.load()};
  }
  void advance(base::Millis by) { passed_ += by.count(); }
  /// How often the steady time was asked for.
  [[nodiscard]] int reads() const { return reads_; }

 private:
  std::atomic<base::Millis::rep> passed_{0};
  mutable std::atomic<int> reads_{0};
};
