#include "node/desk.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <regex>

namespace node {
namespace {

using support::Process;
using support::project_root;
using support::Ran;

constexpr const char* kBundle = "/etc/ssl/certs/ca-certificates.crt";
constexpr const char* kNameServer = "10.0.0.10";  // the kubelet's clusterDNS, see test/node/up
constexpr const char* kPart = "app.kubernetes.io/part-of=harbor-pull-operator";

void must(const std::vector<std::string>& argv) { support::require_success(support::run(argv), argv.front()); }

constexpr std::array kProjects = {"base", "team-a", "docker-hub"};

/// Pulls from all projects; the password.
std::string make_pull_robot(const support::HarborDouble& harbor) {
  const Json pull = {{"resource", "repository"}, {"action", "pull"}};
  const Json everywhere = {{"kind", "project"}, {"namespace", "*"}, {"access", {pull}}};
  return harbor.make_robot({{"name", "pull"}, {"level", "system"}, {"duration", -1}, {"permissions", {everywhere}}})
      .at("secret");
}

Process start_name_server() {
  must({"ip", "addr", "add", std::string(kNameServer) + "/32", "dev", "lo"});
  return Process({.argv = {(project_root() / "test/node/dns").string(), kNameServer}});
}

}  // namespace

Desk::Desk(Stage& stage) : stage_(stage), names_(start_name_server()) {
  copy_sources();
  fill_harbor();
  everybody_trusts_harbor();
}

void Desk::copy_sources() const {
  std::filesystem::create_directories(folder_.path() / "home");
  const auto copy = folder_.path() / "sources";
  std::filesystem::create_directories(copy);
  for (const auto& entry : std::filesystem::directory_iterator(project_root())) {
    const auto name = entry.path().filename().string();
    if (name.front() == '.' || name.compare(0, 5, "build") == 0) continue;
    std::filesystem::copy(entry.path(), copy / name,
                          std::filesystem::copy_options::recursive | std::filesystem::copy_options::copy_symlinks);
  }
  support::write_file(copy / "ca.crt", stage_.harbor().ca_pem());
  support::write_file(folder_.path() / "password", support::HarborDouble::admin_password() + "\n");
}

void Desk::fill_harbor() {
  for (const auto* project : kProjects) stage_.harbor().make_project(project);
  pull_password_ = make_pull_robot(stage_.harbor());
}

/// Pages are about Harbor with a certificate of a known authority unless they say otherwise. Ours becomes known: here,
/// and in the image, which is made anew from the certificates that are here.
void Desk::everybody_trusts_harbor() const {
  const auto bundle = folder_.path() / "bundle.crt";
  support::write_file(bundle, support::read_file(kBundle) + stage_.harbor().ca_pem());
  must({"mount", "--bind", bundle.string(), kBundle});
  const auto image = folder_.path() / "image";
  must({(project_root() / "packaging/image/build").string(),
        (project_root() / "build/image/rootfs/usr/bin/harbor-pull").string(), image.string()});
  stage_.load(image / "image.tar");
}

void Desk::delete_all(const std::string& kind, const std::vector<std::string>& keep) const {
  std::vector<std::string> arguments = {"delete", kind, "--wait", "--timeout=90s"};
  const auto named = stage_.get({kind}).at("items");
  for (const auto& object : named) {
    const std::string name = object.at("metadata").at("name");
    if (std::ranges::find(keep, name) == keep.end()) arguments.push_back(name);
  }
  if (arguments.size() > 4) stage_.kubectl(arguments);
}

void Desk::uninstall_releases() const {
  const auto releases = Json::parse(stage_.helm({"list", "-A", "-o", "json"}));
  for (const auto& release : releases)
    stage_.helm({"uninstall", release.at("name"), "-n", release.at("namespace"), "--wait", "--timeout", "2m"});
}

void Desk::clear() const {
  const std::string crd = "harborregistries.harborpull.io";
  if (!stage_.kubectl({"get", "crd", crd, "--ignore-not-found", "-o", "name"}).empty()) delete_all("hreg", {});
  uninstall_releases();
  stage_.kubectl({"delete", "crd", crd, "--ignore-not-found", "--timeout=60s"});
  stage_.kubectl({"delete",
                  "clusterroles,clusterrolebindings,mutatingadmissionpolicies,mutatingadmissionpolicybindings,"
                  "validatingadmissionpolicies,validatingadmissionpolicybindings",
                  "-l", kPart});
  delete_all("namespaces", {"default", "kube-node-lease", "kube-public", "kube-system"});
}

void Desk::prepare_operator() const {
  stage_.helm({"upgrade", "--install", kRelease, Stage::chart(), "-n", kOwn, "--create-namespace", "--reset-values",
               "--wait", "--timeout", "2m"});
}

void Desk::prepare() const {
  prepare_operator();
  delete_all("hreg", {});
  delete_all("namespaces", {"default", "kube-node-lease", "kube-public", "kube-system", kOwn, "team-a"});
  stage_.kubectl({"delete", "secrets", "-n", kOwn, "--field-selector", "type=kubernetes.io/basic-auth"});
  stage_.kubectl({"delete", "configmap", "harbor-ca", "-n", kOwn, "--ignore-not-found"});
  stage_.kubectl({"create", "secret", "generic", "harbor-credential", "-n", kOwn, "--type", "kubernetes.io/basic-auth",
                  "--from-literal=username=robot$pull", "--from-literal=password=" + pull_password_});
  stage_.apply(support::read_file(project_root() / "deploy/samples/harborregistry.yaml"));
  stage_.kubectl({"wait", "hreg", "example", "--for=condition=Ready", "--timeout=60s"});
  stage_.make_namespace("team-a");
  stage_.make_pod("team-a", "app");
  stage_.wait_running("team-a", "app");
}

std::vector<std::string> Desk::environment() const {
  const auto helm = std::filesystem::path(stage_.helm_program()).parent_path().string();
  const char* path = std::getenv("PATH");
  return {"PATH=" + stage_.cluster().env("CLUSTER_BIN") + ":" + helm + ":" + (path == nullptr ? "" : path),
          "KUBECONFIG=" + stage_.cluster().kubeconfig().string(),
          "HOME=" + (folder_.path() / "home").string(),
          "TMPDIR=" + (folder_.path() / "home").string(),
          "PASSWORD=" + pull_password_,
          "SECRET=shown-when-the-robot-was-made",
          "SSL_CERT_FILE=",  // ours, which is for the transport of tests
          "SSL_CERT_DIR=",
          "TERM=dumb"};
}

support::Ran Desk::run(const Block& block) const {
  // Without a terminal a program that asks for a password reads its standard input.
  return support::run({"timeout", "--kill-after=5", "120", "setsid", "--wait", "bash", "-c",
                       R"(cd "$1" && exec bash -euo pipefail -c "$2" <"$3" 2>&1)", "bash",
                       (folder_.path() / "sources").string(), block.text, (folder_.path() / "password").string()},
                      environment(), Millis{150'000});
}

support::Ran Desk::offer(const Object& object) const {
  if (!object.ns.empty() && stage_.kubectl({"get", "ns", object.ns, "--ignore-not-found", "-o", "name"}).empty())
    stage_.kubectl({"create", "namespace", object.ns});
  const auto file = folder_.path() / "object.yaml";
  support::write_file(file, object.text);
  return stage_.cluster().kubectl({"apply", "--dry-run=server", "-f", file.string()});
}

}  // namespace node
