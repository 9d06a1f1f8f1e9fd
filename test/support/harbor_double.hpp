// A Harbor for tests: the program harbor-double as a child, with a real registry behind it when asked for.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/client.hpp"
#include "support/image_client.hpp"
#include "support/process.hpp"

namespace support {

struct HarborDoubleOptions {
  std::string profile = "2.15";         ///< version to behave as: 2.9, 2.12, 2.15, or one with a patch like 2.14.0
  bool tls = false;                     ///< HTTPS with a certificate of an authority of its own: ca_pem()
  std::string address = "127.0.0.1:0";  ///< IP:PORT to serve on
  std::string name = {};       ///< what clients call it: in its certificate and its external URL; empty: its address
  bool with_registry = false;  ///< images can be pushed and pulled; needs the program docker-registry
  std::vector<std::string> args = {};
};

/// Empty but for the administrator and the public project `library`. Killed when this object goes. Not thread-safe, but
/// for what only asks; make it on a thread that lives as long (see Process).
class HarborDouble {
 public:
  /// Throws Failure with the end of the log.
  explicit HarborDouble(HarborDoubleOptions options = {});
  ~HarborDouble();
  HarborDouble(const HarborDouble&) = delete;
  HarborDouble& operator=(const HarborDouble&) = delete;

  [[nodiscard]] std::string url() const;   ///< http(s)://host()
  [[nodiscard]] std::string host() const;  ///< IP:PORT, or the name
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string ca_pem() const;
  [[nodiscard]] std::string control_url() const;
  /// Holds the canary that the suite searches for in everything that is left behind.
  [[nodiscard]] static std::string admin_password() { return "CanaryPassword-4711-admin"; }
  [[nodiscard]] static Login admin() { return {"admin", admin_password()}; }

  /// The control API (test/harbor/double/README.md). Throws Failure when it refuses.
  Json control(const std::string& method, const std::string& path, const Json& body = nullptr) const;
  /// Harbor's own API, as that user.
  [[nodiscard]] Answer api(const Login& login, const std::string& method, const std::string& path,
                           const Json& body = nullptr) const;
  [[nodiscard]] Answer as_admin(const std::string& method, const std::string& path, const Json& body = nullptr) const {
    return api(admin(), method, path, body);
  }

  std::int64_t make_project(const std::string& name, bool is_public = false) const;
  void add_user(const Login& login, bool sysadmin = false) const;
  void add_member(const std::string& project, const std::string& user, const std::string& role) const;
  /// As GET /robots of the control API tells them.
  [[nodiscard]] std::vector<Json> robots() const;
  /// As POST /robots answers, secret included: {"id", "name", "secret", ...}.
  Json make_robot(const Json& robot) const;
  void change_robot(std::int64_t id, const Json& change) const;
  /// Requests so far, in their order; forget_requests() begins anew.
  [[nodiscard]] std::vector<Json> requests() const;
  void forget_requests() const;
  [[nodiscard]] Json stats() const { return control("GET", "/stats"); }

  /// Harbor's clock against the real one.
  void set_clock(std::chrono::seconds offset) const;
  /// {"fault": …, "match": {…}, …}, or a list of them.
  void fault(const Json& fault) const;
  void forget_faults() const;
  void offline(bool is) const;
  void set_prefix(const std::string& prefix) const;
  void set_read_only(bool on) const;
  void set_password(const Login& login) const;
  /// How long a failed login takes and locks its user; 1.5 s at first.
  void set_login_delay(Millis delay) const;

  /// Another certificate of the same authority, or of a new one, which ca_pem() is from then on.
  void renew_certificate() const;
  void replace_authority();

  /// "project/repository:tag"; the manifest's digest.
  std::string push_image(const std::string& image) const;
  [[nodiscard]] Pulled pull(const std::string& user, const std::string& password, const std::string& image) const;

  [[nodiscard]] std::string log_text() const;
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }
  [[nodiscard]] Process& process() { return *process_; }

 private:
  struct Pki;
  void start_registry();
  void start();
  void use_certificate() const;

  TemporaryFolder folder_;
  std::unique_ptr<Pki> pki_;
  std::unique_ptr<Process> registry_;
  std::unique_ptr<Process> process_;
  std::string registry_url_;
  const HarborDoubleOptions options_;
  std::string scheme_ = "http";
  int authorities_ = 0;
  int port_ = 0;
  int control_port_ = 0;
};

}  // namespace support
