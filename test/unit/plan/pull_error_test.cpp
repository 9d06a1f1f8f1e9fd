#include "plan/pull_error.hpp"

#include <catch2/catch.hpp>
#include <vector>

using plan::image_host;
using plan::pull_error;
using plan::PullError;

namespace {

const std::string kImage = "harbor.example.com/team/app:1";
/// As containerd begins each of its messages.
const std::string kContainerd = "rpc error: code = Unknown desc = failed to pull and unpack image \"" + kImage +
                                "\": failed to resolve reference \"" + kImage + "\": ";
/// As CRI-O does.
const std::string kCrio =
    "initializing source docker://" + kImage + ": reading manifest 1 in harbor.example.com/team/app: ";

struct Row {
  std::string message;
  PullError wanted;
};

void check(const std::string& reason, const std::vector<Row>& rows) {
  for (const auto& row : rows) {
    INFO(reason << ": " << row.message);
    CHECK(pull_error(reason, row.message) == row.wanted);
  }
}

}  // namespace

TEST_CASE("a refused credential is recognised in the words of each runtime", "[plan]") {
  const std::vector<Row> rows = {
      {kContainerd + "pull access denied, repository does not exist or may require authorization: authorization "
                     "failed: no basic auth credentials",
       PullError::kCredential},
      {kContainerd + "pull access denied, repository does not exist or may require authorization: server message: "
                     "insufficient_scope: authorization failed",
       PullError::kCredential},
      {kContainerd + "failed to authorize: failed to fetch anonymous token: unexpected status from GET request to "
                     "https://harbor.example.com/service/token?scope=repository: 401 Unauthorized",
       PullError::kCredential},
      {kContainerd + "failed to authorize: failed to fetch oauth token: unexpected status from POST request to "
                     "https://harbor.example.com/service/token: 403 Forbidden",
       PullError::kCredential},
      {kContainerd + "pulling from host harbor.example.com failed with status code [manifests 1]: 401 Unauthorized",
       PullError::kCredential},
      {kContainerd + "unexpected status from HEAD request to https://harbor.example.com/v2/team/app/manifests/1: 401 "
                     "Unauthorized",
       PullError::kCredential},
      {kCrio + "unauthorized: unauthorized to access repository: team/app, action: pull: unauthorized to access "
               "repository: team/app, action: pull",
       PullError::kCredential},
      {kCrio + "errors:\ndenied: requested access to the resource is denied\nunauthorized: authentication required\n",
       PullError::kCredential},
      {"unable to retrieve auth token: invalid username/password: unauthorized: authentication required",
       PullError::kCredential},
  };
  check("ErrImagePull", rows);
  for (const auto& row : rows) {
    INFO(row.message);
    const auto back_off = "Back-off pulling image \"" + kImage + "\": ErrImagePull: " + row.message;
    CHECK(pull_error("ImagePullBackOff", back_off) == PullError::kCredential);
  }
}

TEST_CASE("every other failure is no matter of a credential", "[plan]") {
  check(
      "ErrImagePull",
      {
          {kContainerd + kImage + ": not found", PullError::kOther},
          {kContainerd + "failed to do request: Head \"https://harbor.example.com/v2/team/app/manifests/1\": dial tcp: "
                         "lookup harbor.example.com: no such host",
           PullError::kOther},
          {kContainerd + "failed to do request: Head \"https://harbor.example.com/v2/\": tls: failed to verify "
                         "certificate: x509: certificate signed by unknown authority",
           PullError::kOther},
          {kContainerd + "failed to authorize: failed to fetch anonymous token: Get "
                         "\"https://harbor.example.com/service/token\": dial tcp 192.0.2.1:443: i/o timeout",
           PullError::kOther},
          {kContainerd + "failed to authorize: failed to fetch oauth token: Post "
                         "\"https://harbor.example.com/service/token\": dial tcp 192.0.2.1:443: connect: connection "
                         "refused",
           PullError::kOther},
          {kContainerd + "failed to authorize: failed to fetch anonymous token: unexpected status from GET request "
                         "to https://harbor.example.com/service/token: 502 Bad Gateway",
           PullError::kOther},
          {kContainerd + "unexpected status from HEAD request to https://harbor.example.com/v2/team/app/manifests/1: "
                         "412 Precondition Failed",
           PullError::kOther},
          {kContainerd + "unexpected status code: 429 Too Many Requests", PullError::kOther},
          {kCrio + "manifest unknown: artifact team/app:1 not found", PullError::kOther},
          {"failed to register layer: no space left on device", PullError::kOther},
          {"context deadline exceeded", PullError::kOther},
      });
  CHECK(pull_error("InvalidImageName", "401 Unauthorized") == PullError::kOther);
  CHECK(pull_error("ErrImageNeverPull", "pull access denied") == PullError::kOther);
  CHECK(pull_error("CreateContainerConfigError", "unauthorized: x") == PullError::kOther);
}

TEST_CASE("an older kubelet's back-off says nothing, and nothing is taken from it", "[plan]") {
  check("ImagePullBackOff", {{"Back-off pulling image \"" + kImage + "\"", PullError::kUnknown},
                             {"", PullError::kUnknown},
                             {"Back-off pulling image \"harbor.example.com/unauthorized:1\"", PullError::kUnknown}});
}

TEST_CASE("a name in the message is no cause", "[plan]") {
  const std::string image = "harbor.example.com/unauthorized:/insufficient_scope:1";
  CHECK(pull_error("ErrImagePull", "failed to resolve reference \"" + image + "\": " + image + ": not found") ==
        PullError::kOther);
  CHECK(pull_error("ErrImagePull", "failed to do request: Head \"https://h/v2/authorization?x=401\": EOF") ==
        PullError::kOther);
}

TEST_CASE("the registry of an image is what the container runtime takes for it", "[plan]") {
  const std::vector<std::pair<const char*, const char*>> rows = {
      {"nginx", "docker.io"},
      {"nginx:1.27", "docker.io"},
      {"library/nginx", "docker.io"},
      {"index.docker.io/library/nginx", "docker.io"},
      {"localhost/app", "localhost"},
      {"localhost:5000/app", "localhost:5000"},
      {"harbor.example.com/team/app:1", "harbor.example.com"},
      {"harbor.example.com:8443/team/app@sha256:00", "harbor.example.com:8443"},
      {"harbor:443/app", "harbor:443"},
      {"harbor/app", "docker.io"},
      {"Harbor/app", "Harbor"},
      {"", "docker.io"},
  };
  for (const auto& [image, host] : rows) {
    INFO(image);
    CHECK(image_host(image) == host);
  }
}
