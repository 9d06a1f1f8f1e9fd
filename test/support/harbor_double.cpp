#include "support/harbor_double.hpp"

#include "http/cpprest_transport.hpp"
#include "support/authority.hpp"

namespace support {
namespace {

using support::Authority;

std::string program() {
  const char* asked = std::getenv("HARBOR_DOUBLE_BINARY");
  const std::string found = asked != nullptr ? asked : HARBOR_DOUBLE_BINARY;
  if (found.empty()) {
    throw Failure("no Harbor double: this build has no target harbor-double, and HARBOR_DOUBLE_BINARY is not set");
  }
  return found;
}

/// The digits after `before` in a log, once they are there.
int number_after(const std::filesystem::path& log, const std::string& before, Process& from) {
  std::string text;
  const auto at = [&] { return text.find(before); };
  eventually("'" + before + "' in " + log.string(), Millis{15'000}, [&] {
    const bool over = !from.running();
    text = read_file(log);
    return Seen{over || at() != std::string::npos, text};
  });
  if (at() == std::string::npos) throw Failure("a program ended that should serve: " + text);
  return std::stoi(text.substr(at() + before.size()));
}

Answer exchange(const std::string& url, const std::string& ca_pem, const http::Request& request) {
  http::CpprestOptions options{url};
  options.tls.ca_pem = ca_pem;
  const auto transport = http::make_cpprest_transport(std::move(options));
  if (!transport) throw Failure(transport.error().message);
  const auto response = (*transport)->send(request, {std::chrono::milliseconds{30'000}, 64U << 20U, {}});
  if (!response) return {0, {}, response.error().message};
  auto json = Json::parse(response->body, nullptr, false);
  return {response->status, json.is_discarded() ? Json(response->body) : std::move(json), {}};
}

http::Request request_of(const std::string& method, const std::string& path, const Json& body) {
  http::Request request{method, path, {}, {}, method == "GET" || method == "HEAD"};
  if (!body.is_null()) {
    request.headers.push_back({"Content-Type", "application/json"});
    request.body = body.dump();
  }
  return request;
}

}  // namespace

struct HarborDouble::Pki {
  explicit Pki(int number) : authority("harbor double authority " + std::to_string(number)) {}
  Authority authority;
};

HarborDouble::HarborDouble(HarborDoubleOptions options) : options_(std::move(options)) {
  write_file(folder() / "admin-password", admin_password() + "\n");
  if (options_.with_registry) start_registry();
  if (options_.tls) {
    scheme_ = "https";
    pki_ = std::make_unique<Pki>(++authorities_);
    use_certificate();
  }
  start();
}

HarborDouble::~HarborDouble() = default;

void HarborDouble::start_registry() {
  const auto config = folder() / "registry.yml";
  const auto log = folder() / "registry.log";
  const Json yaml = {
      {"version", "0.1"},
      {"log", {{"level", "info"}, {"accesslog", {{"disabled", true}}}}},
      {"storage",
       {{"filesystem", {{"rootdirectory", (folder() / "registry").string()}}}, {"delete", {{"enabled", true}}}}},
      {"http", {{"addr", "127.0.0.1:0"}, {"relativeurls", true}, {"secret", "of-no-use"}}}};
  write_file(config, yaml.dump());  // JSON is YAML
  registry_ = std::make_unique<Process>(ProcessOptions{{"docker-registry", "serve", config.string()}, {}, log, {}});
  const int port = number_after(log, "listening on 127.0.0.1:", *registry_);
  registry_url_ = "http://127.0.0.1:" + std::to_string(port);
}

void HarborDouble::start() {
  std::vector<std::string> argv{program(),
                                "--profile",
                                options_.profile,
                                "--listen",
                                options_.address,
                                "--admin-password-file",
                                (folder() / "admin-password").string()};
  if (!registry_url_.empty()) argv.insert(argv.end(), {"--registry", registry_url_});
  if (!options_.name.empty()) argv.insert(argv.end(), {"--external-url", url()});
  if (options_.tls) {
    argv.insert(argv.end(),
                {"--tls-cert", (folder() / "tls.crt").string(), "--tls-key", (folder() / "tls.key").string()});
  }
  argv.insert(argv.end(), options_.args.begin(), options_.args.end());
  const auto log = folder() / "harbor-double.log";
  process_ = std::make_unique<Process>(ProcessOptions{argv, {}, log, {}});
  control_port_ = number_after(log, "control on ", *process_);
  port_ = number_after(log, "listening on ", *process_);
}

std::string HarborDouble::url() const { return scheme_ + "://" + host(); }
std::string HarborDouble::host() const {
  if (!options_.name.empty()) return options_.name;
  return options_.address.substr(0, options_.address.rfind(':') + 1) + std::to_string(port_);
}
std::string HarborDouble::control_url() const { return "http://127.0.0.1:" + std::to_string(control_port_); }
std::string HarborDouble::ca_pem() const { return pki_ == nullptr ? "" : pki_->authority.pem(); }
std::string HarborDouble::log_text() const { return read_file(folder() / "harbor-double.log"); }

Json HarborDouble::control(const std::string& method, const std::string& path, const Json& body) const {
  return exchange(control_url(), "", request_of(method, path, body)).require();
}

Answer HarborDouble::api(const Login& login, const std::string& method, const std::string& path,
                         const Json& body) const {
  auto request = request_of(method, path, body);
  if (!login.user.empty()) request.headers.push_back({"Authorization", basic_authorization(login)});
  return exchange(url(), ca_pem(), request);
}

std::int64_t HarborDouble::make_project(const std::string& name, bool is_public) const {
  return control("POST", "/projects", {{"name", name}, {"public", is_public}}).at("id");
}

void HarborDouble::add_user(const Login& login, bool sysadmin) const {
  control("POST", "/users", {{"username", login.user}, {"password", login.password}, {"sysadmin", sysadmin}});
}

void HarborDouble::add_member(const std::string& project, const std::string& user, const std::string& role) const {
  control("POST", "/members", {{"project", project}, {"username", user}, {"role", role}});
}

std::vector<Json> HarborDouble::robots() const { return control("GET", "/robots"); }

Json HarborDouble::make_robot(const Json& robot) const { return as_admin("POST", "/api/v2.0/robots", robot).require(); }

void HarborDouble::change_robot(std::int64_t id, const Json& change) const {
  control("POST", "/robots/" + std::to_string(id), change);
}

std::vector<Json> HarborDouble::requests() const { return control("GET", "/requests"); }
void HarborDouble::forget_requests() const { control("DELETE", "/requests"); }

void HarborDouble::set_clock(std::chrono::seconds offset) const {
  control("POST", "/clock", {{"offset_seconds", offset.count()}});
}

void HarborDouble::fault(const Json& fault) const { control("POST", "/faults", fault); }
void HarborDouble::forget_faults() const { control("DELETE", "/faults"); }
void HarborDouble::offline(bool is) const { control("POST", "/offline", {{"offline", is}}); }
void HarborDouble::set_prefix(const std::string& prefix) const { control("POST", "/prefix", {{"prefix", prefix}}); }
void HarborDouble::set_read_only(bool on) const { control("POST", "/read_only", {{"on", on}}); }

void HarborDouble::set_password(const Login& login) const {
  control("POST", "/password", {{"username", login.user}, {"password", login.password}});
}

void HarborDouble::set_login_delay(Millis delay) const { control("POST", "/login_delay", {{"ms", delay.count()}}); }

void HarborDouble::use_certificate() const {
  std::vector<std::string> names = {"DNS:localhost", "IP:127.0.0.1"};
  if (!options_.name.empty()) names.push_back("DNS:" + options_.name);
  const auto identity = pki_->authority.issue({.subject = "harbor", .names = std::move(names)});
  write_file(folder() / "tls.crt", identity.certificate);
  write_file(folder() / "tls.key", identity.key);
}

void HarborDouble::renew_certificate() const {
  use_certificate();
  control("POST", "/tls", {{"cert", (folder() / "tls.crt").string()}, {"key", (folder() / "tls.key").string()}});
}

void HarborDouble::replace_authority() {
  pki_ = std::make_unique<Pki>(++authorities_);
  renew_certificate();
}

std::string HarborDouble::push_image(const std::string& image) const {
  return ImageClient(url(), ca_pem()).push(admin(), image);
}

Pulled HarborDouble::pull(const std::string& user, const std::string& password, const std::string& image) const {
  return ImageClient(url(), ca_pem()).pull({user, password}, image);
}

}  // namespace support
