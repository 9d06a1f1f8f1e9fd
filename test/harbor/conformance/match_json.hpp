// What a recorded JSON value and one that came have in common. Pure.
#pragma once

#include <string>
#include <vector>

#include "harbor/conformance/json.hpp"

namespace conformance {

/// One sentence for each difference, with the path to it; empty when the value holds. Equal means equal, but
/// - times have the recorded shape, and `update_time` is later than `creation_time` exactly when it was so;
/// - `expires_at` is as far from `creation_time` as it was; one that was set by hand only has to be in the past;
/// - "<secret>" stands for 32 letters and digits of each kind, "<jwt>" for a token;
/// - `harbor_version` has the recorded major and minor number;
/// - permissions, their entries, actions and components of the health page come in any order;
/// - the methods in the message of a 405 come in any order, and the text of a component's error is free.
/// Identifiers and addresses are equal or not: translate them first (Symbols).
[[nodiscard]] std::vector<std::string> differences(const Json& recorded, const Json& got);

/// Digits become 9, letters a: "2026-11-23T07:10:18.923Z" and any other such time are the same shape.
[[nodiscard]] std::string shape(const std::string& text);

/// A JSON value for a message: at most 160 bytes.
[[nodiscard]] std::string brief(const Json& value);

}  // namespace conformance
