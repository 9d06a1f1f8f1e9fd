// harbor-pull-bench: the figures of the project, beside a floor of the same requests. See README.md.
#include <CLI/CLI.hpp>
#include <iostream>
#include <map>

#include "bench/figures.hpp"
#include "bench/machine.hpp"
#include "bench/sample.hpp"
#include "http/cpprest_transport.hpp"
#include "support/control_plane.hpp"

namespace bench {
namespace {

using Measure = void (*)(const Options&, Report&);

/// In the order in which they are taken.
const std::vector<std::pair<std::string, Measure>> kMeasures = {
    {"latency", measure_latency}, {"creation", measure_creation},   {"writes", measure_writes},
    {"steady", measure_steady},   {"admission", measure_admission}, {"guard", measure_guard}};

/// What --quick means: everything once and small. The figures mean nothing.
Options quick() {
  Options options;
  options.namespaces = 20;
  options.latency_count = 5;
  options.foreign_secrets = 50;
  options.rounds = 1;
  options.quiet = std::chrono::seconds(2);
  options.settle = std::chrono::seconds(1);
  options.concurrencies = {8};
  return options;
}

/// Options, or the exit code when there is nothing to measure.
struct Parsed {
  Options options = {};
  std::optional<int> exit = {};
};

Parsed parse(int argc, char** argv) {
  // --quick gives other defaults, so it is looked for before the rest is read.
  const bool small = std::find(argv, argv + argc, std::string("--quick")) != argv + argc;
  Parsed parsed{small ? quick() : Options(), {}};
  auto& options = parsed.options;
  CLI::App app("Measures harbor-pull on a control plane of its own, beside a floor of the same requests", "bench/run");
  std::vector<std::string> known;
  for (const auto& [name, measure] : kMeasures) {
    known.push_back(name);
  }
  long quiet = options.quiet.count();
  long settle = options.settle.count();
  bool unused = small;
  app.add_flag("--quick", unused, "small numbers, to see whether it runs");
  app.add_option("figures", options.figures,
                 "which: latency, creation, writes, steady, admission, guard (default: all)")
      ->check(CLI::IsMember(known));
  app.add_option("--namespaces", options.namespaces)->check(CLI::Range(1, 100'000))->capture_default_str();
  app.add_option("--latency-count", options.latency_count)->check(CLI::Range(1, 100'000))->capture_default_str();
  app.add_option("--foreign-secrets", options.foreign_secrets)->check(CLI::Range(0, 100'000))->capture_default_str();
  app.add_option("--rounds", options.rounds, "of operator and floor in turn; the median counts, so take an odd number")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_option("--concurrency", options.concurrencies, "of the floor; repeatable, its best counts")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--quiet-seconds", quiet)->check(CLI::Range(1, 86'400))->capture_default_str();
  app.add_option("--settle-seconds", settle, "before memory is read")
      ->check(CLI::Range(0, 3'600))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    parsed.exit = app.exit(error) == 0 ? 0 : 2;
  }
  options.quiet = std::chrono::seconds(quiet);
  options.settle = std::chrono::seconds(settle);
  return parsed;
}

bool asked_for(const Options& options, const std::string& figure) {
  const auto& figures = options.figures;
  return figures.empty() || std::find(figures.begin(), figures.end(), figure) != figures.end();
}

/// The numbers of one measurement, or the reason why there are none.
bool measure(Measure how, const std::string& name, const Options& options, Report& report) {
  try {
    how(options, report);
    return true;
  } catch (const std::exception& error) {
    say(name + " could not be measured: " + error.what());
    report.note(name + " COULD NOT BE MEASURED: " + error.what());
    return false;
  }
}

std::string kubernetes() {
  const char* version = std::getenv("HARBOR_PULL_TEST_KUBERNETES");
  return std::string("Kubernetes ") + (version != nullptr ? version : "1.37") + ", etcd without fsync";
}

int run(const Options& options) {
  http::initialize_threads(4);  // observer and floor share them; the operator has two of its own
  Report report;
  report.note(machine() + "; " + kubernetes() + "; " + HARBOR_PULL_BUILD_TYPE + " build");
  const double before = busy_share();
  const auto load = load_average();
  bool complete = true;
  for (const auto& [name, how] : kMeasures) {
    complete = (!asked_for(options, name) || measure(how, name, options, report)) && complete;
  }
  report.note("how noisy: others used " + fixed(100 * before, 0) + " % of the machine before and " +
              fixed(100 * busy_share(), 0) + " % after; load average at the beginning " + load);
  std::cout << report.text() << std::flush;
  say(std::to_string(report.missed()) + " figures missed" + (complete ? "" : "; some could not be measured"));
  return complete ? 0 : 1;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  try {
    const auto parsed = bench::parse(argc, argv);
    return parsed.exit ? *parsed.exit : bench::run(parsed.options);
  } catch (const std::exception& error) {
    std::cerr << "harbor-pull-bench: " << error.what() << '\n';
    return 1;
  }
}
