// What a recording leaves out: who its actors are, what was done between its cases, and which cases only hold because
// somebody wrote into the database or stopped a component. One file beside each recording.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harbor/conformance/json.hpp"

namespace conformance {

/// Steps before a case. Each action is an object; what it may say is in Stage.
struct Step {
  std::string before = {};
  std::string why = {};
  std::vector<Json> actions = {};
};

/// Cases (by the beginning of their names) that need more than the API.
struct ByHand {
  std::vector<std::string> cases = {};
  std::string why = {};
};

struct Script {
  std::map<std::string, Json> actors = {};
  std::vector<Step> steps = {};
  std::vector<ByHand> by_hand = {};
  std::string core_url = {};  ///< the recorded one
  std::vector<std::string> core_url_cases = {};
};

/// What is at hand beside the API.
struct Means {
  bool control = false;   ///< a double's control API
  bool core_url = false;  ///< the address that Harbor's components use is known
};

/// Throws support::Failure when the file cannot be read or is no script.
[[nodiscard]] Script read_script(const std::filesystem::path& file);
/// Throws nlohmann's exceptions.
[[nodiscard]] Script parse_script(const Json& document);

/// Why that case cannot be replayed with these means, or nothing when it can.
[[nodiscard]] std::optional<std::string> reason_to_skip(const Script& script, const std::string& name,
                                                        const Means& means);

}  // namespace conformance
