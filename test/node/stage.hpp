// A whole small world for tests inside of test/node/enter: a control plane, a node with containerd and a kubelet, and a
// Harbor with a private authority before a real registry. The operator is not installed: that is what tests do.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "support/control_plane.hpp"
#include "support/eventually.hpp"
#include "support/harbor_double.hpp"

namespace node {

using support::eventually;
using support::Json;
using support::Millis;
using support::Ran;
using support::Seen;

inline constexpr const char* kHost = "harbor.example.com";
/// The private image.
inline constexpr const char* kApp = "harbor.example.com/team/app:1";
inline constexpr const char* kOwn = "harbor-pull-system";
inline constexpr const char* kRelease = "harbor-pull-operator";
/// A patience for what takes seconds, on a loaded machine.
inline constexpr Millis kPatience{90'000};

/// One at a time in a program. Not thread-safe, but for kubectl().
class Stage {
 public:
  /// Throws Failure with the ends of the logs. The private image team/app:1 is in the registry and not on the node;
  /// containerd trusts the registry through certs.d.
  Stage();

  /// The one of this program. When it could not be made, it is not tried again: what was half made is still there.
  static Stage& shared();

  [[nodiscard]] support::ControlPlane& cluster() { return cluster_; }
  [[nodiscard]] support::HarborDouble& harbor() { return harbor_; }

  /// REQUIREs success; what it printed.
  std::string kubectl(std::vector<std::string> arguments) const;
  std::string helm(std::vector<std::string> arguments) const;
  [[nodiscard]] const std::string& helm_program() const { return helm_; }
  [[nodiscard]] Ran try_helm(std::vector<std::string> arguments) const;
  /// `kubectl apply` of YAML.
  void apply(const std::string& yaml) const;
  /// What `kubectl get ... -o json` gives.
  [[nodiscard]] Json get(std::vector<std::string> what) const;

  /// The namespace of the operator, under the restricted standard, with Harbor's CA and its administrator's account.
  void prepare_own_namespace() const;
  [[nodiscard]] static std::string chart();
  /// `helm install|upgrade --wait` of charts/, in the operator's namespace. `values` as `name=value` for --set.
  void install(const std::vector<std::string>& values = {}) const { release("install", values); }
  void upgrade(const std::vector<std::string>& values) const { release("upgrade", values); }

  void make_namespace(const std::string& name) const;
  /// A HarborRegistry with a robot for project team, for namespaces labelled env=prod. `more` is YAML below spec.
  void make_registry(const std::string& name, const std::string& more = "") const;
  /// A Pod with the private image and no imagePullSecrets.
  void make_pod(const std::string& ns, const std::string& name, const std::string& pull_policy = "IfNotPresent") const;
  void wait_running(const std::string& ns, const std::string& pod) const;
  /// The messages of Events with this reason in a namespace.
  [[nodiscard]] std::vector<std::string> events(const std::string& ns, const std::string& reason) const;
  /// The user name in a namespace's pull Secret; empty when there is no Secret.
  [[nodiscard]] std::string pull_user(const std::string& ns) const;
  void forget_image(const std::string& image) const;      ///< of the node
  void load(const std::filesystem::path& archive) const;  ///< an image, into the node

 private:
  void release(const std::string& verb, const std::vector<std::string>& values) const;
  void trust() const;
  void load_images() const;
  void ctr(const std::vector<std::string>& arguments) const;
  void write_archive(const std::string& name, const std::filesystem::path& file) const;

  support::ControlPlane cluster_;
  support::HarborDouble harbor_;
  support::TemporaryFolder folder_;
  std::string helm_;
  std::string ctr_;
};

}  // namespace node
