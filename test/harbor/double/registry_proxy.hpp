// The way to the real registry behind the gate.
#pragma once

#include <optional>
#include <string>

#include "harbor/double/exchange.hpp"

namespace harbor_double {

/// Thread-safe; a connection for each request, bodies are held in memory.
class RegistryProxy {
 public:
  /// `url` is http://127.0.0.1:PORT; empty: there is no registry, /v2/ answers as one and everything else is 502.
  explicit RegistryProxy(const std::string& url);

  /// 502 without a body when the registry does not answer.
  [[nodiscard]] Response forward(const Request& request) const;
  [[nodiscard]] bool is_up() const;

 private:
  std::string port_;
};

}  // namespace harbor_double
