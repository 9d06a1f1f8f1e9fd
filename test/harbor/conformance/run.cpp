#include "harbor/conformance/run.hpp"

#include <ostream>

#include "harbor/conformance/replay.hpp"
#include "harbor/conformance/verdict.hpp"
#include "support/eventually.hpp"
#include "support/process.hpp"

namespace conformance {
namespace {

/// A file's first line.
std::string password_in(const std::filesystem::path& file) {
  const std::string text = support::read_file(file);
  std::string line = text.substr(0, text.find_first_of("\r\n"));
  if (line.empty()) throw support::Failure("there is no password in " + file.string());
  return line;
}

/// Learns what the Harbor calls itself, and that it is as empty as the recorded one was.
void look_around(World& world) {
  const Answer info = world.expect(200, {.path = "/api/v2.0/systeminfo"});
  world.symbols.external_url(Json::parse(info.body).at("external_url"));
  const Answer projects = world.expect(200, {.path = "/api/v2.0/projects"});
  const Answer robots = world.expect(200, {.path = "/api/v2.0/robots"});
  if (Json::parse(projects.body).size() != 1 || !Json::parse(robots.body).empty())
    throw support::Failure("this Harbor is in use; a recording is replayed on one that nothing was ever made in");
}

void tell(const Outcome& outcome, const Known& known, bool verbose, std::ostream& out) {
  if (outcome.verdict == Verdict::kHolds) {
    if (verbose) out << "holds    " << outcome.name << "\n";
    return;
  }
  if (outcome.verdict == Verdict::kSkipped) {
    out << "skipped  " << outcome.name << ": " << outcome.details.front() << "\n";
    return;
  }
  const std::string reason = known_reason(known, outcome.name);
  out << "differs  " << outcome.name << (reason.empty() ? "" : " (known: " + reason + ")") << "\n";
  for (const auto& detail : outcome.details) out << "         " << detail << "\n";
}

}  // namespace

std::filesystem::path script_of(const std::filesystem::path& transcript) {
  const std::string name = transcript.filename();
  return transcript.parent_path() / ("script" + name.substr(name.find('-')));
}

int run(const RunOptions& options, std::ostream& out) {
  const Transcript transcript = read_transcript(options.transcript);
  const Script script = read_script(script_of(options.transcript));
  const bool crossed = !options.asked.empty() && options.asked != transcript.version;
  const std::string pair = transcript.version + (crossed ? " asked of " + options.asked : "");
  const Known known = options.known.empty() ? Known{} : read_known(options.known, pair);
  const Wire wire(options.url, options.ca);
  World world(wire, Logins(script.actors));
  world.logins.user("admin", password_in(options.password_file));
  if (!options.control.empty()) world.control.emplace(options.control);
  if (!options.core_url.empty()) world.symbols.core_url(script.core_url, options.core_url);
  world.knows_core_url = !options.core_url.empty();
  look_around(world);

  const auto outcomes = Replay(world, transcript, script).run([&](const Outcome& outcome) {
    tell(outcome, known, options.verbose, out);
    out << std::flush;  // it may take minutes
  });
  const Summary summary = summarize(outcomes, known);
  out << "Harbor " << pair << ": " << summary.text() << "\n";
  for (const auto& wrong : summary.wrong) out << wrong << "\n";
  return summary.good() ? 0 : 1;
}

}  // namespace conformance
