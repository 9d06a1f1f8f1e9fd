#include "app/harbor_link.hpp"

#include "http/cpprest_transport.hpp"
#include "http/request_check.hpp"
#include "http/resolving_transport.hpp"

namespace app {
namespace {

/// Lets writes pass only while this process surely leads; see FencedApi.
class FencedTransport final : public http::Transport {
 public:
  FencedTransport(std::unique_ptr<http::Transport> inner, const runtime::Leadership& leadership)
      : inner_(std::move(inner)), leadership_(leadership) {}

  base::Result<http::Response> send(const http::Request& request, const http::Limits& limits) override {
    if (auto allowed = check(request); !allowed) return base::fail(std::move(allowed.error()));
    return inner_->send(request, limits);
  }
  base::Result<std::unique_ptr<http::Stream>> open(const http::Request& request, const http::Limits& limits) override {
    if (auto allowed = check(request); !allowed) return base::fail(std::move(allowed.error()));
    return inner_->open(request, limits);
  }

 private:
  [[nodiscard]] base::Status check(const http::Request& request) const {
    if (request.method == "GET" || request.method == "HEAD" || leadership_.holds()) return {};
    return base::fail(base::ErrorKind::kCancelled, "not leading any more: nothing is changed at Harbor");
  }

  const std::unique_ptr<http::Transport> inner_;
  const runtime::Leadership& leadership_;
};

/// A client and its transport, which live and die together.
struct Link {
  std::unique_ptr<http::Transport> transport;
  std::unique_ptr<harbor::Api> api;
};

}  // namespace

reconcile::HarborFactory harbor_factory(const HarborLinkDeps& deps) {
  // A Harbor whose name nobody resolves must not hold up the connections to the API server.
  return [deps, resolver = http::make_resolver()](
             const reconcile::HarborAddress& address) -> base::Result<std::shared_ptr<harbor::Api>> {
    const auto endpoint = http::parse_endpoint(address.endpoint);
    if (!endpoint) return base::fail(endpoint.error());
    http::TlsConfig tls;
    tls.ca_pem = address.ca_pem;
    tls.insecure_skip_verify = address.insecure;
    auto proxy = http::choose_proxy(deps.proxy, *endpoint);
    const auto looked_up = proxy ? proxy->host : endpoint->host;  // the proxy looks up Harbor's name itself
    auto transport = http::make_cpprest_transport({address.endpoint, std::move(tls), std::move(proxy)});
    if (!transport) return base::fail(std::move(transport.error()));
    auto link = std::make_shared<Link>();
    auto resolving = http::make_resolving_transport(std::move(*transport), {looked_up, resolver, &deps.clock});
    link->transport = std::make_unique<FencedTransport>(std::move(resolving), deps.leadership);
    const auto observe = [&metrics = deps.metrics](std::string_view operation, int status, base::Millis took) {
      metrics.harbor_request_done(operation, status, took);
    };
    link->api = harbor::make_api(*link->transport, deps.clock, observe);
    return std::shared_ptr<harbor::Api>(link, link->api.get());
  };
}

}  // namespace app
