// A JSON client for tests: an administrator's unless another token is given. It shares the transport with the operator
// and nothing else, so a mistake in the operator's requests is not repeated here.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "http/transport.hpp"
#include "support/eventually.hpp"

namespace support {

using Json = nlohmann::json;

/// What came back. `status` 0 means that no answer came; `error` then says why.
struct Answer {
  int status = 0;
  Json json = {};
  std::string error = {};

  [[nodiscard]] bool ok() const { return status >= 200 && status < 300; }
  /// The status and what the server (or the transport) said, for messages.
  [[nodiscard]] std::string text() const;
  /// The JSON; throws Failure unless ok().
  const Json& require() const&;
  Json require() &&;
};

/// Thread-safe; copies share connections. Paths are those of the API: "/api/v1/namespaces/x/secrets".
class Client {
 public:
  /// Throws Failure when the CA cannot be read.
  Client(const std::string& server, std::string ca_pem, std::string token, std::string field_manager = "test");

  /// The same server, another identity or field manager.
  [[nodiscard]] Client with_token(std::string token) const;
  [[nodiscard]] Client with_field_manager(std::string name) const;

  [[nodiscard]] Answer get(const std::string& path) const;
  /// All items, page by page. Throws Failure when the server refuses.
  [[nodiscard]] std::vector<Json> list(const std::string& path) const;
  Answer create(const std::string& collection_path, const Json& object) const;
  Answer apply(const std::string& path, const Json& object, bool force = true) const;
  Answer merge_patch(const std::string& path, const Json& patch) const;
  Answer json_patch(const std::string& path, const Json& patch) const;
  Answer update(const std::string& path, const Json& object) const;
  Answer remove(const std::string& path) const;
  Answer send(http::Request request) const;

  /// A token of that ServiceAccount by TokenRequest. Throws Failure when it is refused.
  [[nodiscard]] std::string token_for(const std::string& ns, const std::string& service_account,
                                      int seconds = 3600) const;

  [[nodiscard]] http::Transport& transport() const { return *transport_; }
  /// Adds the credential: for requests that go to the transport directly.
  [[nodiscard]] http::Request authorized(http::Request request) const;

 private:
  [[nodiscard]] Answer write(const char* method, const std::string& path, const char* type, const Json& body) const;

  std::shared_ptr<http::Transport> transport_;
  std::string token_;
  std::string field_manager_;
};

using Labels = std::map<std::string, std::string>;

/// Paths and objects that most tests need.
[[nodiscard]] std::string namespace_path(std::string_view name);
[[nodiscard]] std::string secret_path(std::string_view ns, std::string_view name);
[[nodiscard]] std::string service_account_path(std::string_view ns, std::string_view name);
[[nodiscard]] std::string registry_path(std::string_view name);
[[nodiscard]] Json namespace_object(std::string_view name, const Labels& labels = {});
[[nodiscard]] Json basic_auth_secret(std::string_view ns, std::string_view name, std::string_view user,
                                     std::string_view password);

/// The `auths` of a docker-registry Secret. Null when the Secret, its key or the JSON in it is not there.
[[nodiscard]] Json auths(const Json& secret);
[[nodiscard]] Json auths(const Client& client, std::string_view ns, std::string_view name = "harbor-pull");
/// The names in imagePullSecrets, in their order. Empty when the ServiceAccount is not there.
[[nodiscard]] std::vector<std::string> pull_secret_names(const Client& client, std::string_view ns,
                                                         std::string_view service_account = "default");
/// The condition of that type in `status.conditions`, or null.
[[nodiscard]] Json condition(const Json& object, std::string_view type);

}  // namespace support
