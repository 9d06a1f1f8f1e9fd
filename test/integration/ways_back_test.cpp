// Every way back: what leads to the Secret and the reference, undone, and what comes after. Reference first, then the
// Secret.
#include <algorithm>

#include "base/digest.hpp"
#include "integration/scene.hpp"

using namespace integration;

namespace {

using Names = std::vector<std::string>;

const std::string kOwnSecrets = "/api/v1/namespaces/harbor-pull-system/secrets";

Json pull_secret(const Scene& scene, const std::string& ns) {
  return scene.admin().get(support::secret_path(ns, "harbor-pull")).require();
}

Json account(const Scene& scene, const std::string& ns, const std::string& name = "default") {
  return scene.admin().get(support::service_account_path(ns, name)).require();
}

std::string uid(const Json& object) { return object.at("metadata").at("uid"); }

/// Changes metadata by a merge patch; null takes away.
void set_metadata(const Scene& scene, const std::string& path, const std::string& what, const Json& values) {
  scene.admin().merge_patch(path, {{"metadata", {{what, values}}}}).require();
}

void annotate(const Scene& scene, const std::string& path, const std::string& name, const Json& value) {
  set_metadata(scene, path, "annotations", {{name, value}});
}

void make_account(Scene& scene, const std::string& ns, const std::string& name, const support::Labels& labels = {}) {
  const Json object = {
      {"apiVersion", "v1"}, {"kind", "ServiceAccount"}, {"metadata", {{"name", name}, {"labels", labels}}}};
  scene.make("/api/v1/namespaces/" + ns + "/serviceaccounts", object);
}

/// A registry of that name with a credential of that name, ready, and one namespace that it serves; returns the
/// namespace.
std::string serve(Scene& scene, const std::string& name, const Json& more = Json::object()) {
  const auto ns = scene.make_namespace(name, scene.selected());
  auto spec = scene.spec(scene.make_credential(name));
  spec.update(more);
  scene.make_registry(name, spec);
  scene.wait_secret(ns, scene.password());
  scene.wait_attached(ns);
  scene.wait_ready(name);
  return ns;
}

void wait_cleared(Scene& scene, const std::string& ns) {
  scene.wait_no_secret(ns);
  scene.wait_detached(ns);
}

void wait_served(Scene& scene, const std::string& ns, const std::string& suffix = "") {
  scene.wait_secret(ns, scene.password(suffix));
  scene.wait_attached(ns);
}

void wait_gone(const Scene& scene, const std::string& registry) {
  eventually("HarborRegistry " + registry + " is gone", kSoon,
             [&] { return scene.admin().get(support::registry_path(registry)).status == 404; });
}

/// When the server had read the request, or "" when it was not made.
std::string time_of(const support::Requests& requests, const std::string& text) {
  const auto found =
      std::find_if(requests.begin(), requests.end(), [&](const auto& one) { return one.text() == text; });
  return found == requests.end() ? "" : found->time;
}

}  // namespace

TEST_CASE("a namespace that loses its label is cleared, and served again when it comes back", "[integration]") {
  Scene scene;
  const auto ns = serve(scene, "label");
  const auto stays = scene.make_namespace("stays", scene.selected());
  wait_served(scene, stays);
  set_metadata(scene, support::namespace_path(ns), "labels", {{"scene", "another"}});
  wait_cleared(scene, ns);
  scene.wait_counts("label", "1/1");
  set_metadata(scene, support::namespace_path(ns), "labels", {{"scene", scene.id()}});
  wait_served(scene, ns);
  // The other way to deselect: the registry's own words.
  scene.patch_registry("label", {{"spec", {{"namespaces", {{"exclude", {ns}}}}}}});
  wait_cleared(scene, ns);
  CHECK(support::pull_secret_names(scene.admin(), stays) == Names{"harbor-pull"});
  scene.wait_counts("label", "1/1");
}

TEST_CASE("a ServiceAccount that is deselected by label or by name loses the reference and the Secret stays",
          "[integration]") {
  Scene scene;
  const auto ns = serve(scene, "accounts", {{"serviceAccounts", {{"names", {"default", "build-*"}}}}});
  const auto secret = pull_secret(scene, ns);
  make_account(scene, ns, "build-a", {{"tier", "web"}});
  make_account(scene, ns, "build-b", {{"tier", "web"}});
  scene.wait_attached(ns, "build-a");
  scene.wait_attached(ns, "build-b");
  scene.patch_registry("accounts", {{"spec", {{"serviceAccounts", {{"names", {"build-*"}}}}}}});
  scene.wait_detached(ns);
  scene.patch_registry("accounts",
                       {{"spec", {{"serviceAccounts", {{"selector", {{"matchLabels", {{"tier", "web"}}}}}}}}}});
  scene.wait_ready("accounts");
  set_metadata(scene, support::service_account_path(ns, "build-a"), "labels", {{"tier", nullptr}});
  scene.wait_detached(ns, "build-a");
  CHECK_FALSE(account(scene, ns, "build-a").contains("imagePullSecrets"));
  CHECK(support::pull_secret_names(scene.admin(), ns, "build-b") == Names{"harbor-pull"});
  CHECK(pull_secret(scene, ns) == secret);
}

TEST_CASE("the ignore annotation clears a namespace or a ServiceAccount, and its removal brings both back",
          "[integration]") {
  Scene scene;
  const auto ns = serve(scene, "ignore");
  annotate(scene, support::service_account_path(ns, "default"), "harborpull.io/ignore", "true");
  scene.wait_detached(ns);
  CHECK(support::auths(pull_secret(scene, ns)).contains(kHost));
  annotate(scene, support::service_account_path(ns, "default"), "harborpull.io/ignore", nullptr);
  scene.wait_attached(ns);
  annotate(scene, support::namespace_path(ns), "harborpull.io/ignore", "true");
  wait_cleared(scene, ns);
  scene.wait_counts("ignore", "0/0");
  annotate(scene, support::namespace_path(ns), "harborpull.io/ignore", nullptr);
  wait_served(scene, ns);
  scene.wait_counts("ignore", "1/1");
}

TEST_CASE("when the host is changed its old entry leaves and the new one comes, in the same Secret", "[integration]") {
  Scene scene;
  const auto ns = serve(scene, "host");
  const auto before = pull_secret(scene, ns);
  scene.patch_registry("host", {{"spec", {{"host", "new.example.com"}}}});
  scene.wait_secret(ns, scene.password(), "new.example.com");
  scene.wait_ready("host");
  const auto after = pull_secret(scene, ns);
  CHECK(support::auths(after).size() == 1);
  CHECK(uid(after) == uid(before));
  CHECK(support::pull_secret_names(scene.admin(), ns) == Names{"harbor-pull"});
}

TEST_CASE("a deleted registry takes its references first, then its Secrets, then its finalizer", "[integration]") {
  Scene scene;
  const auto one = serve(scene, "deleted", {{"serviceAccounts", {{"names", {"default", "build"}}}}});
  const auto two = scene.make_namespace("deleted-two", scene.selected());
  make_account(scene, one, "build");
  scene.wait_attached(one, "build");
  wait_served(scene, two);
  scene.wait_counts("deleted", "2/2");
  support::Audit audit(scene.cluster().audit_log());
  scene.admin().remove(support::registry_path("deleted")).require();
  wait_gone(scene, "deleted");
  const auto requests = audit.settled();
  INFO(support::text(support::writes(requests)));
  const auto finalizer = time_of(requests, "patch harborregistries deleted 200");
  REQUIRE_FALSE(finalizer.empty());
  for (const auto& [ns, account] : {std::pair{one, "default"}, {one, "build"}, {two, "default"}}) {
    const auto detached = time_of(requests, "patch serviceaccounts " + ns + "/" + account + " 200");
    const auto removed = time_of(requests, "delete secrets " + ns + "/harbor-pull 200");
    CHECK_FALSE(detached.empty());
    CHECK(detached < removed);
    CHECK(removed < finalizer);
  }
  for (const auto& ns : {one, two}) {
    CHECK(scene.admin().get(support::secret_path(ns, "harbor-pull")).status == 404);
    CHECK_FALSE(account(scene, ns).contains("imagePullSecrets"));
  }
}

TEST_CASE("with Retain a deleted registry leaves all in place, and a later one of its name takes it over",
          "[integration]") {
  Scene scene;
  const auto ns = serve(scene, "retained", {{"deletionPolicy", "Retain"}});
  const auto secret = pull_secret(scene, ns);
  const auto before = account(scene, ns);
  scene.admin().remove(support::registry_path("retained")).require();
  wait_gone(scene, "retained");
  never("what was retained is touched", Millis{700},
        [&] { return pull_secret(scene, ns) != secret || account(scene, ns) != before; });
  // Not even a restart, which sees a Secret that nobody claims, changes it.
  scene.stop_operator();
  scene.start_operator();
  never("what was retained is touched after a restart", Millis{500},
        [&] { return pull_secret(scene, ns) != secret || account(scene, ns) != before; });

  scene.make_credential("retained", "-later");
  scene.make_registry("retained", scene.spec("retained"));
  wait_served(scene, ns, "-later");
  scene.wait_ready("retained");
  CHECK(uid(pull_secret(scene, ns)) == uid(secret));
  CHECK(support::pull_secret_names(scene.admin(), ns) == Names{"harbor-pull"});
  scene.admin().remove(support::registry_path("retained")).require();
  wait_cleared(scene, ns);
  wait_gone(scene, "retained");
}

TEST_CASE("suspend freezes everything, and resume catches up with all that happened meanwhile", "[integration]") {
  Scene scene;
  const auto edited = serve(scene, "suspended");
  const auto left = scene.make_namespace("left", scene.selected());
  wait_served(scene, left);
  scene.wait_counts("suspended", "2/2");
  scene.patch_registry("suspended", {{"spec", {{"suspend", true}}}});
  const auto frozen = scene.wait_condition("suspended", "Ready", "False", "Suspended");
  CHECK(support::condition(frozen, "Reconciling").at("status") == "False");
  CHECK(support::condition(frozen, "Stalled").at("status") == "False");

  scene.make_credential("suspended", "-new");
  scene.admin()
      .merge_patch(support::secret_path(edited, "harbor-pull"),
                   {{"metadata", {{"labels", {{"harborpull.io/pull-secret", "no"}}}}}})
      .require();
  scene.admin()
      .json_patch(support::service_account_path(edited, "default"),
                  Json::parse(R"([{"op":"remove","path":"/imagePullSecrets"}])"))
      .require();
  const auto fresh = scene.make_namespace("fresh", scene.selected());
  set_metadata(scene, support::namespace_path(left), "labels", {{"scene", "another"}});
  const auto edited_secret = pull_secret(scene, edited);
  const auto left_secret = pull_secret(scene, left);
  const auto left_account = account(scene, left);
  never("something is changed while suspended", Millis{1'200}, [&] {
    return pull_secret(scene, edited) != edited_secret || pull_secret(scene, left) != left_secret ||
           account(scene, left) != left_account || account(scene, edited).contains("imagePullSecrets") ||
           scene.admin().get(support::secret_path(fresh, "harbor-pull")).ok() ||
           !support::pull_secret_names(scene.admin(), fresh).empty();
  });

  scene.patch_registry("suspended", {{"spec", {{"suspend", false}}}});
  wait_served(scene, edited, "-new");
  wait_served(scene, fresh, "-new");
  wait_cleared(scene, left);
  CHECK(pull_secret(scene, edited).at("metadata").at("labels").at("harborpull.io/pull-secret") == "true");
  CHECK(uid(pull_secret(scene, edited)) == uid(edited_secret));
  scene.wait_counts("suspended", "2/2");
  scene.wait_ready("suspended");
}

TEST_CASE("a registry that is deleted while suspended clears up and goes", "[integration]") {
  Scene scene;
  const auto ns = serve(scene, "asleep");
  scene.patch_registry("asleep", {{"spec", {{"suspend", true}}}});
  scene.wait_condition("asleep", "Ready", "False", "Suspended");
  scene.admin().remove(support::registry_path("asleep")).require();
  wait_gone(scene, "asleep");
  CHECK(scene.admin().get(support::secret_path(ns, "harbor-pull")).status == 404);
  scene.wait_detached(ns);
}

TEST_CASE("what was deleted, deselected or changed while no operator ran is put right when one starts",
          "[integration]") {
  Scene scene;
  const auto gone = serve(scene, "down-gone");
  const auto host = std::string("other.example.com");
  scene.make_registry("down-stays", scene.spec(scene.make_credential("down-stays"), host));
  const auto left = scene.make_namespace("left", scene.selected());
  for (const auto& ns : {gone, left}) scene.wait_secret(ns, scene.password(), host);
  scene.wait_attached(left);
  scene.wait_counts("down-gone", "2/2");
  scene.wait_counts("down-stays", "2/2");
  scene.stop_operator();

  scene.admin().remove(support::registry_path("down-gone")).require();
  set_metadata(scene, support::namespace_path(left), "labels", {{"scene", "another"}});
  scene.make_credential("down-stays", "-new");
  CHECK(scene.registry("down-gone").at("metadata").contains("deletionTimestamp"));
  scene.start_operator();
  wait_gone(scene, "down-gone");
  scene.wait_secret(gone, scene.password("-new"), host);
  CHECK(support::auths(scene.admin(), gone).size() == 1);
  wait_cleared(scene, left);
  scene.wait_counts("down-stays", "1/1");

  scene.stop_operator();
  scene.admin().remove(support::registry_path("down-stays")).require();
  scene.start_operator();
  wait_gone(scene, "down-stays");
  CHECK(scene.admin().get(support::secret_path(gone, "harbor-pull")).status == 404);
  scene.wait_detached(gone);
}

TEST_CASE("a ServiceAccount, a Secret or a namespace that is deleted and made again is served again", "[integration]") {
  Scene scene;
  const auto ns = serve(scene, "again");
  const auto old_account = uid(account(scene, ns));
  scene.admin().remove(support::service_account_path(ns, "default")).require();  // the controller-manager makes another
  eventually("another default ServiceAccount is there", kSoon, [&] { return uid(account(scene, ns)) != old_account; });
  scene.wait_attached(ns);

  const auto old_secret = uid(pull_secret(scene, ns));
  scene.admin().remove(support::secret_path(ns, "harbor-pull")).require();
  wait_served(scene, ns);
  CHECK(uid(pull_secret(scene, ns)) != old_secret);

  scene.admin().remove(support::namespace_path(ns)).require();
  eventually("the namespace is gone", kSoon,
             [&] { return scene.admin().get(support::namespace_path(ns)).status == 404; });
  scene.wait_counts("again", "0/0");
  scene.admin().create("/api/v1/namespaces", support::namespace_object(ns, scene.selected())).require();
  wait_served(scene, ns);
  scene.wait_counts("again", "1/1");
  scene.wait_ready("again");
}

TEST_CASE("hand edits of a Secret and of a reference are mended in the same objects", "[integration]") {
  Scene scene;
  const auto ns = serve(scene, "mended");
  const auto path = support::secret_path(ns, "harbor-pull");
  const auto before = pull_secret(scene, ns);
  const auto edit = [&](const std::string& what, const Json& patch, const std::string& pointer) {
    const Json::json_pointer at(pointer);
    scene.admin().merge_patch(path, patch).require();
    eventually(what + " is mended", kSoon, [&]() -> Seen {
      const auto now = pull_secret(scene, ns);
      return {now.contains(at) && now.at(at) == before.at(at), now.at("metadata").dump()};
    });
    CHECK(uid(pull_secret(scene, ns)) == uid(before));
  };
  const std::string config = R"({"auths":{"evil.example.com":{"username":"a","password":"b"}}})";
  edit("the content", {{"data", {{".dockerconfigjson", base::base64_encode(config)}}}}, "/data");
  edit("one label", {{"metadata", {{"labels", {{"harborpull.io/pull-secret", "false"}}}}}}, "/metadata/labels");
  edit("all labels", {{"metadata", {{"labels", nullptr}}}}, "/metadata/labels");
  edit("the hash", {{"metadata", {{"annotations", {{"harborpull.io/content-hash", "x"}}}}}}, "/metadata/annotations");
  edit("all annotations", {{"metadata", {{"annotations", nullptr}}}}, "/metadata/annotations");
  // What others add beside ours is theirs.
  scene.admin().merge_patch(path, {{"metadata", {{"labels", {{"team", "a"}}}}}}).require();
  scene.admin()
      .json_patch(support::service_account_path(ns, "default"),
                  Json::parse(R"([{"op":"replace","path":"/imagePullSecrets","value":[{"name":"theirs"}]}])"))
      .require();
  scene.wait_attached(ns);
  CHECK(support::pull_secret_names(scene.admin(), ns) == Names{"theirs", "harbor-pull"});
  CHECK(pull_secret(scene, ns).at("metadata").at("labels").at("team") == "a");
  scene.wait_ready("mended");
}

TEST_CASE("a trigger annotation, ours or Flux's, is acted on and reported in the status", "[integration]") {
  Scene scene;
  serve(scene, "trigger");
  const auto ask = [&](const std::string& annotation, const std::string& value) {
    annotate(scene, support::registry_path("trigger"), annotation, value);
    eventually("the trigger is reported", kSoon, [&]() -> Seen {
      const auto status = scene.registry("trigger").at("status");
      return {status.value("lastHandledReconcileAt", "") == value, status.dump()};
    });
  };
  ask("harborpull.io/reconcile-at", "2026-01-01T00:00:00Z");
  ask("reconcile.fluxcd.io/requestedAt", "2026-01-02T00:00:00.5Z");
  ask("harborpull.io/reconcile-at", "2026-01-03T00:00:00Z");
  scene.wait_ready("trigger");
}
