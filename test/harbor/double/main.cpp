// harbor-double: behaves as a Harbor core does, for tests.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>

#include "harbor/double/control.hpp"

namespace {

namespace hd = harbor_double;

constexpr int kUsage = 2;

struct Options {
  std::string listen = "127.0.0.1:0";
  std::string control = "127.0.0.1:0";
  std::string profile = "2.15";
  std::string admin_password_file;
  std::string registry;
  std::string external_url;
  std::string core_url;
  std::string tls_cert;
  std::string tls_key;
};

[[noreturn]] void die(const std::string& why) {
  std::cerr << "harbor-double: " << why << std::endl;
  std::exit(kUsage);
}

std::string first_line(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line) || line.empty()) die("no password in " + file);
  return line;
}

void add_options(CLI::App& app, Options& options) {
  app.add_option("--listen", options.listen, "IP:PORT of Harbor")->capture_default_str();
  app.add_option("--control", options.control, "IP:PORT for tests, plain HTTP")->capture_default_str();
  app.add_option("--profile", options.profile, "version to behave as")->capture_default_str();
  app.add_option("--admin-password-file", options.admin_password_file, "its first line")->required();
  app.add_option("--registry", options.registry, "http://127.0.0.1:PORT of a registry without authentication");
  app.add_option("--external-url", options.external_url, "what Harbor calls itself");
  app.add_option("--core-url", options.core_url, "its address inside the cluster");
  app.add_option("--tls-cert", options.tls_cert, "PEM file");
  app.add_option("--tls-key", options.tls_key, "PEM file");
}

hd::State first_state(const Options& options) {
  const auto profile = hd::profile_of(options.profile);
  if (!profile) die("there is no profile '" + options.profile + "': choose 2.9, 2.12, 2.15 or a version like 2.14.0");
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  auto state = hd::make_state(*profile, first_line(options.admin_password_file),
                              std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
  state.external_url = options.external_url;
  state.core_url = options.core_url;
  return state;
}

/// Serves until SIGTERM or SIGINT, which are blocked in every thread.
int run(const Options& options, const sigset_t& signals) {
  hd::Harbor harbor(first_state(options), options.registry);
  hd::Front front(harbor);
  hd::Control control(harbor, front);
  hd::ListenerOptions listen{.address = options.listen, .clock = [&] { return harbor.now(); }};
  if (!options.tls_cert.empty()) listen.tls = hd::TlsFiles{options.tls_cert, options.tls_key};
  const auto open = hd::listen(listen, [&](const hd::Request& request) { return front.serve(request); });
  if (!open) die(open.error());
  control.manage(**open);
  if (options.external_url.empty()) {
    const std::string scheme = options.tls_cert.empty() ? "http" : "https";
    const auto url = scheme + "://127.0.0.1:" + std::to_string((*open)->port());
    harbor.with_state([&](hd::State& state) { state.external_url = url; });
  }
  const auto second = hd::listen({.address = options.control, .clock = [&] { return harbor.now(); }},
                                 [&](const hd::Request& request) { return control.serve(request); });
  if (!second) die(second.error());
  std::cout << "harbor-double: listening on " << (*open)->port() << ", control on " << (*second)->port() << std::endl;
  int received = 0;
  sigwait(&signals, &received);
  std::_Exit(0);  // connections may hang for ever, and wait for nothing here
}

}  // namespace

int main(int argc, char** argv) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app{"Behaves as a Harbor core does, for tests."};
  Options options;
  add_options(app, options);
  CLI11_PARSE(app, argc, argv);
  return run(options, signals);
}
