#include "kube/access_review.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using Json = nlohmann::json;

TEST_CASE("a question about a right names only what is limited", "[kube]") {
  const auto request = kube::ask_access({.verb = "patch", .resource = "secrets", .name = "harbor-pull"});
  CHECK(request.method == "POST");
  CHECK(request.target.starts_with("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"));
  CHECK(Json::parse(request.body).at("spec").at("resourceAttributes") ==
        Json{{"verb", "patch"}, {"resource", "secrets"}, {"name", "harbor-pull"}});
}

TEST_CASE("a question about a subresource in a namespace carries all of it", "[kube]") {
  const auto request = kube::ask_access({"patch", "harborpull.io", "harborregistries", "status", "ns", "name"});
  CHECK(Json::parse(request.body).at("spec").at("resourceAttributes") == Json{{"verb", "patch"},
                                                                              {"group", "harborpull.io"},
                                                                              {"resource", "harborregistries"},
                                                                              {"subresource", "status"},
                                                                              {"namespace", "ns"},
                                                                              {"name", "name"}});
}

TEST_CASE("an answer says yes or no, and anything else is an error", "[kube]") {
  CHECK(kube::parse_access(R"({"status": {"allowed": true}})") == true);
  CHECK(kube::parse_access(R"({"status": {"allowed": false, "reason": "no"}})") == false);
  for (const auto* text : {"", "{}", R"({"status": {}})", R"({"status": {"allowed": "yes"}})", "[]"}) {
    INFO(text);
    CHECK(kube::parse_access(text).error().kind == base::ErrorKind::kInvalid);
  }
}
