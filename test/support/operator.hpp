// The real binary as a child process, with the rights of the ServiceAccount that deploy/ installs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/control_plane.hpp"
#include "support/process.hpp"

namespace support {

/// HARBOR_PULL_BINARY of the environment, or the one just built. Throws Failure when there is neither.
[[nodiscard]] std::string operator_program();

struct OperatorOptions {
  std::vector<std::string> args = {};  ///< after those that every test needs
  std::vector<std::string> env = {};   ///< NAME=VALUE
  std::string program = {};            ///< empty: operator_program()
  std::string server = {};             ///< another way to the API server, a proxy's URL; empty: the server itself
  std::string ca_pem = {};             ///< with `server`: what it is trusted by
};

/// `harbor-pull controller` against a control plane on which install() was called. Its kubeconfig names a token file
/// and a CA file. Killed when this object goes. Not thread-safe; make it on a thread that lives as long (see Process).
class Operator {
 public:
  struct Exit {
    int code = 0;
    Millis took{0};
  };

  /// Throws Failure when there is no token or no binary. Does not wait: see wait_ready().
  explicit Operator(const ControlPlane& cluster, OperatorOptions options = {});

  [[nodiscard]] bool running() { return process_->running(); }
  [[nodiscard]] bool ready() const;
  /// Returns how long it took since the start. Throws Failure with the end of the log.
  Millis wait_ready(Millis timeout = Millis{15'000});

  /// The port of probes and metrics, once the log tells it.
  [[nodiscard]] std::optional<std::string> port() const;
  /// GET of that path on the port of probes and metrics.
  [[nodiscard]] Answer get(const std::string& path) const;
  /// The text of /metrics; throws Failure when it is not served.
  [[nodiscard]] std::string metrics() const;
  /// One sample by its name with labels as /metrics writes it: `workqueue_depth{name="namespace"}`.
  [[nodiscard]] std::optional<double> metric(const std::string& sample) const;

  [[nodiscard]] std::string log_text() const;
  /// The lines that are JSON objects.
  [[nodiscard]] std::vector<Json> log_lines() const;
  /// Whether a line has that message.
  [[nodiscard]] bool logged(const std::string& message) const;

  /// SIGTERM, waits. Throws Failure when it has not ended after `timeout`.
  Exit terminate(Millis timeout = Millis{30'000});
  void kill9();
  /// A new token into the token file, as a kubelet does it.
  void renew_token() const;
  /// Any text in place of the token.
  void write_token(const std::string& token) const;

  [[nodiscard]] Process& process() { return *process_; }
  [[nodiscard]] std::filesystem::path kubeconfig() const { return folder_.path() / "kubeconfig"; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  void write_kubeconfig(const OperatorOptions& options) const;
  [[nodiscard]] std::filesystem::path log_file() const { return folder_.path() / "operator.log"; }

  const ControlPlane& cluster_;
  TemporaryFolder folder_;
  std::chrono::steady_clock::time_point started_;
  std::unique_ptr<Process> process_;
};

inline constexpr const char* kOperatorNamespace = "harbor-pull-system";
inline constexpr const char* kOperatorServiceAccount = "harbor-pull-operator";

}  // namespace support
