// What a replay amounts to, beside a list of differences that are known. Pure.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "harbor/conformance/replay.hpp"

namespace conformance {

/// Names of cases, or their beginnings with a * behind, and why those cases differ. Every one of them has to differ.
using Known = std::map<std::string, std::string>;

struct Summary {
  std::size_t cases = 0;
  std::size_t hold = 0;
  std::size_t skipped = 0;
  std::size_t differ = 0;  ///< known or not
  std::size_t known = 0;
  std::vector<std::string> wrong = {};  ///< a sentence for each reason not to be content
  [[nodiscard]] bool good() const { return wrong.empty(); }
  [[nodiscard]] std::string text() const;  ///< "N of M cases hold, K skipped, F differ (W of them known)"
};

[[nodiscard]] Summary summarize(const std::vector<Outcome>& outcomes, const Known& known);

/// The reason of the entry that a case falls under, or empty.
[[nodiscard]] std::string known_reason(const Known& known, const std::string& name);

/// Reads {"2.15.2": {beginning: reason}}; nothing for a replay that is not listed. Throws support::Failure.
[[nodiscard]] Known read_known(const std::filesystem::path& file, const std::string& replay);

}  // namespace conformance
