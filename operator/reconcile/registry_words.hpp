// What a HarborRegistry says of itself, for people at a terminal.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace reconcile {

/// The text at a JSON pointer; empty when there is none.
[[nodiscard]] std::string text_at(const nlohmann::json& object, const char* pointer);

/// The condition Ready; all empty when the operator has not looked at it yet.
struct ReadyCondition {
  std::string status = {};
  std::string reason = {};
  std::string message = {};
};
[[nodiscard]] ReadyCondition ready_condition(const nlohmann::json& registry);

}  // namespace reconcile
