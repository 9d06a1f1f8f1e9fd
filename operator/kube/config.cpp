#include "kube/config.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

#include "kube/kubeconfig_fields.hpp"

namespace kube {
namespace {

using base::ErrorKind;
namespace fs = std::filesystem;

constexpr std::size_t kMaxKubeconfig = 1U << 20U;
constexpr std::size_t kMaxToken = 64U << 10U;
constexpr const char* kUseInstead = "use a token, for example from `kubectl create token`, or a client certificate";

std::string_view trim(std::string_view text) {
  static constexpr const char* kSpace = " \t\r\n";
  const auto first = text.find_first_not_of(kSpace);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) + 1 - first);
}

/// Visible ASCII only: RFC 6750 allows less, some issuers write more.
bool fits_header(std::string_view token) {
  return std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

/// A server's URL in its parts.
struct Server {
  bool https = true;
  std::string host = {};  ///< in brackets for IPv6
  std::string port = {};  ///< with its colon, or empty

  [[nodiscard]] std::string url() const { return (https ? "https://" : "http://") + host + port; }
};

bool is_port(std::string_view port) {
  const bool digits = port.find_first_not_of("0123456789") == port.npos;
  if (!digits || port.empty() || port.size() > 5) return false;
  const int number = std::stoi(std::string(port));
  return number >= 1 && number <= 65535;
}

bool is_host(std::string_view host) {
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const std::string_view extra = bracketed ? ":.%" : ".-_";
  return !host.empty() && std::all_of(host.begin(), host.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || extra.find(c) != extra.npos;
  });
}

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  return host.substr(0, 4) == "127." && host.find_first_not_of("0123456789.") == host.npos;
}

/// Messages never quote the URL: it may hold a password.
base::Result<Server> parse_server(std::string_view url) {
  Server server;
  server.https = url.substr(0, 8) == "https://";
  if (!server.https && url.substr(0, 7) != "http://")
    return base::fail(ErrorKind::kInvalid, "must begin with https://");
  url.remove_prefix(server.https ? 8 : 7);
  if (!url.empty() && url.back() == '/') url.remove_suffix(1);
  if (url.find('@') != url.npos) return base::fail(ErrorKind::kInvalid, "must not hold a user name or password");
  if (url.find_first_of("/?#") != url.npos) {
    return base::fail(ErrorKind::kInvalid, "has a path, which is not supported; use https://host:port");
  }
  const auto colon = url.rfind(':');
  const bool has_port = colon != url.npos && url.find(']', colon) == url.npos;
  if (has_port && !is_port(url.substr(colon + 1))) return base::fail(ErrorKind::kInvalid, "has a malformed port");
  server.host = std::string(url.substr(0, has_port ? colon : url.npos));
  if (has_port) server.port = std::string(url.substr(colon));
  if (!is_host(server.host)) return base::fail(ErrorKind::kInvalid, "has a malformed host");
  return server;
}

void read_cluster(KubeconfigFields& fields, const Section& cluster, Config& config) {
  fields.refuse(cluster, "proxy-url", "is not supported yet; use a server address that needs no proxy");
  const auto url = fields.required(cluster, "server");
  const auto server = parse_server(url);
  if (!server) fields.complain(cluster.name + ".server " + server.error().message);
  if (server) config.server = server->url();
  auto ca = fields.pem(cluster, "certificate-authority");
  config.tls.ca_pem = std::move(ca.text);
  config.ca_file = std::move(ca.file);
  config.tls.server_name = fields.text(cluster, "tls-server-name");
  config.tls.insecure_skip_verify = fields.flag(cluster, "insecure-skip-tls-verify");
  if (config.tls.insecure_skip_verify && !config.tls.ca_pem.empty()) {
    fields.complain(cluster.name + " has both a certificate-authority and insecure-skip-tls-verify; drop one of them");
  }
}

void read_token(KubeconfigFields& fields, const Section& user, Config& config) {
  const auto name = fields.text(user, "tokenFile");
  if (name.empty()) {
    config.token = base::SecretString(fields.text(user, "token"));
    if (!fits_header(config.token.reveal()))
      fields.complain(user.name + ".token holds white space or unusable characters");
    return;
  }
  config.token_file = fields.resolve(name);  // wins over `token`, as in client-go
  auto token = read_token_file(config.token_file);
  if (!token) return fields.complain(user.name + ".tokenFile: " + token.error().message);
  config.token = std::move(*token);
}

void read_user(KubeconfigFields& fields, const Section& user, Config& config) {
  for (const char* key : {"exec", "auth-provider"}) {
    fields.refuse(user, key, std::string("is not supported yet: plug-ins are not run; ") + kUseInstead);
  }
  for (const char* key : {"username", "password"}) {
    fields.refuse(user, key, std::string("is basic authentication, which Kubernetes dropped; ") + kUseInstead);
  }
  for (const char* key : {"as", "as-uid", "as-groups", "as-user-extra"}) {
    fields.refuse(user, key, "(impersonation) is not supported; use the credential of the user that is meant");
  }
  read_token(fields, user, config);
  auto cert = fields.pem(user, "client-certificate");
  auto key = fields.pem(user, "client-key");
  if (cert.text.empty() != key.text.empty()) {
    fields.complain(user.name + " has only one of client-certificate and client-key; both are needed");
  }
  config.tls.client_cert_pem = std::move(cert.text);
  config.client_cert_file = std::move(cert.file);
  config.tls.client_key_pem = base::SecretString(std::move(key.text));
  config.client_key_file = std::move(key.file);
}

/// What a cluster and a user must not be together. Without https nobody need be anybody: that is `kubectl proxy`.
void check_together(KubeconfigFields& fields, const std::string& user, const Config& config) {
  const auto server = parse_server(config.server);
  if (!server) return;  // has been complained about
  const bool anonymous = config.token.empty() && config.tls.client_cert_pem.empty();
  if (server->https && anonymous) {
    const auto who =
        user.empty() ? std::string("the context names no user") : "users[" + user + "] holds no credential";
    fields.complain(who + "; " + kUseInstead);
  }
  if (!server->https && !config.token.empty() && !is_loopback(server->host)) {
    fields.complain("the token of users[" + user + "] would cross the network in the clear; use an https:// server");
  }
}

void read_context(KubeconfigFields& fields, const Section& root, const std::string& name, Config& config) {
  if (name.empty()) {
    return fields.complain("current-context is missing; name a context, there are: " + names_in(root, "contexts"));
  }
  const auto context = fields.entry(root, "contexts", name, "context");
  config.ns = fields.text(context, "namespace");
  const auto cluster = fields.required(context, "cluster");
  const auto user = fields.text(context, "user");
  if (fields.fault()) return;  // what follows would only be found missing
  read_cluster(fields, fields.entry(root, "clusters", cluster, "cluster"), config);
  if (!user.empty()) read_user(fields, fields.entry(root, "users", user, "user"), config);
  check_together(fields, user, config);
}

}  // namespace

base::Result<std::string> read_text_file(const fs::path& path, std::size_t cap) {
  const auto fault = [&](const std::string& what) {
    return base::fail(ErrorKind::kInvalid, path.string() + " " + what);
  };
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return fault("cannot be read: it is a folder");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return fault("cannot be read: " + std::generic_category().message(errno));
  std::string text(cap + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return fault("cannot be read: " + std::generic_category().message(errno));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.empty()) return fault("is empty");
  if (text.size() > cap) return fault("is longer than " + std::to_string(cap >> 10U) + " KiB");
  text.shrink_to_fit();
  return text;
}

base::Result<std::string> read_pem_file(const fs::path& path) { return read_text_file(path, kMaxPem); }

base::Result<base::SecretString> read_token_file(const fs::path& path) {
  auto text = read_text_file(path, kMaxToken);
  if (!text) return base::fail(std::move(text.error()));
  const base::SecretString raw(std::move(*text));  // wiped on return
  const auto token = trim(raw.reveal());
  if (token.empty()) return base::fail(ErrorKind::kInvalid, path.string() + " is empty");
  if (!fits_header(token)) {
    return base::fail(ErrorKind::kInvalid, path.string() + " holds white space or characters that no token has");
  }
  return base::SecretString(std::string(token));
}

base::Result<Config> load_kubeconfig(const fs::path& path, const std::string& context) {
  const auto invalid = [](std::string message) { return base::fail(ErrorKind::kInvalid, std::move(message)); };
  const auto text = read_text_file(path, kMaxKubeconfig);
  if (!text) return invalid("kubeconfig " + text.error().message);
  const auto root = parse_kubeconfig(*text);
  if (!root) return invalid("kubeconfig " + path.string() + " " + root.error().message);
  KubeconfigFields fields(path.parent_path());
  const auto name = context.empty() ? fields.text(*root, "current-context") : context;
  Config config;
  read_context(fields, *root, name, config);
  if (fields.fault()) return invalid("kubeconfig " + path.string() + ": " + *fields.fault());
  config.origin = "kubeconfig " + path.string() + ", context " + name;
  return config;
}

base::Result<Config> load_in_cluster(const std::string& host, const std::string& port, const fs::path& folder) {
  const auto invalid = [](const std::string& message) {
    return base::fail(ErrorKind::kInvalid, "in-cluster: " + message);
  };
  if (host.empty() || port.empty()) {
    return invalid(
        "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not both set; outside a Pod give --kubeconfig");
  }
  const bool bare_ipv6 = host.find(':') != host.npos && host.front() != '[';
  const auto server = parse_server("https://" + (bare_ipv6 ? "[" + host + "]" : host) + ":" + port);
  if (!server) return invalid("the address from KUBERNETES_SERVICE_HOST and _PORT " + server.error().message);
  Config config;
  config.server = server->url();
  config.token_file = folder / "token";
  config.ca_file = folder / "ca.crt";
  config.origin = "in-cluster";
  auto token = read_token_file(config.token_file);
  if (!token) return invalid(token.error().message + "; is automountServiceAccountToken off?");
  auto ca = read_pem_file(config.ca_file);
  if (!ca) return invalid(ca.error().message);
  config.token = std::move(*token);
  config.tls.ca_pem = std::move(*ca);
  const auto ns = read_text_file(folder / "namespace", 1024);
  if (ns) config.ns = std::string(trim(*ns));  // a projected volume may leave it out
  return config;
}

}  // namespace kube
