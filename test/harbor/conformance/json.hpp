// Short names for what every file here speaks of.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace conformance {

using Json = nlohmann::json;
/// In the order of the wire; a name may come more than once.
using Headers = std::vector<std::pair<std::string, std::string>>;

}  // namespace conformance
