// The admission policy and Pods: the reference for those that need it, images rewritten, and everything else as it was.
#include <iostream>
#include <random>

#include "integration/policy_stage.hpp"
#include "integration/scene.hpp"

using namespace integration;

namespace {

using Names = std::vector<std::string>;

const std::string kOurImage = std::string(kHost) + "/team/app:1";
const std::string kDigest = "@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

const Json kOwnList = {{{"name", "mine"}}};

/// What was asked for and what became of it.
struct Born {
  Json spec = {};
  Json annotations = {};
  [[nodiscard]] Names references() const { return reference_names(spec); }
  [[nodiscard]] std::string image(std::size_t number = 0) const { return spec.at("containers").at(number).at("image"); }
};

Json containers(const Names& images) {
  Json made = Json::array();
  for (const auto& image : images) made.push_back({{"name", "c" + std::to_string(made.size())}, {"image", image}});
  return made;
}

/// Policy and a registry in force, and a namespace that it selects; no operator.
class Stage {
 public:
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;
  explicit Stage(const Json& change = Json::object()) : scene(Scene::Begin::kWithoutOperator) {
    install_policy(scene.cluster());
    auto spec = scene.spec(scene.make_credential("pods"));
    spec.merge_patch(change);
    scene.make_registry("pods", spec);
    ns = scene.make_namespace("pods", scene.selected());
    eventually("there is a default ServiceAccount", kSoon,
               [&] { return scene.admin().get(support::service_account_path(ns, "default")).ok(); });
    scene.make(support::namespace_path(ns) + "/serviceaccounts",
               {{"apiVersion", "v1"}, {"kind", "ServiceAccount"}, {"metadata", {{"name", "other"}}}});
    eventually("the policy is in force", kSoon, [&] {
      return pod({{"containers", containers({kOurImage})}}).references() == Names{"harbor-pull"};
    });
  }

  /// A Pod as it would be created; nothing is.
  [[nodiscard]] Born pod(const Json& spec, const Json& metadata = Json::object()) const {
    Json object = {{"apiVersion", "v1"}, {"kind", "Pod"}, {"metadata", metadata}, {"spec", spec}};
    object["metadata"]["name"] = "pod";
    const auto made = scene.admin().create(support::namespace_path(ns) + "/pods?dryRun=All", object).require();
    return {made.at("spec"), made.at("metadata").value("annotations", Json::object())};
  }
  /// With a list of its own, or it would have its ServiceAccount's.
  [[nodiscard]] Born pod_of(const std::string& image) const {
    return pod({{"containers", containers({image})}, {"imagePullSecrets", kOwnList}});
  }

  Scene scene;
  std::string ns;
};

Json rewrites(const std::vector<std::pair<std::string, std::string>>& rules) {
  Json made = Json::array();
  for (const auto& [from, to] : rules) made.push_back({{"from", from}, {"to", std::string(kHost) + to}});
  return {{"images", {{"rewrites", made}}}};
}

Json annotated(const std::string& key, const std::string& value) { return {{"annotations", {{key, value}}}}; }

}  // namespace

TEST_CASE("a Pod with a list of its own gets the reference once when an image is ours", "[integration]") {
  const Stage stage(Json{{"serviceAccounts", {{"names", {"default"}}}}});
  Json spec = {{"containers", containers({"nginx", kOurImage})}, {"imagePullSecrets", kOwnList}};
  CHECK(stage.pod(spec).references() == Names{"mine", "harbor-pull"});
  spec["imagePullSecrets"] = {{{"name", "harbor-pull"}}, {{"name", "mine"}}};
  CHECK(stage.pod(spec).references() == Names{"harbor-pull", "mine"});
  spec = {{"containers", containers({"nginx"})},
          {"initContainers", containers({kOurImage})},
          {"imagePullSecrets", kOwnList}};
  spec["initContainers"][0]["name"] = "init";
  CHECK(stage.pod(spec).references() == Names{"mine", "harbor-pull"});
  // A ServiceAccount that is not selected is not helped by way of its Pods.
  spec["serviceAccountName"] = "other";
  CHECK(stage.pod(spec).references() == Names{"mine"});
}

TEST_CASE("a Pod that needs nothing is untouched", "[integration]") {
  const Stage stage(rewrites({{"docker.io", "/hub"}}));
  const std::string near = std::string(kHost) + ".evil.example.com/team/app";
  for (const auto& image : {std::string("quay.io/team/app:1"), near, std::string(kHost) + ":8443/team/app"}) {
    INFO(image);
    const Json spec = {{"containers", containers({image})}, {"imagePullSecrets", kOwnList}};
    const auto born = stage.pod(spec);
    CHECK(born.references() == Names{"mine"});
    CHECK(born.image() == image);
    CHECK(born.annotations.empty());
  }
}

TEST_CASE("who says no by annotation keeps list and images, and so do mirror Pods", "[integration]") {
  const Stage stage(rewrites({{"docker.io", "/hub"}}));
  const Json spec = {{"containers", containers({"nginx", kOurImage})}, {"imagePullSecrets", kOwnList}};
  const auto ignored = stage.pod(spec, annotated("harborpull.io/ignore", "true"));
  CHECK(ignored.references() == Names{"mine"});
  CHECK(ignored.image() == "nginx");
  const auto kept = stage.pod(spec, annotated("harborpull.io/rewrite-images", "false"));
  CHECK(kept.references() == Names{"mine", "harbor-pull"});
  CHECK(kept.image() == "nginx");
  CHECK(stage.pod(spec, annotated("harborpull.io/ignore", "false")).image() ==
        std::string(kHost) + "/hub/library/nginx");

  // What stands for a file on a node; it may name neither a ServiceAccount nor its Secrets.
  const Json mirror = {{"apiVersion", "v1"},
                       {"kind", "Pod"},
                       {"metadata", annotated("kubernetes.io/config.mirror", "0123456789abcdef")},
                       {"spec", {{"containers", containers({"nginx", kOurImage})}, {"nodeName", "node-1"}}}};
  auto named = mirror;
  named["metadata"]["name"] = "mirror";
  const auto spec_of_mirror =
      stage.scene.admin().create(support::namespace_path(stage.ns) + "/pods?dryRun=All", named).require().at("spec");
  CHECK(spec_of_mirror.at("containers").at(0).at("image") == "nginx");
  CHECK(reference_names(spec_of_mirror).empty());

  const Json no = {{"metadata", annotated("harborpull.io/rewrite-images", "false")}};
  stage.scene.admin().merge_patch(support::namespace_path(stage.ns), no).require();
  eventually("the namespace keeps its images", kSoon, [&] { return stage.pod_of("nginx").image() == "nginx"; });
  CHECK(stage.pod_of("nginx").references() == Names{"mine"});
}

TEST_CASE("images are rewritten as container runtimes read them", "[integration]") {
  const Stage stage(rewrites({{"docker.io", "/hub"},
                              {"docker.io/library", "/official"},
                              {"docker.io/library/redis", "/cache/redis"},
                              {"quay.io/prometheus", "/prom"},
                              {"localhost:5000", "/local"}}));
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"nginx", "/official/nginx"},
      {"nginx:1.27", "/official/nginx:1.27"},
      {"nginx" + kDigest, "/official/nginx" + kDigest},
      {"nginx:1.27" + kDigest, "/official/nginx:1.27" + kDigest},
      {"library/nginx", "/official/nginx"},
      {"docker.io/nginx", "/official/nginx"},
      {"docker.io/library/nginx:1", "/official/nginx:1"},
      {"index.docker.io/library/nginx:1", "/official/nginx:1"},
      {"index.docker.io/bitnami/nginx:1", "/hub/bitnami/nginx:1"},
      {"bitnami/nginx", "/hub/bitnami/nginx"},
      {"docker.io/a/b/c:1", "/hub/a/b/c:1"},
      {"redis", "/cache/redis"},
      {"redis:7" + kDigest, "/cache/redis:7" + kDigest},
      {"redis2", "/official/redis2"},
      {"redis/x", "/hub/redis/x"},
      {"quay.io/prometheus/node-exporter:v1", "/prom/node-exporter:v1"},
      {"quay.io/prometheus2/node-exporter:v1", ""},
      {"quay.io/other/app", ""},
      {"localhost:5000/app:1", "/local/app:1"},
      {"localhost:5001/app:1", ""},
      {"localhost/app", ""},
      {"example.com/docker.io/app", ""},
      {"auto", ""},  // a service mesh puts its proxy there
      {kOurImage, ""},
  };
  for (const auto& [image, expected] : cases) {
    INFO(image);
    const auto born = stage.pod_of(image);
    CHECK(born.image() == (expected.empty() ? image : kHost + expected));
    const auto kept = born.annotations.value("original-image.harborpull.io/c0", "");
    CHECK(kept == (expected.empty() ? "" : image));
    const bool needs = !expected.empty() || image == kOurImage;
    CHECK(born.references() == (needs ? Names{"mine", "harbor-pull"} : Names{"mine"}));
  }
}

TEST_CASE("a rewritten Pod names the Secret whoever its ServiceAccount is, and keeps what it had", "[integration]") {
  const Stage stage(rewrites({{"docker.io", "/hub"}}));
  Json spec = {{"containers", containers({"nginx", "quay.io/a/b", "redis:7"})},
               {"initContainers", containers({"busybox"})},
               {"serviceAccountName", "other"},
               {"imagePullSecrets", kOwnList}};
  spec["initContainers"][0]["name"] = "init";
  const auto born = stage.pod(spec, annotated("team", "a"));
  CHECK(born.references() == Names{"mine", "harbor-pull"});
  CHECK(born.image(0) == std::string(kHost) + "/hub/library/nginx");
  CHECK(born.image(1) == "quay.io/a/b");
  CHECK(born.image(2) == std::string(kHost) + "/hub/library/redis:7");
  CHECK(born.spec.at("initContainers").at(0).at("image") == std::string(kHost) + "/hub/library/busybox");
  CHECK(born.annotations == Json{{"team", "a"},
                                 {"original-image.harborpull.io/c0", "nginx"},
                                 {"original-image.harborpull.io/c2", "redis:7"},
                                 {"original-image.harborpull.io/init", "busybox"}});
}

TEST_CASE("a container for debugging is rewritten where the Pod names the Secret, and the old ones stay",
          "[integration]") {
  const Stage stage(rewrites({{"docker.io", "/hub"}}));
  const auto pods = support::namespace_path(stage.ns) + "/pods";
  const auto make = [&](const std::string& name, const std::string& image, const Json& metadata) {
    Json object = {{"apiVersion", "v1"}, {"kind", "Pod"}, {"metadata", metadata}};
    object["metadata"]["name"] = name;
    object["spec"] = {{"containers", containers({image})}, {"imagePullSecrets", kOwnList}};
    stage.scene.admin().create(pods, object).require();
  };
  const auto debug = [&](const std::string& pod, const Names& images) {
    Json list = Json::array();
    for (const auto& image : images) list.push_back({{"name", "d" + std::to_string(list.size())}, {"image", image}});
    const auto done = stage.scene.admin().merge_patch(pods + "/" + pod + "/ephemeralcontainers",
                                                      {{"spec", {{"ephemeralContainers", list}}}});
    Names found;
    for (const auto& one : done.require().at("spec").at("ephemeralContainers")) found.push_back(one.at("image"));
    return found;
  };
  make("plain", "quay.io/a/b", Json::object());
  CHECK(debug("plain", {"busybox"}) == Names{"busybox"});
  make("ignored", kOurImage, annotated("harborpull.io/ignore", "true"));
  CHECK(debug("ignored", {"busybox"}) == Names{"busybox"});
  make("ours", kOurImage, Json::object());
  const auto rewritten = std::string(kHost) + "/hub/library/";
  CHECK(debug("ours", {"busybox"}) == Names{rewritten + "busybox"});
  CHECK(debug("ours", {rewritten + "busybox", "alpine:3"}) == Names{rewritten + "busybox", rewritten + "alpine:3"});
}

TEST_CASE("without registries, and without their kind, ServiceAccounts and Pods are created all the same",
          "[integration]") {
  const support::ControlPlane cluster({.audit = false});
  support::install(cluster);
  install_policy(cluster);
  const auto& admin = cluster.client();
  const auto check_untouched = [&](const std::string& ns) {
    admin.create("/api/v1/namespaces", support::namespace_object(ns)).require();
    eventually(ns + " has a ServiceAccount", kSoon,
               [&] { return admin.get(support::service_account_path(ns, "default")).ok(); });
    CHECK(reference_names(born(admin, ns, "one")).empty());
    const Json pod = {{"apiVersion", "v1"},
                      {"kind", "Pod"},
                      {"metadata", {{"name", "pod"}}},
                      {"spec", {{"containers", containers({kOurImage})}}}};
    CHECK(reference_names(admin.create(support::namespace_path(ns) + "/pods", pod).require().at("spec")).empty());
  };
  check_untouched("before");
  support::require_kubectl(cluster, {"delete", "crd", "harborregistries.harborpull.io"});
  check_untouched("without-kind");
}
