#include "app/command_line.hpp"

#include <CLI/CLI.hpp>
#include <iostream>

#include "api/names.hpp"
#include "app/check.hpp"
#include "app/cleanup.hpp"
#include "app/controller.hpp"
#include "app/options.hpp"
#include "app/version_text.hpp"
#include "base/duration.hpp"

namespace app {
namespace {

/// A check for CLI11 out of one of our parsers: the parser's own sentence on failure.
template <class Parse>
CLI::Validator checked_by(Parse parse, const std::string& name) {
  return CLI::Validator(
      [parse](std::string& text) {
        const auto value = parse(text);
        return value ? std::string() : value.error().message;
      },
      name);
}

struct Texts {
  std::string log_level = "info";
  std::string log_format = "text";
};

CLI::Option* env(CLI::Option* option, const char* name) { return option->envname(name); }

void add_cluster(CLI::App& command, ClusterOptions& options) {
  env(command.add_option("--kubeconfig", options.kubeconfig,
                         "kubeconfig file (default: $KUBECONFIG, in-cluster, ~/.kube/config)"),
      "HARBOR_PULL_KUBECONFIG");
  env(command.add_option("--context", options.context, "context of the kubeconfig (default: its current context)"),
      "HARBOR_PULL_CONTEXT");
  env(command.add_option(
          "--namespace", options.ns,
          "the operator's own namespace, where references resolve (default: the Pod's, else harbor-pull-system)"),
      "HARBOR_PULL_NAMESPACE");
  env(command.add_option("--secret-name", options.secret_names,
                         "name of the pull Secrets that RBAC allows; repeatable (default: harbor-pull)"),
      "HARBOR_PULL_SECRET_NAME")
      ->delimiter(',');
}

/// A flag with a duration such as 30s or 10m.
CLI::Option* add_duration(CLI::App& command, const char* name, base::Millis& value, const char* description) {
  return command
      .add_option_function<std::string>(
          name, [&value](const std::string& text) { value = *base::parse_duration(text); }, description)
      ->check(checked_by(base::parse_duration, "DURATION"));
}

CLI::App* add_check(CLI::App& app, CheckOptions& options) {
  auto* command = app.add_subcommand("check", "Say whether this installation can work, and whether it does");
  add_cluster(*command, options.cluster);
  env(command
          ->add_option("--leader-elect", options.leader_elect,
                       "whether the operator holds a Lease, as its own flag says")
          ->capture_default_str(),
      "HARBOR_PULL_LEADER_ELECT");
  add_duration(*command, "--timeout", options.timeout, "how long to wait for what is not well yet (default: 30s)");
  return command;
}

CLI::App* add_cleanup(CLI::App& app, CleanupOptions& options) {
  auto* command = app.add_subcommand(
      "cleanup", "Delete every HarborRegistry, and with it Secrets, references and robots, before an uninstall");
  add_cluster(*command, options.cluster);
  add_duration(*command, "--timeout", options.timeout, "how long to wait until all are gone (default: 5m)");
  return command;
}

void add_controller(CLI::App& app, ControllerOptions& options, Texts& texts) {
  auto* command = app.add_subcommand("controller", "Run the operator against one cluster");
  add_cluster(*command, options.cluster);
  env(command->add_option("--listen", options.listen, "address of /livez, /readyz and /metrics")->capture_default_str(),
      "HARBOR_PULL_LISTEN");
  env(command->add_option("--workers", options.workers, "namespaces worked on at once")
          ->check(CLI::Range(1, 64))
          ->capture_default_str(),
      "HARBOR_PULL_WORKERS");
  env(add_duration(*command, "--robot-cleanup-timeout", options.robot_cleanup_timeout,
                   "how long a deleted HarborRegistry waits for Harbor to delete its robot accounts (default: 10m)"),
      "HARBOR_PULL_ROBOT_CLEANUP_TIMEOUT");
  env(command
          ->add_flag("--create-default-service-account", options.create_default_account,
                     "make ServiceAccount default of a new namespace with the reference; for clusters without the "
                     "admission policy; needs deploy/default-service-account")
          ->default_str("false"),
      "HARBOR_PULL_CREATE_DEFAULT_SERVICE_ACCOUNT");
  env(command->add_option("--leader-elect", options.leader_elect, "write only while holding the Lease")
          ->capture_default_str(),
      "HARBOR_PULL_LEADER_ELECT");
  env(command->add_option("--log-level", texts.log_level, "debug, info, warn or error")
          ->check(checked_by(base::parse_log_level, "LEVEL"))
          ->capture_default_str(),
      "HARBOR_PULL_LOG_LEVEL");
  env(command->add_option("--log-format", texts.log_format, "text or json")
          ->check(checked_by(base::parse_log_format, "FORMAT"))
          ->capture_default_str(),
      "HARBOR_PULL_LOG_FORMAT");
}

int run(int argc, char** argv) {
  CLI::App app("Harbor Pull Operator: pull credentials for a private Harbor, in every namespace", "harbor-pull");
  app.set_version_flag("--version", version_text());
  app.require_subcommand(1);
  ControllerOptions options;
  CheckOptions check;
  CleanupOptions cleanup;
  Texts texts;
  add_controller(app, options, texts);
  const auto* checking = add_check(app, check);
  const auto* cleaning = add_cleanup(app, cleanup);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  for (auto* cluster : {&options.cluster, &check.cluster, &cleanup.cluster}) {
    if (cluster->secret_names.empty()) cluster->secret_names = {std::string(api::kDefaultSecretName)};
  }
  if (checking->parsed()) return run_check(check);
  if (cleaning->parsed()) return run_cleanup(cleanup);
  options.log_level = *base::parse_log_level(texts.log_level);
  options.log_format = *base::parse_log_format(texts.log_format);
  return run_controller(options);
}

}  // namespace

int run_command_line(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "harbor-pull: " << error.what() << '\n';
    return 1;
  }
}

}  // namespace app
