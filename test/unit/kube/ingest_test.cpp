#include "kube/ingest.hpp"

#include <catch2/catch.hpp>
#include <random>

namespace {

std::string with_metadata(const std::string& more, const std::string& fields = "") {
  return R"({"apiVersion":"v1","metadata":{"name":"a","namespace":"n","uid":"u-1","resourceVersion":"42",)"
         R"("creationTimestamp":"2026-01-01T00:00:00Z")" +
         more + "}" + fields + "}";
}

/// A digest that shows what it was made from.
kube::DockerConfigFacts facts_of(std::string_view config) {
  kube::DockerConfigFacts facts;
  facts.data.fill(static_cast<std::uint8_t>(config.size()));
  facts.auths = {{.host = std::string(config.substr(0, 2)), .digest = {}}};
  return facts;
}

api::PullSecret pull_secret(const std::string& more, const std::string& fields = "") {
  const auto secret = kube::parse_pull_secret(with_metadata(more, fields), facts_of);
  REQUIRE(secret);
  return *secret;
}

const std::string kLabels =
    R"(,"labels":{"app.kubernetes.io/managed-by":"harbor-pull-operator","harborpull.io/pull-secret":"true"})";

}  // namespace

TEST_CASE("metadata is read for every kind", "[kube]") {
  const api::Meta wanted{.ns = "n", .name = "a", .uid = "u-1", .resource_version = 42};
  const auto json = with_metadata("");
  CHECK(kube::parse_namespace(json)->meta == wanted);
  CHECK(kube::parse_service_account(json)->meta == wanted);
  CHECK(kube::parse_source_secret(json)->meta == wanted);
  CHECK(kube::parse_pull_secret(json, facts_of)->meta == wanted);
}

TEST_CASE("a version that is not a number is zero", "[kube]") {
  CHECK(kube::parse_namespace(R"({"metadata":{"name":"a","resourceVersion":"abc"}})")->meta.resource_version == 0);
}

TEST_CASE("the labels of a namespace are sorted", "[kube]") {
  const auto found = kube::parse_namespace(with_metadata(R"(,"labels":{"z":"1","a":"é\n","m":""})"));
  REQUIRE(found);
  CHECK(found->labels == api::Labels{{"a", "é\n"}, {"m", ""}, {"z", "1"}});
}

TEST_CASE("only the word true in the annotation ignores a namespace", "[kube]") {
  const auto ignored = [](const std::string& value) {
    return kube::parse_namespace(with_metadata(R"(,"annotations":{"harborpull.io/ignore":")" + value + R"("})"))
        ->ignored;
  };
  CHECK(ignored("true"));
  CHECK_FALSE(ignored("false"));
  CHECK_FALSE(ignored("True"));
  CHECK_FALSE(ignored(""));
}

TEST_CASE("an object with a deletion timestamp is terminating", "[kube]") {
  const std::string deleting = with_metadata(R"(,"deletionTimestamp":"2026-01-01T00:00:00Z")");
  CHECK(kube::parse_namespace(deleting)->terminating);
  CHECK(kube::parse_service_account(deleting)->terminating);
  CHECK(kube::parse_pull_secret(deleting, facts_of)->terminating);
  CHECK_FALSE(kube::parse_namespace(with_metadata(R"(,"deletionTimestamp":null)"))->terminating);
}

TEST_CASE("null maps and lists count as absent", "[kube]") {
  const auto account = kube::parse_service_account(
      with_metadata(R"(,"labels":null,"annotations":null,"managedFields":null)", R"(,"imagePullSecrets":null)"));
  REQUIRE(account);
  CHECK_FALSE(account->has_annotations);
  CHECK_FALSE(account->has_pull_secrets);
}

TEST_CASE("the pull secrets of a ServiceAccount keep their order and their gaps", "[kube]") {
  const auto account = kube::parse_service_account(
      with_metadata("", R"(,"imagePullSecrets":[{"name":"b"},{},{"name":"a","new":1}],"secrets":[{"name":"x"}])"));
  REQUIRE(account);
  CHECK(account->has_pull_secrets);
  CHECK(account->pull_secrets == std::vector<std::string>{"b", "", "a"});
}

TEST_CASE("an empty list of pull secrets is there, an absent one is not", "[kube]") {
  CHECK(kube::parse_service_account(with_metadata("", R"(,"imagePullSecrets":[])"))->has_pull_secrets);
  CHECK_FALSE(kube::parse_service_account(with_metadata(""))->has_pull_secrets);
}

TEST_CASE("what we attached is in the annotations, sorted", "[kube]") {
  const auto account = kube::parse_service_account(with_metadata(
      R"(,"annotations":{"attached.harborpull.io/z":"","foo":"bar","attached.harborpull.io/harbor-pull":"","harborpull.io/ignore":"true"})"));
  REQUIRE(account);
  CHECK(account->attached == std::vector<std::string>{"harbor-pull", "z"});
  CHECK(account->has_annotations);
  CHECK(account->ignored);
  CHECK(kube::parse_service_account(with_metadata(R"(,"annotations":{})"))->has_annotations);
}

TEST_CASE("a ServiceAccount tells when it was created, and what it was born with", "[kube]") {
  const auto account = [](const std::string& more) { return *kube::parse_service_account(with_metadata(more)); };
  CHECK(account(R"(,"creationTimestamp":"2026-11-25T08:00:00Z")").created == 1795593600);
  CHECK(account(R"(,"creationTimestamp":null)").created == 0);
  CHECK(account(R"(,"creationTimestamp":"soon")").created == 0);
  const auto born = account(
      R"(,"annotations":{"attached.harborpull.io/b":"","attached.harborpull.io/a":"admission-policy","a":"admission-policy"})");
  CHECK(born.attached == std::vector<std::string>{"a", "b"});
  CHECK(born.born_with == std::vector<std::string>{"a"});
}

TEST_CASE("the data of a source Secret is decoded and sorted", "[kube]") {
  const auto secret = kube::parse_source_secret(with_metadata(
      "",
      R"(,"type":"kubernetes.io/basic-auth","data":{"username":"cm9ib3Q=","password":"aHVudGVyMg==","none":null})"));
  REQUIRE(secret);
  CHECK(secret->type == "kubernetes.io/basic-auth");
  REQUIRE(secret->data.size() == 3);
  CHECK(secret->data.front().first == "none");
  CHECK(secret->find("none")->empty());
  CHECK(secret->find("username")->reveal() == "robot");
  CHECK(secret->find("password")->reveal() == "hunter2");
  CHECK(secret->find("token") == nullptr);
}

TEST_CASE("a Secret without data has none", "[kube]") {
  CHECK(kube::parse_source_secret(with_metadata("", R"(,"type":"Opaque")"))->data.empty());
  CHECK(kube::parse_source_secret(with_metadata("", R"(,"data":null)"))->data.empty());
}

TEST_CASE("a Secret with damaged data is refused without being quoted", "[kube]") {
  const auto secret = kube::parse_source_secret(with_metadata("", R"(,"data":{"password":"hunter2!"})"));
  REQUIRE_FALSE(secret);
  CHECK(secret.error().kind == base::ErrorKind::kInvalid);
  CHECK(secret.error().message.find("hunter2") == std::string::npos);
}

TEST_CASE("both labels make a Secret ours", "[kube]") {
  CHECK(pull_secret(kLabels).ours);
  CHECK(pull_secret(kLabels).labels_ok);
  for (const std::string labels :
       {"", R"(,"labels":{"app.kubernetes.io/managed-by":"harbor-pull-operator"})",
        R"(,"labels":{"harborpull.io/pull-secret":"true"})",
        R"(,"labels":{"app.kubernetes.io/managed-by":"Helm","harborpull.io/pull-secret":"true"})",
        R"(,"labels":{"app.kubernetes.io/managed-by":"harbor-pull-operator","harborpull.io/pull-secret":"false"})"}) {
    INFO(labels);
    CHECK_FALSE(pull_secret(labels).ours);
    CHECK_FALSE(pull_secret(labels).labels_ok);
  }
}

TEST_CASE("our apply among the field managers makes a Secret ours, whatever its labels", "[kube]") {
  const auto managed = [](const std::string& manager, const std::string& operation) {
    return pull_secret(
        R"(,"managedFields":[{"manager":"kubectl","operation":"Apply","fieldsV1":{"f:data":{}}},{"manager":")" +
        manager + R"(","operation":")" + operation + R"(","apiVersion":"v1"}])");
  };
  CHECK(managed("harbor-pull-operator", "Apply").ours);
  CHECK_FALSE(managed("harbor-pull-operator", "Apply").labels_ok);
  CHECK_FALSE(managed("harbor-pull-operator", "Update").ours);
  CHECK_FALSE(managed("somebody", "Apply").ours);
}

TEST_CASE("the content of a pull Secret is remembered as digests only", "[kube]") {
  const auto secret =
      pull_secret(kLabels, R"(,"type":"kubernetes.io/dockerconfigjson","data":{".dockerconfigjson":"aHVudGVyMg=="})");
  CHECK(secret.type_ok);
  CHECK(secret.only_our_key);
  CHECK(secret.data == facts_of("hunter2").data);
  CHECK(secret.auths == facts_of("hunter2").auths);
}

TEST_CASE("another key or no key of ours is noticed", "[kube]") {
  const auto two = pull_secret("", R"(,"type":"Opaque","data":{".dockerconfigjson":"e30=","x":""})");
  CHECK_FALSE(two.only_our_key);
  CHECK_FALSE(two.type_ok);
  CHECK(two.data == facts_of("{}").data);
  const auto other = pull_secret("", R"(,"data":{"x":"e30="})");
  CHECK_FALSE(other.only_our_key);
  CHECK(other.data == base::Digest{});
  CHECK_FALSE(pull_secret("").only_our_key);
}

TEST_CASE("the annotations of a pull Secret name its registries and its content", "[kube]") {
  const auto secret =
      pull_secret(R"(,"annotations":{"harborpull.io/registries":"prod,stage","harborpull.io/content-hash":"abc"})");
  CHECK(secret.registries == std::vector<std::string>{"prod", "stage"});
  CHECK(secret.content_hash == "abc");
  CHECK(pull_secret(R"(,"annotations":{"harborpull.io/registries":""})").registries.empty());
  CHECK(pull_secret(R"(,"annotations":{"harborpull.io/registries":",a,"})").registries ==
        std::vector<std::string>{"a"});
}

TEST_CASE("an object without a name is refused", "[kube]") {
  for (const std::string json : {"{}", R"({"metadata":{}})", R"({"metadata":null})", R"({"metadata":{"name":""}})",
                                 R"({"metadata":{"uid":"u"}})"}) {
    INFO(json);
    CHECK(kube::parse_namespace(json).error().kind == base::ErrorKind::kInvalid);
    CHECK_FALSE(kube::parse_service_account(json));
    CHECK_FALSE(kube::parse_source_secret(json));
    CHECK_FALSE(kube::parse_pull_secret(json, facts_of));
    CHECK_FALSE(kube::parse_registry(json));
  }
}

TEST_CASE("what is no object of the kind is refused with a place and without a value", "[kube]") {
  for (const std::string& json :
       {std::string(), std::string("null"), std::string("[]"), std::string("hunter2"), std::string("{\"metadata\":"),
        with_metadata(R"(,"labels":{"a":{"b":"hunter2"}})"), with_metadata(R"(,"labels":["hunter2"])"),
        with_metadata("", R"(,"imagePullSecrets":"hunter2")"), with_metadata("", R"(,"imagePullSecrets":["hunter2"])"),
        with_metadata("") + "hunter2", std::string(R"({"metadata":{"name":"\ud800hunter2"}})")}) {
    INFO(json);
    const auto account = kube::parse_service_account(json);
    REQUIRE_FALSE(account);
    CHECK(account.error().kind == base::ErrorKind::kInvalid);
    CHECK_FALSE(account.error().message.empty());
    CHECK(account.error().message.find("hunter2") == std::string::npos);
  }
}

TEST_CASE("an object of any size is read", "[kube]") {
  const std::string big(2U << 20U, 'x');
  const auto account = kube::parse_service_account(
      with_metadata(R"(,"annotations":{"note":")" + big + R"("})", R"(,"imagePullSecrets":[{"name":"s"}])"));
  REQUIRE(account);
  CHECK(account->pull_secrets == std::vector<std::string>{"s"});
}

TEST_CASE("a HarborRegistry is read by its own reader", "[kube]") {
  const auto registry = kube::parse_registry(
      R"({"metadata":{"name":"prod","generation":3},"spec":{"host":"h","credential":{"secretRef":{"name":"c"}},"namespaces":{}}})");
  REQUIRE(registry);
  CHECK(registry->meta.name == "prod");
  CHECK_FALSE(kube::parse_registry("[]"));
  CHECK_FALSE(kube::parse_registry("{"));
}

TEST_CASE("a damaged object never does more than fail", "[kube]") {
  std::mt19937 engine(1);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same run each time
  const std::string good = with_metadata(
      kLabels +
          R"(,"annotations":{"harborpull.io/registries":"a"},"managedFields":[{"manager":"m","operation":"Apply"}])"
          R"(,"ownerReferences":[{"kind":"Job","name":"j","uid":"u","controller":true}])",
      R"(,"type":"t","imagePullSecrets":[{"name":"b"},{}],"data":{".dockerconfigjson":"e30="},"spec":{)"
      R"("imagePullSecrets":[{"name":"b"}]},"status":{"containerStatuses":[{"image":"i","state":{"waiting":{)"
      R"("reason":"ErrImagePull","message":"m"}}}]})");
  for (int i = 0; i < 20'000; ++i) {
    std::string bad = good;
    static constexpr std::string_view kBytes = "{}[]\",:\\0tn \xff\xc3\x00u";
    for (auto edits = 1 + engine() % 3; edits > 0; --edits) {
      const std::size_t at = engine() % bad.size();
      if (engine() % 3 == 0) bad.erase(at, 1 + engine() % 4);
      bad[engine() % bad.size()] = kBytes[engine() % kBytes.size()];
    }
    if (engine() % 8 == 0) bad.resize(engine() % bad.size());
    (void)kube::parse_namespace(bad);
    (void)kube::parse_service_account(bad);
    (void)kube::parse_source_secret(bad);
    (void)kube::parse_pull_secret(bad, facts_of);
    (void)kube::parse_pod(bad);
  }
}

TEST_CASE("of a Pod that waits for its image all that decides is read", "[kube]") {
  const auto pod = kube::parse_pod(with_metadata(
      R"(,"annotations":{"harborpull.io/ignore":"true"},"deletionTimestamp":"2026-01-01T00:00:00Z","ownerReferences":[)"
      R"({"kind":"Thing","name":"t","uid":"u-t"},)"
      R"({"kind":"ReplicaSet","name":"web-5","uid":"u-rs","controller":true,"blockOwnerDeletion":true}])",
      R"(,"spec":{"serviceAccountName":"build","imagePullSecrets":[{"name":"x"},{}],"containers":[]},"status":{)"
      R"("phase":"Pending","initContainerStatuses":[{"name":"i","image":"h/i","state":{"waiting":{"reason":)"
      R"("ErrImagePull","message":"401"}}}],"containerStatuses":[{"name":"a","image":"h/a","state":{"waiting":)"
      R"({"reason":"PodInitializing"}}},{"name":"b","image":"h/b","state":{"waiting":{"message":"m","reason":)"
      R"("ImagePullBackOff"}}},{"name":"c","image":"h/c","state":{"running":{}}}]})"));
  REQUIRE(pod);
  CHECK(pod->meta.uid == "u-1");
  CHECK(pod->owner_uid == "u-rs");
  CHECK(pod->owner == "ReplicaSet web-5");
  CHECK(pod->account == "build");
  CHECK(pod->ignored);
  CHECK(pod->terminating);
  CHECK(pod->pull_secrets == std::vector<std::string>{"x", ""});
  CHECK(pod->waits == std::vector<api::PullWait>{{"h/i", "ErrImagePull", "401"}, {"h/b", "ImagePullBackOff", "m"}});
}

TEST_CASE("of a Pod that waits for no image a name and a maker are kept", "[kube]") {
  const auto pod = kube::parse_pod(
      with_metadata(R"(,"ownerReferences":[{"kind":"Job","name":"j","uid":"u-j","controller":true}])",
                    R"(,"spec":{"serviceAccountName":"build","imagePullSecrets":[{"name":"x"}]},"status":{)"
                    R"("containerStatuses":[{"image":"h/a","state":{"waiting":{"reason":"ContainerCreating"}}}]})"));
  REQUIRE(pod);
  api::Pod wanted;
  wanted.meta = {.ns = "n", .name = "a", .uid = "u-1", .resource_version = 42};
  wanted.owner_uid = "u-j";
  CHECK(*pod == wanted);
}

TEST_CASE("a Pod's long message is cut", "[kube]") {
  const auto pod = kube::parse_pod(
      with_metadata("", R"(,"status":{"containerStatuses":[{"image":"a","state":{"waiting":{"reason":"ErrImagePull",)"
                        R"("message":")" +
                            std::string(100'000, 'x') + R"("}}}]})"));
  REQUIRE(pod);
  CHECK(pod->waits.at(0).message.size() == api::kMaxPullMessage);
  CHECK(pod->owner_uid.empty());
}
