#include "http/cpprest_client.hpp"

#include <cpprest/http_client.h>
#include <openssl/crypto.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>

// The library neither wipes nor frees the copy of a proxy's password that it makes for each tunnel, but on Windows. Its
// calls come here because the program's symbols go before a shared library's.
__attribute__((visibility("default"))) void web::details::zero_memory_deleter::operator()(
    utility::string_t* data) const {
  OPENSSL_cleanse(data->data(), data->size());
  delete data;  // NOLINT(cppcoreguidelines-owning-memory): a unique_ptr's deleter
}

namespace http {
namespace {

/// The size of reads and writes, kept for as long as a request runs; a watch runs for ever.
constexpr std::size_t kChunk = 4096;
constexpr std::chrono::hours kNoStepTimeout{24 * 365};

/// Called for each request, before it is written. A new socket is not open yet: the library sets TCP_NODELAY on those.
void prepare_connection(void* handle, const Peer& peer) {
  if (peer.tls) {
    using TlsStream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>;
    peer.tls->ask_for_name(static_cast<TlsStream*>(handle)->native_handle());
  }
}

web::web_proxy to_wire(const Proxy& proxy) {
  web::web_proxy wire(web::uri("http://" + proxy.authority()));
  if (!proxy.user.empty()) {
    wire.set_credentials({std::string(proxy.user.reveal()), std::string(proxy.password.reveal())});
  }
  return wire;
}

}  // namespace

std::shared_ptr<web::http::client::http_client> make_client(const ClientOptions& options) {
  const auto& peer = options.peer;
  web::http::client::http_client_config config;
  config.set_max_redirects(0);
  config.set_chunksize(kChunk);
  if (peer->proxy) {  // a tunnel would show prepare_connection() a socket that is not TLS yet
    config.set_proxy(to_wire(*peer->proxy));
    config.set_timeout(options.proxy_silence);
    config.set_tlsext_sni_enabled(peer->tls && peer->tls->asks_for_name());
  } else {
    config.set_timeout(kNoStepTimeout);
    config.set_tlsext_sni_enabled(false);  // it would name the URL's host, or an address
    config.set_nativehandle_options([peer](void* handle) { prepare_connection(handle, *peer); });
  }
  if (peer->tls) {
    config.set_validate_certificates(peer->tls->verifies());
    config.set_ssl_context_callback([peer](boost::asio::ssl::context& context) {  //
      peer->tls->apply(context.native_handle());
    });
  }
  return std::make_shared<web::http::client::http_client>(web::uri(options.base_url), config);
}

}  // namespace http
