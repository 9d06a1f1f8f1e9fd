#include "app/one_shot.hpp"

#include "app/connect.hpp"

namespace app {

base::Result<OneShot> connect_once(const ClusterOptions& options) {
  const auto config = find_config(options);
  if (!config) return base::fail(config.error());
  OneShot one{config->server, own_namespace(options, *config), std::make_unique<runtime::Metrics>()};
  // What goes wrong is said at the end, by the subcommand.
  const base::Log log(base::LogLevel::kError, base::LogFormat::kText);
  auto transport = connect(*config, base::real_clock(), log, *one.metrics);
  if (!transport) return base::fail(std::move(transport.error()));
  one.transport = std::move(*transport);
  one.api = kube::make_api(*one.transport);
  return one;
}

}  // namespace app
