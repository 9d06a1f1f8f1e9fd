#include "harbor/conformance/verdict.hpp"

#include <algorithm>

#include "support/eventually.hpp"
#include "support/process.hpp"

namespace conformance {

namespace {

bool names(const std::string& entry, const std::string& name) {
  return entry.ends_with('*') ? name.starts_with(entry.substr(0, entry.size() - 1)) : name == entry;
}

}  // namespace

std::string Summary::text() const {
  return std::to_string(hold) + " of " + std::to_string(cases) + " cases hold, " + std::to_string(skipped) +
         " skipped, " + std::to_string(differ) + " differ (" + std::to_string(known) + " of them known)";
}

std::string known_reason(const Known& known, const std::string& name) {
  const auto found = std::ranges::find_if(known, [&](const auto& entry) { return names(entry.first, name); });
  return found == known.end() ? "" : found->second;
}

Summary summarize(const std::vector<Outcome>& outcomes, const Known& known) {
  Summary summary{.cases = outcomes.size()};
  for (const auto& [name, verdict, details] : outcomes) {
    const bool listed = !known_reason(known, name).empty();
    summary.hold += verdict == Verdict::kHolds ? 1 : 0;
    summary.skipped += verdict == Verdict::kSkipped ? 1 : 0;
    summary.differ += verdict == Verdict::kDiffers ? 1 : 0;
    summary.known += verdict == Verdict::kDiffers && listed ? 1 : 0;
    if (verdict == Verdict::kDiffers && !listed) summary.wrong.push_back("differs: " + name);
    if (verdict == Verdict::kHolds && listed)
      summary.wrong.push_back("is listed as a known difference, but holds: " + name);
  }
  for (const auto& [entry, reason] : known) {
    const bool used = std::ranges::any_of(outcomes, [&](const auto& o) { return names(entry, o.name); });
    if (!used) summary.wrong.push_back("is listed as a known difference, but is no case: " + entry);
    if (reason.empty()) summary.wrong.push_back("is listed as a known difference without a reason: " + entry);
  }
  if (outcomes.empty()) summary.wrong.emplace_back("nothing was replayed");
  return summary;
}

Known read_known(const std::filesystem::path& file, const std::string& replay) {
  try {
    return Json::parse(support::read_file(file)).value(replay, Known{});
  } catch (const Json::exception& error) {
    throw support::Failure(file.string() + " is no list of known differences: " + error.what());
  }
}

}  // namespace conformance
