#include "node/stage.hpp"

#include "base/digest.hpp"

namespace node {
namespace {

std::string path(const char* below_root) { return (support::project_root() / below_root).string(); }

std::string words(const std::vector<std::string>& arguments) {
  std::string text;
  for (const auto& word : arguments) text += " " + word;
  return text;
}

/// Our transport leaves the system's trust to itself by variables of the process, which its children would inherit.
const std::vector<std::string> kSystemTrust = {"SSL_CERT_FILE=", "SSL_CERT_DIR="};

}  // namespace

Stage::Stage()
    : cluster_({.version = "1.37", .at = "10.0.0.1:443", .audit = false}),
      harbor_({.tls = true, .address = "10.0.0.2:443", .name = kHost, .with_registry = true}),
      helm_(support::require_success(support::run({path("test/cluster/build"), "helm"}, {}, std::chrono::minutes{20}),
                                     "Helm")),
      ctr_(support::require_success(support::run({path("test/node/fetch")}), "test/node/fetch") + "/ctr") {
  support::require_success(
      support::run({path("test/node/up"), folder_.path().string(), cluster_.folder().string()}, kSystemTrust),
      "the node");
  harbor_.make_project("team");
  trust();
  load_images();
}

Stage& Stage::shared() {
  static bool tried = false;
  static std::unique_ptr<Stage> one;
  if (!tried) {
    tried = true;
    one = std::make_unique<Stage>();
  }
  if (one == nullptr) throw support::Failure("there is no stage, see the first failure");
  return *one;
}

/// As docs/containerd.md tells it.
void Stage::trust() const {
  const auto folder = folder_.path() / "certs.d" / kHost;
  std::filesystem::create_directories(folder);
  support::write_file(folder / "ca.crt", harbor_.ca_pem());
}

void Stage::ctr(const std::vector<std::string>& arguments) const {
  std::vector<std::string> argv = {ctr_, "--address", "/run/containerd/containerd.sock", "--namespace", "k8s.io"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  support::require_success(support::run(argv, kSystemTrust), "ctr" + words(arguments));
}

void Stage::write_archive(const std::string& name, const std::filesystem::path& file) const {
  const auto root = folder_.path() / "app-root";
  std::filesystem::create_directories(root);
  std::filesystem::copy_file(NODE_APP_BINARY, root / "app", std::filesystem::copy_options::overwrite_existing);
  support::require_success(support::run({path("packaging/image/archive"), "--root", root.string(), "--name", name,
                                         "--out", file.string(), "--entrypoint", "/app", "--user", "65532:65532"}),
                           "packaging/image/archive");
}

void Stage::load_images() const {
  for (const std::string name : {"localhost/pause:1", kApp}) {
    const auto file = folder_.path() / "image.tar";
    write_archive(name, file);
    load(file);
  }
  ctr({"images", "push", "--hosts-dir", (folder_.path() / "certs.d").string(), "--user",
       "admin:" + support::HarborDouble::admin_password(), kApp});
  forget_image(kApp);
  load(path("build/image/image.tar"));
}

void Stage::load(const std::filesystem::path& archive) const { ctr({"images", "import", archive.string()}); }

void Stage::forget_image(const std::string& image) const { ctr({"images", "rm", "--sync", image}); }

std::string Stage::kubectl(std::vector<std::string> arguments) const {
  const auto what = "kubectl" + words(arguments);
  return support::require_success(cluster_.kubectl(std::move(arguments)), what);
}

Ran Stage::try_helm(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), helm_);
  const auto home = (folder_.path() / "helm").string();
  return support::run(arguments, {"KUBECONFIG=" + cluster_.kubeconfig().string(), "HOME=" + home}, Millis{300'000});
}

std::string Stage::helm(std::vector<std::string> arguments) const {
  const auto what = "helm" + words(arguments);
  return support::require_success(try_helm(std::move(arguments)), what);
}

void Stage::apply(const std::string& yaml) const {
  const auto file = folder_.path() / "apply.yaml";
  support::write_file(file, yaml);
  kubectl({"apply", "-f", file.string()});
}

Json Stage::get(std::vector<std::string> what) const {
  what.insert(what.begin(), "get");
  what.insert(what.end(), {"-o", "json"});
  return Json::parse(kubectl(std::move(what)));
}

void Stage::prepare_own_namespace() const {
  apply(std::string("{apiVersion: v1, kind: Namespace, metadata: {name: ") + kOwn +
        ", labels: {pod-security.kubernetes.io/enforce: restricted}}}");
  support::write_file(folder_.path() / "harbor-ca.crt", harbor_.ca_pem());
  kubectl({"create", "configmap", "harbor-ca", "-n", kOwn,
           "--from-file=ca.crt=" + (folder_.path() / "harbor-ca.crt").string()});
  kubectl({"create", "secret", "generic", "harbor-admin", "-n", kOwn, "--type", "kubernetes.io/basic-auth",
           "--from-literal=username=admin", "--from-literal=password=" + support::HarborDouble::admin_password()});
}

std::string Stage::chart() { return path("charts/harbor-pull-operator"); }

void Stage::release(const std::string& verb, const std::vector<std::string>& values) const {
  // There is no DNS: the operator learns Harbor's address as a site without DNS would tell it.
  std::vector<std::string> arguments = {verb,        kRelease,
                                        chart(),     "-n",
                                        kOwn,        "--wait",
                                        "--timeout", "2m",
                                        "--set",     "hostAliases[0].ip=10.0.0.2",
                                        "--set",     std::string("hostAliases[0].hostnames[0]=") + kHost};
  for (const auto& value : values) arguments.insert(arguments.end(), {"--set", value});
  helm(std::move(arguments));
}

void Stage::make_namespace(const std::string& name) const {
  apply("{apiVersion: v1, kind: Namespace, metadata: {name: " + name + ", labels: {env: prod}}}");
}

void Stage::make_registry(const std::string& name, const std::string& more) const {
  apply("apiVersion: harborpull.io/v1alpha1\nkind: HarborRegistry\nmetadata: {name: " + name +
        "}\nspec:\n  host: harbor.example.com\n  tls: {caRef: {kind: ConfigMap, name: harbor-ca}}\n"
        "  credential: {robot: {adminRef: {name: harbor-admin}, projects: [team]}}\n"
        "  namespaces: {selector: {matchLabels: {env: prod}}}\n" +
        more);
}

void Stage::make_pod(const std::string& ns, const std::string& name, const std::string& pull_policy) const {
  apply("apiVersion: v1\nkind: Pod\nmetadata: {name: " + name + ", namespace: " + ns +
        "}\nspec:\n  terminationGracePeriodSeconds: 1\n  containers: [{name: app, image: " + kApp +
        ", imagePullPolicy: " + pull_policy + "}]\n");
}

void Stage::wait_running(const std::string& ns, const std::string& pod) const {
  eventually("Pod " + ns + "/" + pod + " runs", kPatience, [&] {
    const auto seen = get({"pod", pod, "-n", ns});
    return Seen{seen.at("status").value("phase", "") == "Running", seen.at("status").dump()};
  });
}

std::vector<std::string> Stage::events(const std::string& ns, const std::string& reason) const {
  std::vector<std::string> messages;
  const auto list = get({"events", "-n", ns, "--field-selector", "reason=" + reason});
  for (const auto& event : list.at("items")) {
    messages.push_back(event.at("message"));
  }
  return messages;
}

std::string Stage::pull_user(const std::string& ns) const {
  const auto found = cluster_.client().get("/api/v1/namespaces/" + ns + "/secrets/harbor-pull");
  if (!found.ok()) return "";
  const auto text = base::base64_decode(found.json.at("data").at(".dockerconfigjson").get<std::string>());
  return Json::parse(*text).at("auths").at(kHost).at("username");
}

}  // namespace node
