// Which Harbor can do what. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "harbor/model.hpp"

namespace harbor {

struct Version {
  int major = 0;
  int minor = 0;
  int patch = 0;
  bool operator==(const Version&) const = default;
  bool operator<(const Version& other) const {
    return std::tie(major, minor, patch) < std::tie(other.major, other.minor, other.patch);
  }
};

/// Reads "v2.15.2-080b0220" (SystemInfo::version); nothing when it is something else.
[[nodiscard]] std::optional<Version> parse_version(std::string_view text);

/// Why a robot of level `maker` cannot make robots of level `made` there, as a sentence that ends with the remedy;
/// empty when it can, or when the version is not known. Users always can, if their role allows it.
[[nodiscard]] std::string robot_may_not_make(std::string_view version, Level maker, Level made);

}  // namespace harbor
