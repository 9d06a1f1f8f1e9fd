#include "kube/config.hpp"

#include <catch2/catch.hpp>

#include "base/digest.hpp"
#include "unit/kube/temp_folder.hpp"

namespace {

/// A kubeconfig of one context with these lines in its cluster and its user.
std::string kubeconfig(const std::string& cluster, const std::string& user) {
  return "apiVersion: v1\nkind: Config\ncurrent-context: dev\n"
         "contexts: [{name: dev, context: {cluster: c, user: u, namespace: team}}]\n"
         "clusters:\n- name: c\n  cluster: {" +
         cluster +
         "}\n"
         "users:\n- name: u\n  user: {" +
         user + "}\n";
}

const std::string kServer = "server: 'https://10.0.0.1:6443'";
const std::string kToken = "token: sesame";

/// The message of loading `text`, which must fail and must not hold any of the values used here as secrets.
std::string fault(const std::string& text, const std::string& context = "") {
  const TempFolder folder;
  const auto path = folder.write("config", text);
  const auto config = kube::load_kubeconfig(path, context);
  if (config) return "(loaded)";
  CHECK(config.error().kind == base::ErrorKind::kInvalid);
  CHECK(config.error().message.find("kubeconfig " + path.string()) == 0);
  CHECK(config.error().message.find("sesame") == std::string::npos);
  CHECK(config.error().message.find("hunter2") == std::string::npos);
  return config.error().message;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a kubeconfig with a token and inline authority is read", "[kube]") {
  const TempFolder folder;
  const auto path =
      folder.write("config", kubeconfig(kServer + ", tls-server-name: api.example.com, certificate-authority-data: " +
                                            base::base64_encode("CA PEM"),
                                        kToken));
  const auto config = kube::load_kubeconfig(path, "");
  REQUIRE(config);
  CHECK(config->server == "https://10.0.0.1:6443");
  CHECK(config->tls.ca_pem == "CA PEM");
  CHECK(config->ca_file.empty());
  CHECK(config->tls.server_name == "api.example.com");
  CHECK_FALSE(config->tls.insecure_skip_verify);
  CHECK(config->token.reveal() == "sesame");
  CHECK(config->token_file.empty());
  CHECK(config->ns == "team");
  CHECK(config->origin == "kubeconfig " + path.string() + ", context dev");
}

TEST_CASE("file names in a kubeconfig are relative to its folder, and are kept", "[kube]") {
  const TempFolder folder;
  folder.write("ca.pem", "CA");
  folder.write("cert.pem", "CERT");
  const auto key = folder.write("key.pem", "KEY");
  folder.write("token", " sesame\n");
  const auto path = folder.write("config", kubeconfig(kServer + ", certificate-authority: ca.pem",
                                                      "client-certificate: ./cert.pem, client-key: " + key.string() +
                                                          ", tokenFile: token, token: ignored"));
  const auto config = kube::load_kubeconfig(path, "dev");
  REQUIRE(config);
  CHECK(config->tls.ca_pem == "CA");
  CHECK(config->ca_file == folder.path() / "ca.pem");
  CHECK(config->tls.client_cert_pem == "CERT");
  CHECK(config->client_cert_file == folder.path() / "./cert.pem");
  CHECK(config->tls.client_key_pem.reveal() == "KEY");
  CHECK(config->client_key_file == key);
  CHECK(config->token.reveal() == "sesame");
  CHECK(config->token_file == folder.path() / "token");
}

TEST_CASE("inline data win over the file beside them", "[kube]") {
  const TempFolder folder;
  const auto path =
      folder.write("config", kubeconfig(kServer + ", certificate-authority: /nowhere, certificate-authority-data: " +
                                            base::base64_encode("CA"),
                                        kToken));
  const auto config = kube::load_kubeconfig(path, "");
  REQUIRE(config);
  CHECK(config->tls.ca_pem == "CA");
  CHECK(config->ca_file.empty());
}

TEST_CASE("a kubeconfig written as JSON is read", "[kube]") {
  const TempFolder folder;
  const auto path =
      folder.write("config", R"({"current-context":"d","contexts":[{"name":"d","context":{"cluster":"c","user":"u"}}],
    "clusters":[{"name":"c","cluster":{"server":"https://h"}}],"users":[{"name":"u","user":{"token":"t"}}]})");
  const auto config = kube::load_kubeconfig(path, "");
  REQUIRE(config);
  CHECK(config->server == "https://h");
  CHECK(config->ns.empty());
}

TEST_CASE("among several contexts the named one is read, and an unknown one lists those there are", "[kube]") {
  const std::string text =
      "current-context: one\n"
      "contexts: [{name: one, context: {cluster: a, user: u}}, {name: two, context: {cluster: b, user: u}}]\n"
      "clusters: [{name: a, cluster: {server: 'https://a'}}, {name: b, cluster: {server: 'https://b'}}]\n"
      "users: [{name: u, user: {token: sesame}}]\n";
  const TempFolder folder;
  const auto path = folder.write("config", text);
  CHECK(kube::load_kubeconfig(path, "").value().server == "https://a");
  CHECK(kube::load_kubeconfig(path, "two").value().server == "https://b");
  CHECK(has(fault(text, "three"), "there is no contexts[three]; there are: one, two"));
  CHECK(
      has(fault(text.substr(text.find('\n') + 1)), "current-context is missing; name a context, there are: one, two"));
}

TEST_CASE("credentials that are not supported are refused with what to use instead", "[kube]") {
  struct Row {
    std::string user;
    std::string part;
  };
  const std::vector<Row> rows = {
      {"exec: {command: aws}", "users[u].user.exec is not supported yet"},
      {"token: sesame, exec: {command: aws}", "kubectl create token"},
      {"auth-provider: {name: gcp}", "users[u].user.auth-provider is not supported yet"},
      {"username: admin, password: hunter2", "basic authentication, which Kubernetes dropped"},
      {"token: sesame, as: admin", "users[u].user.as (impersonation) is not supported"},
      {"token: sesame, as-groups: [x]", "users[u].user.as-groups (impersonation)"},
      {"", "users[u] holds no credential; use a token"},
      {"token: ''", "users[u] holds no credential"},
      {"client-certificate-data: QQ==", "only one of client-certificate and client-key"},
      {"client-key-data: QQ==", "only one of client-certificate and client-key"},
      {"token: \"sesame\\nX-Evil: 1\"", "users[u].user.token holds white space"},
      {"token: [sesame]", "users[u].user.token must be text"},
      {"client-certificate-data: 'hunter2!', client-key-data: QQ==",
       "users[u].user.client-certificate-data is not base64"},
      {"client-certificate: nowhere, client-key: nowhere", "users[u].user.client-certificate: "},
      {"tokenFile: nowhere", "nowhere cannot be read: No such file or directory"},
      {"tokenFile: .", "cannot be read: it is a folder"},
  };
  for (const auto& row : rows) {
    INFO(row.user);
    const auto message = fault(kubeconfig(kServer, row.user));
    INFO(message);
    CHECK(has(message, row.part));
  }
}

TEST_CASE("a cluster that cannot be used is refused with the field", "[kube]") {
  struct Row {
    std::string cluster;
    std::string part;
  };
  const std::vector<Row> rows = {
      {"", "clusters[c].cluster.server is missing"},
      {"server: 10.0.0.1", "clusters[c].cluster.server must begin with https://"},
      {"server: 'https://h/k8s/clusters/c-1'", "has a path, which is not supported"},
      {"server: 'https://h?x'", "has a path"},
      {"server: 'https://h//'", "has a path"},
      {"server: 'https://admin:hunter2@h'", "must not hold a user name or password"},
      {"server: 'https://'", "has a malformed host"},
      {"server: 'https://:443'", "has a malformed host"},
      {"server: \"https://h\\r\\nX\"", "has a malformed host"},
      {"server: 'https://h:0'", "has a malformed port"},
      {"server: 'https://h:65536'", "has a malformed port"},
      {"server: 'https://h:'", "has a malformed port"},
      {"server: 'https://h:99999999999999999999'", "has a malformed port"},
      {"server: 'https://[::1'", "malformed"},
      {"server: 'https://::1'", "malformed"},
      {"server: 'http://10.0.0.1:8080'", "would cross the network in the clear"},
      {"server: 'http://127.evil.com'", "would cross the network in the clear"},
      {kServer + ", proxy-url: 'http://user:hunter2@p'", "clusters[c].cluster.proxy-url is not supported yet"},
      {kServer + ", insecure-skip-tls-verify: maybe", "insecure-skip-tls-verify must be true or false"},
      {kServer + ", insecure-skip-tls-verify: true, certificate-authority-data: QQ==", "drop one of them"},
      {kServer + ", certificate-authority: nowhere", "clusters[c].cluster.certificate-authority: "},
      {kServer + ", certificate-authority-data: '%%%'", "certificate-authority-data is not base64"},
      {kServer + ", certificate-authority-data: '" + base::base64_encode(std::string(300'000, 'x')) + "'", "256 KiB"},
  };
  for (const auto& row : rows) {
    INFO(row.cluster.substr(0, 200));
    const auto message = fault(kubeconfig(row.cluster, kToken));
    INFO(message);
    CHECK(has(message, row.part));
  }
}

TEST_CASE("a server's address may end in a slash, be IPv6, or be loopback without TLS", "[kube]") {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"https://h.example.com/", "https://h.example.com"},
      {"https://[fd00::1]:6443", "https://[fd00::1]:6443"},
      {"https://[::1]", "https://[::1]"},
      {"http://127.0.0.1:8001", "http://127.0.0.1:8001"},
      {"http://localhost:8001/", "http://localhost:8001"},
      {"http://[::1]:8001", "http://[::1]:8001"},
  };
  for (const auto& [written, read] : rows) {
    const TempFolder folder;
    const auto config =
        kube::load_kubeconfig(folder.write("config", kubeconfig("server: '" + written + "'", kToken)), "");
    INFO(written);
    REQUIRE(config);
    CHECK(config->server == read);
  }
}

TEST_CASE("without TLS nobody need be anybody, as behind kubectl proxy", "[kube]") {
  const std::string text =
      "current-context: d\ncontexts: [{name: d, context: {cluster: c}}]\n"
      "clusters: [{name: c, cluster: {server: 'http://127.0.0.1:8001'}}]\n";
  const TempFolder folder;
  CHECK(kube::load_kubeconfig(folder.write("config", text), ""));
  auto tls = text;
  tls.replace(tls.find("http:"), 5, "https:");
  CHECK(has(fault(tls), "the context names no user"));
}

TEST_CASE("skipping verification is the user's explicit choice", "[kube]") {
  const TempFolder folder;
  const auto path = folder.write("config", kubeconfig(kServer + ", insecure-skip-tls-verify: true", kToken));
  CHECK(kube::load_kubeconfig(path, "").value().tls.insecure_skip_verify);
}

TEST_CASE("malformed YAML is refused with its line and without its text", "[kube]") {
  CHECK(has(fault("current-context: dev\nusers:\n\t- hunter2\n"), "is not valid YAML in line 3"));
  CHECK_FALSE(has(fault("users:\n- token: 'sesame\n"), "(loaded)"));  // yaml-cpp ends the quotes at the end of the file
  CHECK(has(fault("a: b\nhunter2: ]\n"), "is not valid YAML in line 2"));
  CHECK(has(fault("a: *hunter2\n"), "is not valid YAML"));
  CHECK(has(fault("hunter2"), "is not a kubeconfig"));
  CHECK(has(fault("[hunter2]"), "is not a kubeconfig"));
  CHECK(has(fault("# nothing\n"), "is not a kubeconfig"));
  CHECK(has(fault(std::string(200'000, '[')), "is not valid YAML"));
  CHECK(has(fault(""), "is empty"));
  CHECK(has(fault(std::string((1U << 20U) + 1, '#')), "is longer than 1024 KiB"));
}

TEST_CASE("sections that are missing, doubled or of another shape are named", "[kube]") {
  const std::string good = kubeconfig(kServer, kToken);
  const auto with = [&](const std::string& from, const std::string& to) {
    auto text = good;
    text.replace(text.find(from), from.size(), to);
    return fault(text);
  };
  CHECK(has(with("current-context: dev", "current-context: [dev]"), "current-context must be text"));
  CHECK(has(with("current-context: dev", "current-context: prod"), "there is no contexts[prod]; there are: dev"));
  CHECK(has(with("cluster: c,", ""), "contexts[dev].context.cluster is missing"));
  CHECK(has(with("cluster: c,", "cluster: x,"), "there is no clusters[x]; there are: c"));
  CHECK(has(with("user: u,", "user: x,"), "there is no users[x]; there are: u"));
  CHECK(has(with("contexts: [", "contexts: [7, {}, {name: [x]}, "), "(loaded)"));
  CHECK(has(with("contexts: ", "contexts: text\nother: "), "there is no contexts[dev]; there are: none"));
  CHECK(has(with("clusters:\n", "clusters:\n- name: c\n  cluster: {server: 'https://h'}\n"),
            "clusters[c] is there 2 times"));
  CHECK(has(with("user: {token: sesame}", "user: sesame"), "users[u].user is missing or not a mapping"));
  CHECK(has(with("context: {", "other: {"), "contexts[dev].context is missing or not a mapping"));
}

TEST_CASE("a kubeconfig that cannot be read is named with the cause", "[kube]") {
  const auto config = kube::load_kubeconfig("/nowhere/config", "");
  REQUIRE_FALSE(config);
  CHECK(config.error().message == "kubeconfig /nowhere/config cannot be read: No such file or directory");
  CHECK(config.error().kind == base::ErrorKind::kInvalid);
}

TEST_CASE("a Pod finds the server, its token, authority and namespace", "[kube]") {
  const TempFolder folder;
  folder.write("token", "sesame\n");
  folder.write("ca.crt", "CA");
  folder.write("namespace", "harbor-pull-system");
  const auto config = kube::load_in_cluster("10.96.0.1", "443", folder.path());
  REQUIRE(config);
  CHECK(config->server == "https://10.96.0.1:443");
  CHECK(config->token.reveal() == "sesame");
  CHECK(config->token_file == folder.path() / "token");
  CHECK(config->tls.ca_pem == "CA");
  CHECK(config->ca_file == folder.path() / "ca.crt");
  CHECK(config->ns == "harbor-pull-system");
  CHECK(config->origin == "in-cluster");
  CHECK(kube::load_in_cluster("fd00::1", "443", folder.path()).value().server == "https://[fd00::1]:443");
  CHECK(kube::load_in_cluster("[fd00::1]", "443", folder.path()).value().server == "https://[fd00::1]:443");
}

TEST_CASE("outside a Pod the in-cluster configuration says what is missing", "[kube]") {
  const TempFolder folder;
  const auto message = [&](const std::string& host, const std::string& port) {
    const auto config = kube::load_in_cluster(host, port, folder.path());
    return config ? std::string("(loaded)") : config.error().message;
  };
  CHECK(has(message("", "443"), "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not both set"));
  CHECK(has(message("h", ""), "outside a Pod give --kubeconfig"));
  CHECK(has(message("h/x", "443"), "has a path"));
  CHECK(has(message("h", "https"), "has a malformed port"));
  CHECK(has(message("h", "443"), "automountServiceAccountToken"));
  folder.write("token", " \n");
  CHECK(has(message("h", "443"), "token is empty"));
  folder.write("token", "two words");
  CHECK(has(message("h", "443"), "holds white space"));
  folder.write("token", "sesame");
  CHECK(has(message("h", "443"), "ca.crt cannot be read"));
  folder.write("ca.crt", "CA");
  CHECK(has(message("h", "443"), "(loaded)"));
}
