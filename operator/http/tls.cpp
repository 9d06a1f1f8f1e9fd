#include "http/tls.hpp"

#include "http/tls_context.hpp"
#include "http/tls_probe.hpp"

namespace http {

base::Status validate(const TlsConfig& tls) {
  return TlsContext::load(tls, tls.server_name).map([](const auto&) {});
}

std::string explain_tls_failure(const std::string& host, const std::string& port, const TlsConfig& tls,
                                std::chrono::milliseconds limit) {
  const auto context = TlsContext::load(tls, host);
  if (!context) {
    return context.error().message;
  }
  const auto looked = probe_tls(**context, {true, host, port}, limit);
  return looked ? host + ":" + port + ": the certificate is accepted now" : looked.error().message;
}

}  // namespace http
