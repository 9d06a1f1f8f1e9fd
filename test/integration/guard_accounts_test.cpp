// The guard of deploy/: what the operator's token cannot do to ServiceAccounts although its roles allow it.
#include "integration/guard_stage.hpp"

using namespace integration;

namespace {

constexpr auto kMark = "attached.harborpull.io/harbor-pull";

}  // namespace

TEST_CASE("of ServiceAccounts the operator writes its reference and its annotation, nothing else", "[integration]") {
  Scene scene(Scene::Begin::kWithoutOperator);
  wait_guarded(scene);
  const auto client = shipped(scene);
  const auto tenant = scene.make_namespace("tenant");
  const auto path = support::service_account_path(tenant, "app");
  const Json theirs = {{"annotations", {{"team", "a"}}}, {"labels", {{"app", "a"}}}, {"name", "app"}};
  scene.make(kApi + tenant + "/serviceaccounts", {{"apiVersion", "v1"},
                                                  {"kind", "ServiceAccount"},
                                                  {"metadata", theirs},
                                                  {"secrets", {{{"name", "one"}}}},
                                                  {"imagePullSecrets", {{{"name", "theirs"}}}}});
  const auto denied = [&](const Json& patch, const std::string& why) {
    check_denied(patch.dump(), client.merge_patch(path, patch), why);
  };
  const std::string annotations = "attached.harborpull.io/<secretName> only";
  denied(metadata({{"annotations", {{"eks.amazonaws.com/role-arn", "arn:aws:iam::1:role/x"}}}}), annotations);
  denied(metadata({{"annotations", {{"team", "b"}}}}), annotations);
  denied(metadata({{"annotations", {{"team", nullptr}}}}), annotations);
  denied(metadata({{"annotations", nullptr}}), annotations);
  denied(metadata({{"annotations", {{"attached.harborpull.io/other", ""}}}}), annotations);
  const std::string rest = "writes imagePullSecrets and its own annotation only";
  denied(metadata({{"labels", {{"azure.workload.identity/use", "true"}}}}), rest);
  denied(metadata({{"labels", nullptr}}), rest);
  denied(metadata({{"finalizers", {"example.com/stay"}}}), rest);
  const Json owner = {{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"name", "gone"}, {"uid", "gone"}};
  denied(metadata({{"ownerReferences", {owner}}}), rest);
  denied({{"secrets", {{{"name", "two"}}}}}, rest);
  denied({{"secrets", nullptr}}, rest);
  denied({{"automountServiceAccountToken", true}}, rest);
  const std::string references = "no references in imagePullSecrets but those to pull Secrets";
  denied({{"imagePullSecrets", {{{"name", "theirs"}}, {{"name", "more"}}}}}, references);
  denied({{"imagePullSecrets", {{{"name", "harbor-pull"}}}}}, references);

  const Json add = {{"metadata", {{"annotations", {{kMark, ""}}}}},
                    {"imagePullSecrets", {{{"name", "theirs"}}, {{"name", "harbor-pull"}}}}};
  check_allowed("attach", client.merge_patch(path, add));
  const Json take = {{"metadata", {{"annotations", {{kMark, nullptr}}}}}, {"imagePullSecrets", {{{"name", "theirs"}}}}};
  check_allowed("detach", client.merge_patch(path, take));
  const auto empty = support::service_account_path(tenant, "default");
  eventually("default is there", kSoon, [&] { return client.get(empty).ok(); });
  check_allowed("attach to an empty one",
                client.merge_patch(empty, {{"metadata", {{"annotations", {{kMark, ""}}}}},
                                           {"imagePullSecrets", {{{"name", "harbor-pull"}}}}}));
  check_allowed("detach from it", client.merge_patch(empty, {{"metadata", {{"annotations", {{kMark, nullptr}}}}},
                                                             {"imagePullSecrets", nullptr}}));
}

TEST_CASE("the only ServiceAccount that the operator makes is default, with its reference alone", "[integration]") {
  Scene scene(Scene::Begin::kWithoutOperator);
  wait_guarded(scene);
  support::apply_option(scene.cluster(), "default-service-account");
  const auto client = shipped(scene);
  const auto accounts = kApi + scene.make_namespace("tenant") + "/serviceaccounts";
  const Json ours = {{"apiVersion", "v1"},
                     {"kind", "ServiceAccount"},
                     {"metadata", {{"name", "default"}, {"annotations", {{kMark, ""}}}}},
                     {"imagePullSecrets", {{{"name", "harbor-pull"}}}}};
  scene.admin().remove(accounts + "/default");
  // kube-controller-manager makes it at once: AlreadyExists is an answer of somebody who was let in, too.
  const auto made = eventually("the right is in force", kSoon, [&]() -> std::optional<Answer> {
    auto answer = client.create(accounts, ours);
    return answer.status == 403 ? std::nullopt : std::optional(std::move(answer));
  });
  CHECK((made->ok() || made->status == 409));
  const auto denied = [&](const Json& patch, const std::string& why) {
    auto object = ours;
    object.merge_patch(patch);
    check_denied(patch.dump(), client.create(accounts + "?dryRun=All", object), why);
  };
  denied(metadata({{"name", "mighty"}}), "the only ServiceAccount that the operator makes is default");
  denied(metadata({{"name", nullptr}, {"generateName", "default"}}), "operator makes is default");
  denied(metadata({{"annotations", {{"eks.amazonaws.com/role-arn", "x"}}}}), "<secretName> only");
  denied(metadata({{"labels", {{"a", "b"}}}}), "its own annotation only");
  denied({{"secrets", {{{"name", "one"}}}}}, "its own annotation only");
  denied({{"imagePullSecrets", {{{"name", "theirs"}}}}}, "no references in imagePullSecrets");
  support::delete_option(scene.cluster(), "default-service-account");
}
