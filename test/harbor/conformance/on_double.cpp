// harbor-conformance-on-double: starts a registry and a double in front of it, and replays a recording against the two.
#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>

#include "harbor/conformance/run.hpp"
#include "support/harbor_double.hpp"

namespace {

struct Options {
  std::string version = {};
  std::string profile = {};
  std::filesystem::path transcripts = {};
  std::filesystem::path known = {};
  bool verbose = false;
};

/// The addresses are those of the recorded Harbors.
int replay(const Options& options) {
  const std::string core_url = "http://core.example.test:8080";
  const std::string profile = options.profile.empty() ? options.version : options.profile;
  const support::HarborDouble harbor(
      {.profile = profile,
       .with_registry = true,
       .args = {"--external-url", "https://harbor.example.test", "--core-url", core_url}});
  const auto password = harbor.folder() / "admin-password";
  return conformance::run({.url = harbor.url(),
                           .password_file = password,
                           .transcript = options.transcripts / ("transcript-v" + options.version + ".json"),
                           .control = harbor.control_url(),
                           .core_url = core_url,
                           .known = options.known,
                           .asked = profile,
                           .verbose = options.verbose},
                          std::cout);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Starts a registry and a Harbor double and replays a recording against them.");
  Options options;
  app.add_option("--version", options.version, "of the recording")->required();
  app.add_option("--profile", options.profile, "the version that the double behaves as; that of the recording if none");
  app.add_option("--transcripts", options.transcripts, "folder of the recordings")->required();
  app.add_option("--known", options.known, "list of the differences that are known");
  app.add_flag("--verbose", options.verbose, "say of every case what became of it");
  CLI11_PARSE(app, argc, argv);
  try {
    return replay(options);
  } catch (const std::exception& error) {
    std::cerr << "harbor-conformance-on-double: " << error.what() << "\n";
    return 2;
  }
}
