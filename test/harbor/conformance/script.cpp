#include "harbor/conformance/script.hpp"

#include <algorithm>

#include "support/eventually.hpp"
#include "support/process.hpp"

namespace conformance {
namespace {

bool begins_with_any(const std::string& name, const std::vector<std::string>& beginnings) {
  return std::ranges::any_of(beginnings, [&](const auto& beginning) { return name.starts_with(beginning); });
}

}  // namespace

Script parse_script(const Json& document) {
  Script script{.actors = document.at("actors").get<std::map<std::string, Json>>()};
  for (const auto& step : document.at("steps")) {
    script.steps.push_back({.before = step.at("before"), .why = step.at("why"), .actions = step.at("do")});
  }
  for (const auto& entry : document.at("by_hand")) {
    script.by_hand.push_back({.cases = entry.at("cases"), .why = entry.at("why")});
  }
  script.core_url = document.at("core_url").at("recorded");
  script.core_url_cases = document.at("core_url").at("cases");
  return script;
}

Script read_script(const std::filesystem::path& file) {
  try {
    return parse_script(Json::parse(support::read_file(file)));
  } catch (const Json::exception& error) {
    throw support::Failure(file.string() + " is no script of a recording: " + error.what());
  }
}

std::optional<std::string> reason_to_skip(const Script& script, const std::string& name, const Means& means) {
  if (!means.core_url && begins_with_any(name, script.core_url_cases))
    return "needs the address that Harbor's own components use (--core-url)";
  if (means.control) return std::nullopt;
  for (const auto& entry : script.by_hand) {
    if (begins_with_any(name, entry.cases)) return entry.why + "; there is no API for it";
  }
  return std::nullopt;
}

}  // namespace conformance
