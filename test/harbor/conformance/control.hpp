// The control API of a Harbor double: what a recording did to the database and to components by hand.
#pragma once

#include <cstdint>
#include <string>

#include "harbor/conformance/json.hpp"
#include "harbor/conformance/wire.hpp"

namespace conformance {

/// Every function throws support::Failure when the double does not do it. Not thread-safe.
class Control {
 public:
  explicit Control(const std::string& url) : wire_(url) {}

  /// How long a refused login takes, and how long it locks the user's name.
  void pace(double seconds) const;
  void advance(double seconds);
  /// How far the double's clock is ahead, in seconds.
  [[nodiscard]] double ahead() const { return ahead_; }
  /// Columns of a robot's row; `permissions` as in the API, or [] for none.
  void change(std::int64_t robot, const Json& fields) const;
  void registry(bool up) const;

 private:
  [[nodiscard]] Json post(const std::string& path, const Json& body) const;
  Wire wire_;
  double ahead_ = 0;
};

}  // namespace conformance
