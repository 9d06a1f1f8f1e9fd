// A whole recorded answer against one that came. Pure.
#pragma once

#include <string>
#include <vector>

#include "harbor/conformance/json.hpp"
#include "harbor/conformance/transcript.hpp"

namespace conformance {

/// An answer as it came over the wire.
struct Answer {
  int status = 0;
  Headers headers = {};
  std::string body = {};
  double seconds = 0;
};

/// How long a refused login takes in the Harbor that is asked, in seconds.
struct Pace {
  double recorded_delay = 1.5;
  double delay = 1.5;
};

/// One sentence for each difference: status, body, token, the headers that matter, and whether a refused login was held
/// up. `recorded` and `token` are translated already (Symbols).
[[nodiscard]] std::vector<std::string> answer_differences(const Case& recorded, const Answer& got, const Pace& pace);

/// The headers that are compared, by their values in order of their names; what varies is replaced by its shape.
[[nodiscard]] Headers comparable_headers(const Headers& headers);

/// The first header of that name, whatever its case; empty when there is none.
[[nodiscard]] std::string header_of(const Headers& headers, const std::string& name);

}  // namespace conformance
