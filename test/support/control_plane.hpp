// A real Kubernetes control plane for as long as this object lives: test/cluster/up, down and ctl as a class.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "support/client.hpp"
#include "support/process.hpp"

namespace support {

enum class Component { kEtcd, kApiServer, kControllerManager };

struct ControlPlaneOptions {
  std::string version = {};  ///< "1.37"; empty: HARBOR_PULL_TEST_KUBERNETES, or 1.37
  std::string at = {};       ///< ADDRESS:PORT of the API server; empty: 127.0.0.1 and a free port
  bool audit = true;         ///< without, Audit sees nothing and the server has less to do
};

/// Starts in about three seconds. It goes with this object and, should the test be killed, with the process; its folder
/// stays when a test failed in this object's scope or HARBOR_PULL_TEST_KEEP is set. Not thread-safe, but for client().
class ControlPlane {
 public:
  /// Throws Failure with the ends of the logs.
  explicit ControlPlane(ControlPlaneOptions options = {});
  ~ControlPlane();
  ControlPlane(const ControlPlane&) = delete;
  ControlPlane& operator=(const ControlPlane&) = delete;

  /// The administrator's.
  [[nodiscard]] const Client& client() const { return *client_; }
  [[nodiscard]] const std::string& version() const { return version_; }
  [[nodiscard]] std::string server() const { return env("CLUSTER_SERVER"); }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }
  [[nodiscard]] std::filesystem::path kubeconfig() const { return folder() / "kubeconfig"; }
  [[nodiscard]] std::filesystem::path ca_file() const { return folder() / "ca.crt"; }
  [[nodiscard]] std::filesystem::path audit_log() const { return folder() / "audit.log"; }
  /// A variable of DIR/env, as it is now: ports, pids, folders. Throws Failure for an unknown one.
  [[nodiscard]] std::string env(const std::string& name) const;

  /// As the administrator.
  Ran kubectl(std::vector<std::string> arguments) const;

  void stop(Component component) const { weather("stop", component); }    ///< SIGTERM, and gone
  void kill(Component component) const { weather("kill", component); }    ///< SIGKILL, and gone
  void start(Component component) const { weather("start", component); }  ///< on the same port, and ready
  void pause(Component component) const { weather("pause", component); }  ///< accepts connections and says nothing
  void resume(Component component) const { weather("resume", component); }
  void compact() const;         ///< etcd only: clients do not see it, see test/cluster/ctl
  void expire_watches() const;  ///< restarts kube-apiserver so that every watch that comes back gets 410

 private:
  void weather(const std::string& what, Component component) const;
  void ctl(const std::vector<std::string>& arguments) const;

  std::string version_;
  TemporaryFolder folder_;
  std::optional<Client> client_;
};

/// The one that the tests of a program share; started at first use.
[[nodiscard]] ControlPlane& shared_control_plane();

/// The root of the project, for deploy/ and the scripts.
[[nodiscard]] std::filesystem::path project_root();

enum class Crd { kNow, kLater };
/// `kubectl apply -k deploy/`, and waits until the CRD is established. kLater leaves the CRD out; install again to add
/// it.
void install(const ControlPlane& cluster, Crd crd = Crd::kNow);

}  // namespace support
