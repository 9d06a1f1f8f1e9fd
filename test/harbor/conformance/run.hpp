// A whole replay: files in, words out.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>

namespace conformance {

struct RunOptions {
  std::string url = {};
  std::filesystem::path password_file = {};  ///< of the user admin; its first line
  std::filesystem::path transcript = {};     ///< its script lies beside it
  std::string ca = {};
  std::string control = {};          ///< a double's control address, or empty
  std::string core_url = {};         ///< empty: unknown
  std::filesystem::path known = {};  ///< list of known differences, or empty
  std::string asked = {};            ///< version of the Harbor that is asked, where it is not the recorded one
  bool verbose = false;
};

/// Replays and tells `out` of every case that is skipped or differs, then the figures. Returns 0 when all is well and 1
/// when not. Throws support::Failure when the replay cannot begin or go on.
int run(const RunOptions& options, std::ostream& out);

/// script-v2.9.0.json beside transcript-v2.9.0.json.
[[nodiscard]] std::filesystem::path script_of(const std::filesystem::path& transcript);

}  // namespace conformance
