// A program of its own: what the system trusts is looked up once in a process.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "http/cpprest_transport.hpp"
#include "server.hpp"

namespace {

using namespace std::chrono_literals;
using namespace transport_test;

/// A bundle file that is gone when the program ends.
class Bundle {
 public:
  explicit Bundle(const std::string& pem) {
    std::string name = (std::filesystem::temp_directory_path() / "harbor-pull-test-XXXXXX").string();
    const int descriptor = ::mkstemp(name.data());
    REQUIRE(descriptor >= 0);
    ::close(descriptor);
    path_ = name;
    std::ofstream(path_) << pem;
  }
  ~Bundle() { std::filesystem::remove(path_); }
  Bundle(const Bundle&) = delete;
  Bundle& operator=(const Bundle&) = delete;
  [[nodiscard]] const char* path() const { return path_.c_str(); }

 private:
  std::filesystem::path path_;
};

base::Result<http::Response> fetch(const Server& server, const std::string& ca_pem) {
  http::TlsConfig tls;
  tls.ca_pem = ca_pem;
  http::Limits limits;
  limits.deadline = 5s;
  return http::make_cpprest_transport({server.url(), tls}).and_then([&](const auto& transport) {
    return transport->send({"GET", "/"}, limits);
  });
}

}  // namespace

TEST_CASE("a server with a certificate of the system's authorities is trusted beside one with its own", "[transport]") {
  const Authority system("an authority of the system");
  const Authority cluster("the cluster's own authority");
  const Authority stranger("a stranger");
  const Bundle bundle(system.pem());
  // Before the first transport, which hides the bundle from the HTTP library.
  REQUIRE(setenv("SSL_CERT_FILE", bundle.path(), 1) == 0);
  REQUIRE(setenv("SSL_CERT_DIR", "/dev/null", 1) == 0);

  Server api_server(answering("cluster"), ServerTls{cluster.issue()});
  Server registry(answering("registry"), ServerTls{system.issue()});
  Server other(answering("other"), ServerTls{stranger.issue()});
  for (int round = 0; round < 2; ++round) {
    INFO("round " << round);
    const auto with_own = fetch(api_server, cluster.pem());
    REQUIRE(with_own);
    CHECK(with_own->body == "cluster");
    const auto with_system = fetch(registry, "");
    INFO((with_system ? "" : with_system.error().message));
    REQUIRE(with_system);
    CHECK(with_system->body == "registry");
    // Neither helps where it was not asked for.
    CHECK(fetch(api_server, "").error().kind == base::ErrorKind::kTls);
    CHECK(fetch(registry, cluster.pem()).error().kind == base::ErrorKind::kTls);
    CHECK(fetch(other, "").error().kind == base::ErrorKind::kTls);
  }
}
