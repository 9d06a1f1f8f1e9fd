#include "support/control_plane.hpp"

#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <sstream>

namespace support {
namespace {

std::string script(const char* name) { return (project_root() / "test" / "cluster" / name).string(); }

std::string default_version() {
  const char* asked = std::getenv("HARBOR_PULL_TEST_KUBERNETES");
  return asked == nullptr ? "1.37" : asked;
}

/// The documents of a YAML stream that are not CustomResourceDefinitions.
std::string without_crd(const std::string& yaml) {
  constexpr std::string_view kBreak = "\n---\n";
  std::string kept;
  for (std::size_t begin = 0; begin < yaml.size();) {
    const auto end = std::min(yaml.find(kBreak, begin), yaml.size());
    const auto document = yaml.substr(begin, end - begin);
    if (("\n" + document).find("\nkind: CustomResourceDefinition\n") == std::string::npos) {
      kept.append(document).append(kBreak);
    }
    begin = end + kBreak.size();
  }
  return kept;
}

}  // namespace

std::filesystem::path project_root() { return HARBOR_PULL_ROOT; }

ControlPlane::ControlPlane(ControlPlaneOptions options)
    : version_(options.version.empty() ? default_version() : std::move(options.version)) {
  std::vector<std::string> argv{script("up"), folder().string(), version_, "--parent", std::to_string(getpid())};
  if (!options.audit) {
    argv.emplace_back("--no-audit");
  }
  if (!options.at.empty()) argv.insert(argv.end(), {"--at", options.at});
  // no limit of time worth naming: the first start of all builds the control plane
  require_success(run(argv, {}, std::chrono::hours{1}), "the start of a control plane");
  client_.emplace(server(), read_file(ca_file()), without_end(read_file(folder() / "admin.token")));
}

ControlPlane::~ControlPlane() {
  try {
    require_success(run({script("down"), folder().string()}), "the end of a control plane");
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';  // the watchdog of `up` tries again when this process ends
  }
}

std::string ControlPlane::env(const std::string& name) const {
  std::istringstream in(read_file(folder() / "env"));
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(name + "=")) {
      return line.substr(name.size() + 1);
    }
  }
  throw Failure("the control plane in " + folder().string() + " has no " + name);
}

Ran ControlPlane::kubectl(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), env("CLUSTER_BIN") + "/kubectl");
  // a home of its own: neither the user's configuration nor its cache of API descriptions
  return run(arguments, {"KUBECONFIG=" + kubeconfig().string(), "HOME=" + folder().string()});
}

void ControlPlane::ctl(const std::vector<std::string>& arguments) const {
  std::vector<std::string> argv{script("ctl"), folder().string()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  require_success(run(argv), "test/cluster/ctl " + arguments.at(0));
}

void ControlPlane::weather(const std::string& what, Component component) const {
  switch (component) {
    case Component::kEtcd: return ctl({what, "etcd"});
    case Component::kApiServer: return ctl({what, "kube-apiserver"});
    case Component::kControllerManager: return ctl({what, "kube-controller-manager"});
  }
}

void ControlPlane::compact() const { ctl({"compact"}); }
void ControlPlane::expire_watches() const { ctl({"expire-watches"}); }

ControlPlane& shared_control_plane() {
  static ControlPlane cluster;
  return cluster;
}

void install(const ControlPlane& cluster, Crd crd) {
  const auto deploy = (project_root() / "deploy").string();
  if (crd == Crd::kLater) {
    const auto rendered = cluster.kubectl({"kustomize", deploy});
    require_success(rendered, "kubectl kustomize deploy/");
    const auto file = cluster.folder() / "deploy-without-crd.yaml";
    write_file(file, without_crd(rendered.out));
    require_success(cluster.kubectl({"apply", "-f", file.string()}), "kubectl apply of deploy/ without the CRD");
    return;
  }
  require_success(cluster.kubectl({"apply", "-k", deploy}), "kubectl apply -k deploy/");
  require_success(cluster.kubectl({"wait", "--for=condition=Established", "crd", "--all", "--timeout=30s"}),
                  "waiting for the CRD");
}

}  // namespace support
