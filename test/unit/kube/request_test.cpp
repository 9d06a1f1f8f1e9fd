#include "kube/request.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace {

std::string header(const http::Request& request, std::string_view name) {
  for (const auto& header : request.headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

}  // namespace

TEST_CASE("each single object has its path, with names percent-encoded", "[kube]") {
  CHECK(kube::secret_path("team-a", "harbor-pull") == "/api/v1/namespaces/team-a/secrets/harbor-pull");
  CHECK(kube::service_account_path("team-a", "default") == "/api/v1/namespaces/team-a/serviceaccounts/default");
  CHECK(kube::harbor_registry_path("main") == "/apis/harborpull.io/v1alpha1/harborregistries/main");
  CHECK(kube::lease_path("sys", "op") == "/apis/coordination.k8s.io/v1/namespaces/sys/leases/op");
  CHECK(kube::events_path("sys") == "/apis/events.k8s.io/v1/namespaces/sys/events");
  CHECK(kube::secret_path("a/../b", "x?y#z") == "/api/v1/namespaces/a%2F..%2Fb/secrets/x%3Fy%23z");
}

TEST_CASE("everything but unreserved characters is percent-encoded, byte by byte", "[kube]") {
  CHECK(kube::percent_encode("AZaz09-._~") == "AZaz09-._~");
  CHECK(kube::percent_encode(" %=&/:+,\n") == "%20%25%3D%26%2F%3A%2B%2C%0A");
  CHECK(kube::percent_encode("ü") == "%C3%BC");
  CHECK(kube::percent_encode(std::string_view("\0", 1)) == "%00");
}

TEST_CASE("a list asks for its collection, page and version in one fixed order", "[kube]") {
  struct Row {
    kube::Collection collection;
    kube::ListOptions options;
    std::string target;
  };
  const std::vector<Row> rows = {
      {kube::namespaces(), {}, "/api/v1/namespaces?limit=500"},
      {kube::namespaces(), {0, "", "", ""}, "/api/v1/namespaces"},
      {kube::namespaces(), {0, "", "0", ""}, "/api/v1/namespaces?resourceVersion=0"},
      {kube::service_accounts(), {500, "", "", ""}, "/api/v1/serviceaccounts?limit=500"},
      {kube::service_accounts(),
       {500, "", "41", "NotOlderThan"},
       "/api/v1/serviceaccounts?limit=500&resourceVersion=41&resourceVersionMatch=NotOlderThan"},
      {kube::service_accounts(), {500, "", "", "Exact"}, "/api/v1/serviceaccounts?limit=500"},
      {kube::service_accounts(), {500, "a+b=", "41", "Exact"}, "/api/v1/serviceaccounts?limit=500&continue=a%2Bb%3D"},
      {kube::secrets_named("harbor-pull"), {}, "/api/v1/secrets?fieldSelector=metadata.name%3Dharbor-pull&limit=500"},
      {kube::secrets_in("harbor-pull-system"), {}, "/api/v1/namespaces/harbor-pull-system/secrets?limit=500"},
      {kube::harbor_registries(), {}, "/apis/harborpull.io/v1alpha1/harborregistries?limit=500"},
  };
  for (const auto& row : rows) {
    const auto request = kube::list(row.collection, row.options);
    CHECK(request.target == row.target);
    CHECK(request.method == "GET");
    CHECK(request.idempotent);
    CHECK(request.body.empty());
  }
}

TEST_CASE("a watch always asks for bookmarks and may ask for the initial events", "[kube]") {
  struct Row {
    kube::Collection collection;
    kube::WatchOptions options;
    std::string target;
  };
  const std::vector<Row> rows = {
      {kube::namespaces(),
       {"7", 300, false},
       "/api/v1/namespaces?watch=true&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=7"},
      {kube::namespaces(),
       {"", 420, false},
       "/api/v1/namespaces?watch=true&allowWatchBookmarks=true&timeoutSeconds=420"},
      {kube::secrets_named("pull"),
       {"", 300, true},
       "/api/v1/secrets?fieldSelector=metadata.name%3Dpull&watch=true&allowWatchBookmarks=true&timeoutSeconds=300"
       "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"},
      {kube::harbor_registries(),
       {"9", 300, true},
       "/apis/harborpull.io/v1alpha1/harborregistries?watch=true&allowWatchBookmarks=true&timeoutSeconds=300"
       "&resourceVersion=9&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"},
  };
  for (const auto& row : rows) {
    const auto request = kube::watch(row.collection, row.options);
    CHECK(request.target == row.target);
    CHECK(request.method == "GET");
    CHECK(request.idempotent);
  }
}

TEST_CASE("only namespaces are asked for as metadata, with plain JSON as the second choice", "[kube]") {
  CHECK(header(kube::list(kube::namespaces(), {}), "Accept") ==
        "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json");
  CHECK(header(kube::watch(kube::namespaces(), {}), "Accept") ==
        "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json");
  for (const auto& collection :
       {kube::service_accounts(), kube::secrets_named("x"), kube::secrets_in("y"), kube::harbor_registries()}) {
    CHECK(header(kube::list(collection, {}), "Accept") == "application/json");
    CHECK(header(kube::watch(collection, {}), "Accept") == "application/json");
  }
}

TEST_CASE("each write has its method, query, content type and answer to being sent twice", "[kube]") {
  struct Row {
    http::Request request;
    std::string method;
    std::string target;
    std::string type;
    bool idempotent;
  };
  const std::vector<Row> rows = {
      {kube::apply("/p", "{}", false), "PATCH", "/p?fieldManager=harbor-pull-operator&force=false",
       "application/apply-patch+yaml", true},
      {kube::apply("/p", "{}", true), "PATCH", "/p?fieldManager=harbor-pull-operator&force=true",
       "application/apply-patch+yaml", true},
      {kube::json_patch("/p", "{}"), "PATCH", "/p?fieldManager=harbor-pull-operator", "application/json-patch+json",
       true},
      {kube::update("/p", "{}"), "PUT", "/p?fieldManager=harbor-pull-operator", "application/json", true},
      {kube::create("/p", "{}"), "POST", "/p?fieldManager=harbor-pull-operator", "application/json", false},
  };
  for (const auto& row : rows) {
    CHECK(row.request.method == row.method);
    CHECK(row.request.target == row.target);
    CHECK(header(row.request, "Content-Type") == row.type);
    CHECK(row.request.idempotent == row.idempotent);
    CHECK(row.request.body == "{}");
  }
}

TEST_CASE("a get is its path and nothing else", "[kube]") {
  http::Request expected;
  expected.target = "/api/v1/namespaces/x";
  CHECK(kube::get("/api/v1/namespaces/x") == expected);
}

TEST_CASE("a deletion names the object's uid and, when known, its version", "[kube]") {
  const auto by_uid = kube::remove("/p", "u-1", 0);
  CHECK(by_uid.method == "DELETE");
  CHECK(by_uid.target == "/p");
  CHECK(by_uid.idempotent);
  CHECK(header(by_uid, "Content-Type") == "application/json");
  CHECK(by_uid.body ==
        R"({"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"u-1"},"propagationPolicy":"Background"})");
  const auto by_version = nlohmann::json::parse(kube::remove("/p", "u-1", 18'446'744'073'709'551'615U).body);
  CHECK(by_version["preconditions"] == nlohmann::json({{"uid", "u-1"}, {"resourceVersion", "18446744073709551615"}}));
}

TEST_CASE("a uid that is not text still makes a valid deletion", "[kube]") {
  const auto options = nlohmann::json::parse(kube::remove("/p", "\"\xff", 0).body);
  CHECK(options["preconditions"]["uid"] == "\"\xEF\xBF\xBD");
}

TEST_CASE("an eviction is of one Pod and no other of its name", "[kube]") {
  const auto request = kube::evict("team-a", "web-0", "u-1");
  CHECK(request.method == "POST");
  CHECK(request.target == "/api/v1/namespaces/team-a/pods/web-0/eviction?fieldManager=harbor-pull-operator");
  CHECK(request.body ==
        R"({"apiVersion":"policy/v1","deleteOptions":{"preconditions":{"uid":"u-1"}},"kind":"Eviction",)"
        R"("metadata":{"name":"web-0","namespace":"team-a"}})");
  CHECK_FALSE(request.idempotent);
}

TEST_CASE("of Pods only pending ones are asked for", "[kube]") {
  CHECK(kube::list(kube::pending_pods(), {}).target == "/api/v1/pods?fieldSelector=status.phase%3DPending&limit=500");
}
