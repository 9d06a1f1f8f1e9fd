// harbor-conformance: replays a recording of a real Harbor against an address and says what differs.
#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>

#include "harbor/conformance/run.hpp"

namespace {

void declare(CLI::App& app, conformance::RunOptions& options) {
  app.add_option("--url", options.url, "Harbor's address, http(s)://host:port")
      ->envname("HARBOR_CONFORMANCE_URL")
      ->required();
  app.add_option("--admin-password-file", options.password_file, "holds the password of the user admin")
      ->envname("HARBOR_CONFORMANCE_ADMIN_PASSWORD_FILE")
      ->required();
  app.add_option("--transcript", options.transcript, "the recording; its script lies beside it")
      ->envname("HARBOR_CONFORMANCE_TRANSCRIPT")
      ->required();
  app.add_option("--ca", options.ca, "PEM file to trust instead of the system's")->envname("HARBOR_CONFORMANCE_CA");
  app.add_option("--core-url", options.core_url, "the address by which Harbor's components reach its core")
      ->envname("HARBOR_CONFORMANCE_CORE_URL");
  app.add_option("--control", options.control, "the control address of a double")
      ->envname("HARBOR_CONFORMANCE_CONTROL");
  app.add_option("--known", options.known, "list of the differences of a double that are known");
  app.add_flag("--verbose", options.verbose, "say of every case what became of it");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Replays a recording of a real Harbor and says what differs.");
  conformance::RunOptions options;
  declare(app, options);
  CLI11_PARSE(app, argc, argv);
  try {
    return conformance::run(options, std::cout);
  } catch (const std::exception& error) {
    std::cerr << "harbor-conformance: " << error.what() << "\n";
    return 2;
  }
}
