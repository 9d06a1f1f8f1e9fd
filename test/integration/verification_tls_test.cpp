// Certificates and what stands between: each trouble on the way to Harbor has its reason, and its way back.
#include "integration/given_scene.hpp"
#include "support/authority.hpp"

using namespace integration;

namespace {

constexpr const char* kOwn = "/api/v1/namespaces/harbor-pull-system";

/// A Harbor with TLS whose authorities and certificates are the test's.
class TlsHarbor {
 public:
  TlsHarbor() : double_({.tls = true}) { serve({.names = {"IP:127.0.0.1"}}); }

  [[nodiscard]] const HarborDouble& harbor() const { return double_; }
  [[nodiscard]] const std::string& ca_pem() const { return authority_.pem(); }
  void serve(const support::Wish& wish) const {
    const auto identity = authority_.issue(wish);
    const auto cert = double_.folder() / "test.crt";
    const auto key = double_.folder() / "test.key";
    support::write_file(cert, identity.certificate);
    support::write_file(key, identity.key);
    double_.control("POST", "/tls", {{"cert", cert.string()}, {"key", key.string()}});
  }
  void replace_authority(const std::string& subject) {
    authority_ = support::Authority(subject);
    serve({.names = {"IP:127.0.0.1"}});
  }

 private:
  HarborDouble double_;
  support::Authority authority_{"the first authority"};
};

Json config_map(const std::string& name, const std::string& pem) {
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata", {{"name", name}, {"namespace", support::kOperatorNamespace}}},
          {"data", {{"ca.crt", pem}}}};
}

void change_config_map(const Scene& scene, const std::string& name, const std::string& pem) {
  scene.admin().apply(std::string(kOwn) + "/configmaps/" + name, config_map(name, pem)).require();
}

/// A registry with a given credential; `tls` as in the spec.
std::string begin(Scene& scene, const HarborDouble& harbor, const std::string& name, const Json& tls) {
  const support::Login login{"puller", std::string(kCanary) + "-puller"};
  harbor.add_user(login);
  auto spec = given_spec(scene, harbor, make_account(scene, name, login));
  if (!tls.is_null()) spec["tls"] = tls;
  auto ns = scene.make_namespace(name, scene.selected());
  scene.make_registry(name, spec);
  return ns;
}

Json ca_in(const std::string& kind, const std::string& name) {
  return {{"caRef", {{"kind", kind}, {"name", name}, {"key", "ca.crt"}}}};
}

void wait_well(Scene& scene, const std::string& name) {
  scene.wait_condition(name, "RegistryReachable", "True", "Reachable");
  scene.wait_condition(name, "CredentialValid", "True", "Verified");
  scene.wait_ready(name);
}

/// Nothing was rejected, so what is given is written; returns what RegistryReachable says.
std::string wait_untrusted(Scene& scene, const std::string& name) {
  const auto registry = scene.wait_condition(name, "RegistryReachable", "False", "TLSUntrusted");
  scene.wait_condition(name, "CredentialValid", "Unknown", "TLSUntrusted");
  scene.wait_ready(name);
  return message_of(registry, "RegistryReachable");
}

}  // namespace

TEST_CASE("a private authority is taken from a ConfigMap or from a Secret", "[integration]") {
  const TlsHarbor tls;
  Scene scene;
  SECTION("ConfigMap") {
    scene.make(std::string(kOwn) + "/configmaps", config_map("private-ca", tls.ca_pem()));
    begin(scene, tls.harbor(), "private", ca_in("ConfigMap", "private-ca"));
  }
  SECTION("Secret") {
    scene.make(std::string(kOwn) + "/secrets",
               {{"apiVersion", "v1"},
                {"kind", "Secret"},
                {"metadata", {{"name", "private-ca"}, {"namespace", support::kOperatorNamespace}}},
                {"stringData", {{"ca.crt", tls.ca_pem()}}}});
    begin(scene, tls.harbor(), "private", ca_in("Secret", "private-ca"));
  }
  wait_well(scene, "private");
}

TEST_CASE("a wrong authority is named, and the right one is followed as soon as it is there", "[integration]") {
  const TlsHarbor tls;
  Scene scene;
  const support::Authority other("another authority");
  scene.make(std::string(kOwn) + "/configmaps", config_map("wrong-ca", other.pem()));
  begin(scene, tls.harbor(), "wrong-ca", ca_in("ConfigMap", "wrong-ca"));
  CHECK(has(wait_untrusted(scene, "wrong-ca"), "the first authority"));
  change_config_map(scene, "wrong-ca", "-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n");
  eventually("the condition says that this is no certificate", kSoon, [&]() -> Seen {
    const auto text = message_of(scene.registry("wrong-ca"), "RegistryReachable");
    return {has(text, "spec.tls.caRef"), text};
  });
  change_config_map(scene, "wrong-ca", tls.ca_pem());
  wait_well(scene, "wrong-ca");
}

TEST_CASE("an authority that is not there is asked for by name", "[integration]") {
  const TlsHarbor tls;
  Scene scene;
  begin(scene, tls.harbor(), "no-ca", ca_in("ConfigMap", "late-ca"));
  CHECK(has(wait_untrusted(scene, "no-ca"), "ConfigMap harbor-pull-system/late-ca"));
  CHECK(tls.harbor().requests().empty());
  scene.make(std::string(kOwn) + "/configmaps", config_map("late-ca", tls.ca_pem()));
  wait_well(scene, "no-ca");
}

TEST_CASE("a renewed authority and an expired certificate are told and followed", "[integration]") {
  TlsHarbor tls;
  Scene scene;
  scene.make(std::string(kOwn) + "/configmaps", config_map("moving-ca", tls.ca_pem()));
  begin(scene, tls.harbor(), "moving", ca_in("ConfigMap", "moving-ca"));
  wait_well(scene, "moving");

  tls.replace_authority("the second authority");
  CHECK(has(wait_untrusted(scene, "moving"), "the second authority"));
  change_config_map(scene, "moving-ca", tls.ca_pem());
  wait_well(scene, "moving");

  tls.serve({.names = {"IP:127.0.0.1"}, .begins = -7200, .ends = -3600});
  CHECK(has(wait_untrusted(scene, "moving"), "expired"));
  tls.serve({.names = {"DNS:harbor.test"}});
  eventually("the condition names the names", kSoon, [&]() -> Seen {
    const auto text = message_of(scene.registry("moving"), "RegistryReachable");
    return {has(text, "harbor.test"), text};
  });
  tls.serve({.names = {"IP:127.0.0.1"}});
  ask_verification(scene, "moving", "now");
  wait_well(scene, "moving");
}

TEST_CASE("not to look at certificates is possible, and is warned of", "[integration]") {
  const TlsHarbor tls;
  Scene scene;
  begin(scene, tls.harbor(), "blind", {{"verification", "Insecure"}});
  wait_well(scene, "blind");
  const auto event = scene.wait_event("HarborRegistry", "", "blind", "InsecureTLS");
  CHECK(event.at("type") == "Warning");
  CHECK(has(event.at("note").get<std::string>(), tls.harbor().url()));
}

TEST_CASE("a registry that sends its clients elsewhere is told, and the credential does not follow", "[integration]") {
  const HarborDouble elsewhere;
  const HarborDouble harbor({.profile = "2.9", .args = {"--external-url", elsewhere.url()}});
  Scene scene;
  const auto ns = begin(scene, harbor, "astray", nullptr);
  const auto registry = scene.wait_condition("astray", "RegistryReachable", "False", "RealmMismatch");
  CHECK(has(message_of(registry, "RegistryReachable"), elsewhere.host()));
  scene.wait_condition("astray", "CredentialValid", "True", "Verified");
  scene.wait_ready("astray");
  wait_held(scene, harbor, ns, {"puller", std::string(kCanary) + "-puller"});
  CHECK(elsewhere.requests().empty());
}

TEST_CASE("a Harbor whose clock is off by an hour is told and used", "[integration]") {
  const HarborDouble harbor;
  harbor.set_clock(std::chrono::hours{1});
  Scene scene;
  begin(scene, harbor, "skewed", nullptr);
  const auto ahead = scene.wait_condition("skewed", "RegistryReachable", "True", "ClockSkew");
  CHECK(has(message_of(ahead, "RegistryReachable"), "60 minutes ahead"));
  scene.wait_ready("skewed");
  harbor.set_clock(std::chrono::hours{-1});
  eventually("the condition says that it is behind", kSoon, [&]() -> Seen {
    const auto text = message_of(scene.registry("skewed"), "RegistryReachable");
    return {has(text, "60 minutes behind"), text};
  });
  harbor.set_clock(std::chrono::seconds{0});
  wait_well(scene, "skewed");
}

TEST_CASE("what is no Harbor is told from one that is away", "[integration]") {
  const HarborDouble harbor;
  Scene scene;
  SECTION("a redirect is not followed, and its target is what to write instead") {
    const HarborDouble other;
    harbor.fault({{"fault", "status"},
                  {"status", 308},
                  {"location", other.url() + "/v2/"},
                  {"match", {{"path_prefix", "/"}, {"times", -1}}}});
    const auto ns = begin(scene, harbor, "strange", nullptr);
    const auto registry = scene.wait_condition("strange", "RegistryReachable", "False", "RegistryUnreachable");
    CHECK(has(message_of(registry, "RegistryReachable"), "redirect to " + other.url()));
    CHECK(has_secret(scene, ns));
    CHECK(other.requests().empty());
  }
  SECTION("the page of a proxy") {
    harbor.fault({{"fault", "status"},
                  {"status", 200},
                  {"body", "<html><body>Welcome</body></html>"},
                  {"content_type", "text/html"},
                  {"match", {{"path_prefix", "/"}, {"times", -1}}}});
    begin(scene, harbor, "strange", nullptr);
    const auto registry = scene.wait_condition("strange", "RegistryReachable", "False", "RegistryUnreachable");
    CHECK(has(message_of(registry, "RegistryReachable"), "is it the address of a Harbor?"));
    CHECK_FALSE(has(message_of(registry, "RegistryReachable"), "Welcome"));
  }
  SECTION("the error page of a proxy, for the token only") {
    harbor.fault({{"fault", "html_502"}, {"match", {{"path_prefix", "/service/token"}, {"times", -1}}}});
    begin(scene, harbor, "strange", nullptr);
    const auto registry = scene.wait_condition("strange", "RegistryReachable", "False", "RegistryUnreachable");
    CHECK(has(message_of(registry, "RegistryReachable"), "502"));
    CHECK_FALSE(has(message_of(registry, "RegistryReachable"), "nginx"));
  }
  scene.wait_condition("strange", "CredentialValid", "Unknown", "RegistryUnreachable");
  harbor.forget_faults();
  ask_verification(scene, "strange", "now");
  wait_well(scene, "strange");
}
