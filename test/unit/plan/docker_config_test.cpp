#include "plan/docker_config.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "plan/redact.hpp"
#include "unit/plan/fixtures.hpp"

namespace {

using base::SecretString;
using Catch::Matchers::Contains;
using nlohmann::json;
using plan::Auths;
using plan::Credential;

const std::string kCanary = "c4n4ry-S3cret";

Credential credential(const std::string& username, const std::string& password) {
  return {SecretString(username), SecretString(password)};
}

api::SourceSecret docker_source(const std::string& config) {
  return {{}, std::string(api::kDockerConfigType), {{".dockerconfigjson", SecretString(config)}}};
}

api::SourceSecret basic_source(const std::string& username, const std::string& password) {
  return {{},
          std::string(api::kBasicAuthType),
          {{"password", SecretString(password)}, {"username", SecretString(username)}}};
}

std::string config_of(const std::string& host, const json& entry) { return json{{"auths", {{host, entry}}}}.dump(); }

std::string auth_of(const std::string& text) { return base::base64_encode(text); }

}  // namespace

TEST_CASE("a docker configuration is rendered with sorted keys and without spaces", "[plan]") {
  const Auths auths{{"b.example:8443", credential("u", "p")}, {"a.example", credential("robot$x", "q\"\n")}};
  REQUIRE(plan::render_docker_config(auths).reveal() ==
          R"({"auths":{"a.example":{"auth":"cm9ib3QkeDpxIgo=","password":"q\"\n","username":"robot$x"},)"
          R"("b.example:8443":{"auth":"dTpw","password":"p","username":"u"}}})");
  REQUIRE(plan::render_docker_config({}).reveal() == R"({"auths":{}})");
}

TEST_CASE("what is rendered is read back, to the same bytes", "[plan]") {
  const Auths auths{{"a.example", credential("u", "p\xC3\xA4:\\ \t")}, {"b.example", credential("u:v", "p")}};
  const auto bytes = plan::render_docker_config(auths);
  const auto again = plan::parse_docker_config(bytes.reveal());
  REQUIRE(again);
  REQUIRE((*again == auths));
  REQUIRE((plan::render_docker_config(*again) == bytes));
}

TEST_CASE("an entry is read by username and password or by auth", "[plan]") {
  struct Row {
    json entry;
    std::string username, password;
  };
  const std::vector<Row> rows{{{{"username", "u"}, {"password", "p"}}, "u", "p"},
                              {{{"auth", auth_of("u:p")}}, "u", "p"},
                              {{{"auth", auth_of("u:p:q")}}, "u", "p:q"},
                              {{{"username", "u"}, {"password", "p"}, {"auth", "???"}}, "u", "p"},
                              {{{"username", "u"}, {"auth", auth_of("u:p")}}, "u", "p"},
                              {{{"username", ""}, {"password", ""}, {"auth", auth_of("u:p")}}, "u", "p"},
                              {{{"username", "u"}, {"password", "p"}, {"email", "e"}, {"more", 1}}, "u", "p"}};
  for (const auto& row : rows) {
    INFO(row.entry);
    const auto auths = plan::parse_docker_config(config_of("h", row.entry));
    REQUIRE(auths);
    REQUIRE((auths->at("h") == credential(row.username, row.password)));
  }
}

TEST_CASE("an entry without a credential is left out", "[plan]") {
  for (const json& entry :
       {json::object(), json{{"auth", ""}}, json{{"identitytoken", "t"}}, json{{"auth", auth_of("x")}}}) {
    const auto auths = plan::parse_docker_config(config_of("h", entry));
    REQUIRE(auths);
    REQUIRE(auths->empty());
  }
}

TEST_CASE("a malformed docker configuration is refused without a word of it", "[plan]") {
  const std::vector<std::string> bad{"",
                                     kCanary,
                                     "{\"auths\":{\"h\":{\"password\":\"" + kCanary + "\"}}",
                                     "[\"" + kCanary + "\"]",
                                     "{\"" + kCanary + "\":1}",
                                     "{\"auths\":\"" + kCanary + "\"}",
                                     "{\"auths\":{\"h\":\"" + kCanary + "\"}}",
                                     "{\"auths\":{\"h\":{\"auth\":\"" + kCanary + "!\"}}}",
                                     "{\"auths\":{\"h\":{\"password\":\"" + kCanary + "\xFF\"}}}",
                                     std::string(200'000, '['),
                                     std::string(plan::kMaxDockerConfig + 1, ' ')};
  for (const auto& text : bad) {
    const auto auths = plan::parse_docker_config(text);
    REQUIRE_FALSE(auths);
    REQUIRE(auths.error().kind == base::ErrorKind::kInvalid);
    REQUIRE_THAT(auths.error().message, !Contains(kCanary) && !Contains(kCanary.substr(0, 4)));
    REQUIRE_FALSE(plan::read_credential(docker_source(text), "h"));
    REQUIRE(plan::digest_auths(text, sim::keys()).empty());
  }
}

TEST_CASE("the entry of a docker configuration is found however docker login wrote its key", "[plan]") {
  const std::string host = "h.example:8443";
  for (const std::string key : {"h.example:8443", "https://h.example:8443", "http://h.example:8443/",
                                "h.example:8443/v1/", "https://h.example:8443/v2/"}) {
    INFO(key);
    const auto found = plan::read_credential(docker_source(config_of(key, {{"auth", auth_of("u:p")}})), host);
    REQUIRE(found);
    REQUIRE((*found == credential("u", "p")));
  }
  for (const std::string key :
       {"h.example", "h.example:84", "x.h.example:8443", "", "https://", "ftp://h.example:8443"}) {
    const auto found = plan::read_credential(docker_source(config_of(key, {{"auth", auth_of("u:" + kCanary)}})), host);
    REQUIRE_FALSE(found);
    REQUIRE_THAT(found.error().message, Contains("no entry for h.example:8443") && !Contains(kCanary));
  }
}

TEST_CASE("the bare host is preferred to its other spellings", "[plan]") {
  const json config{{"auths",
                     {{"h/v1/", {{"auth", auth_of("a:a")}}},
                      {"h", {{"auth", auth_of("b:b")}}},
                      {"https://h", {{"auth", auth_of("c:c")}}}}}};
  REQUIRE((*plan::read_credential(docker_source(config.dump()), "h") == credential("b", "b")));
}

TEST_CASE("a basic-auth Secret gives its two keys", "[plan]") {
  REQUIRE((*plan::read_credential(basic_source("u", "p"), "any") == credential("u", "p")));
}

TEST_CASE("a Secret that gives no whole credential says which part is amiss, and no value", "[plan]") {
  struct Row {
    api::SourceSecret secret;
    std::string says;
  };
  const std::vector<Row> rows{
      {basic_source("", kCanary), "empty username"},
      {basic_source(kCanary, ""), "empty password"},
      {{{}, std::string(api::kBasicAuthType), {}}, "empty username"},
      {basic_source("u", kCanary + "\xFF"), "password that is not UTF-8"},
      {basic_source(kCanary + "\xC3", "p"), "username that is not UTF-8"},
      {docker_source(config_of("h", {{"auth", auth_of("u:" + kCanary + "\xFF")}})), "password that is not UTF-8"},
      {docker_source(config_of("h", {{"username", kCanary}})), "its entry for h has an empty password"},
      {{{}, std::string(api::kDockerConfigType), {{"wrong", SecretString(kCanary)}}}, "no key .dockerconfigjson"},
      {{{}, "Opaque", {{"password", SecretString(kCanary)}}}, "of type Opaque"}};
  for (const auto& row : rows) {
    const auto found = plan::read_credential(row.secret, "h");
    REQUIRE_FALSE(found);
    REQUIRE(found.error().kind == base::ErrorKind::kInvalid);
    REQUIRE_THAT(found.error().message, Contains(row.says) && !Contains(kCanary));
  }
}

TEST_CASE("digests tell credentials, contents and keys apart", "[plan]") {
  const plan::DigestKeys other{"m2", "a2"};
  REQUIRE(plan::digest(credential("ab", "c"), sim::keys()) == plan::digest(credential("ab", "c"), sim::keys()));
  REQUIRE(plan::digest(credential("ab", "c"), sim::keys()) != plan::digest(credential("a", "bc"), sim::keys()));
  REQUIRE(plan::digest(credential("1", "1:x"), sim::keys()) != plan::digest(credential("11:", "x"), sim::keys()));
  REQUIRE(plan::digest(credential("ab", "c"), sim::keys()) != plan::digest(credential("ab", "c"), other));
  REQUIRE(plan::digest_bytes("x", sim::keys()) != plan::digest_bytes("x", other));
  REQUIRE(plan::content_hash("x", sim::keys()).size() == 32);
  REQUIRE(plan::content_hash("x", sim::keys()) == plan::content_hash("x", {"another memory", sim::keys().annotation}));
  REQUIRE(plan::content_hash("x", sim::keys()) != plan::content_hash("x", other));
}

TEST_CASE("digests of the entries of a Secret are those of the credentials, sorted by host", "[plan]") {
  const Auths auths{{"b", credential("u", "p")}, {"a", credential("v", "q")}};
  const auto digests = plan::digest_auths(plan::render_docker_config(auths).reveal(), sim::keys());
  REQUIRE(digests == std::vector<api::AuthDigest>{{"a", plan::digest(auths.at("a"), sim::keys())},
                                                  {"b", plan::digest(auths.at("b"), sim::keys())}});
}

TEST_CASE("no form of a credential survives redaction", "[plan]") {
  const Auths auths{{"h", credential("robot$x", "p\"" + kCanary)}};
  const std::string password = "p\"" + kCanary;
  for (const auto& form : {password, auth_of(password), auth_of("robot$x:" + password), "p\\\"" + kCanary,
                           auth_of(std::string(plan::render_docker_config(auths).reveal()))}) {
    REQUIRE(plan::redact("a " + form + " b " + form, auths) == "a [redacted] b [redacted]");
  }
  REQUIRE(plan::redact("nothing here", auths) == "nothing here");
}

TEST_CASE("a piece of a credential does not survive redaction either", "[plan]") {
  const Auths auths{{"h", credential("robot$x", kCanary)}};
  const auto whole = auth_of(std::string(plan::render_docker_config(auths).reveal()));
  REQUIRE(plan::redact("a " + whole.substr(0, whole.size() / 2), auths) == "a [redacted]");
  REQUIRE(plan::redact("a " + whole.substr(5, 40) + " b", auths) == "a [redacted] b");
  REQUIRE(plan::redact("a " + kCanary.substr(0, 12), auths) == "a [redacted]");
}

TEST_CASE("redaction ends when the password is a part of its own replacement", "[plan]") {
  REQUIRE(plan::redact("a red car", {{"h", credential("u", "red")}}) == "a [redacted] car");
  REQUIRE_THAT(plan::redact("see", {{"h", credential("u", "e")}}), !Contains("see"));
}

TEST_CASE("the hash of a credential is the annotation key's, and tells user and password apart", "[plan]") {
  const auto hash = [](const char* user, const char* password, const plan::DigestKeys& keys) {
    return plan::credential_hash({base::SecretString(user), base::SecretString(password)}, keys);
  };
  const auto of = hash("ab", "c", sim::keys());
  REQUIRE(of.size() == api::kContentHashSize);
  REQUIRE(of.find_first_not_of("0123456789abcdef") == std::string::npos);
  REQUIRE(of == hash("ab", "c", {"another process", sim::keys().annotation}));
  REQUIRE(of != hash("ab", "c", {sim::keys().memory, "another cluster"}));
  REQUIRE(of != hash("a", "bc", sim::keys()));
  REQUIRE(of != hash("c", "ab", sim::keys()));
  REQUIRE(of != hash("ab", "d", sim::keys()));
}
