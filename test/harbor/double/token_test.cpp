// Tokens as a registry checks them: by the public key alone.
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>

#include "base/digest.hpp"
#include "harbor/double/robot_bodies.hpp"
#include "harbor/double/text.hpp"

using namespace support;
using namespace double_test;

namespace {

std::string from_base64url(std::string text) {
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  text.append((4 - text.size() % 4) % 4, '=');
  return base::base64_decode(text).value();
}

/// RS256 with nothing of the double in it.
bool signed_with(const std::string& public_pem, const std::string& jwt) {
  const std::unique_ptr<BIO, void (*)(BIO*)> pem(
      BIO_new_mem_buf(public_pem.data(), static_cast<int>(public_pem.size())), BIO_free_all);
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(PEM_read_bio_PUBKEY(pem.get(), nullptr, nullptr, nullptr),
                                                           EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  const auto text = jwt.substr(0, jwt.rfind('.'));
  const auto signature = from_base64url(jwt.substr(jwt.rfind('.') + 1));
  EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get());
  return EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                          reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
}

Json part(const std::string& jwt, std::size_t number) {
  return Json::parse(from_base64url(harbor_double::split(jwt, '.').at(number)));
}

std::string token_for(const HarborDouble& harbor, const Login& login, const std::string& scope) {
  return harbor.api(login, "GET", kToken + ("&scope=" + scope)).require().at("token");
}

int v2_with(const HarborDouble& harbor, const std::string& jwt) {
  const auto response = Client(harbor.url(), harbor.ca_pem(), jwt).get("/v2/");
  return response.status;
}

}  // namespace

TEST_CASE("a token is signed with the key that the control port shows, and says who and what", "[double]") {
  HarborDouble harbor;
  harbor.make_project("team-a");
  const auto robot = harbor.make_robot(puller("team-a"));
  const auto jwt = token_for(harbor, login_of(robot), "repository:team-a/app:pull,push");
  const auto key = harbor.control("GET", "/token_key");

  CHECK(signed_with(key["public_key"], jwt));
  CHECK(part(jwt, 0) == Json{{"alg", "RS256"}, {"typ", "JWT"}, {"kid", key["kid"]}});
  const auto claims = part(jwt, 1);
  CHECK(claims["sub"] == robot["name"]);
  CHECK(claims["exp"].get<int>() - claims["iat"].get<int>() == 1800);
  CHECK(claims["access"] == Json::array({{{"type", "repository"}, {"name", "team-a/app"}, {"actions", {"pull"}}}}));
  auto forged = jwt;
  forged[forged.find('.') + 5] ^= 1;
  CHECK_FALSE(signed_with(key["public_key"], forged));
  CHECK(v2_with(harbor, jwt) == 200);
  CHECK(v2_with(harbor, forged) == 401);
}

TEST_CASE("a token ends with its time, not with its robot", "[double]") {
  HarborDouble harbor;
  harbor.make_project("team-a");
  const auto robot = harbor.make_robot(puller("team-a"));
  const auto jwt = token_for(harbor, login_of(robot), "repository:team-a/app:pull");
  harbor.control("DELETE", "/robots/" + robot["id"].dump());
  CHECK(v2_with(harbor, jwt) == 200);
  harbor.set_clock(std::chrono::seconds(1800 + 50));
  CHECK(v2_with(harbor, jwt) == 200);  // it is given a minute more
  harbor.set_clock(std::chrono::seconds(1800 + 70));
  CHECK(v2_with(harbor, jwt) == 401);
}

TEST_CASE("a shifted clock is Harbor's clock everywhere", "[double]") {
  HarborDouble harbor;
  harbor.set_login_delay(Millis{0});
  harbor.make_project("team-a");
  auto body = puller("team-a");
  body["duration"] = 1;
  const auto robot = harbor.make_robot(body);
  const auto time = [&] { return harbor.as_admin("GET", kSystemInfo).json.at("current_time").get<std::string>(); };
  const auto before = harbor_double::parse_time(time());
  harbor.set_clock(std::chrono::hours(23));
  CHECK(harbor.api(login_of(robot), "GET", kCurrentUser).status == 412);
  harbor.set_clock(std::chrono::hours(25));
  CHECK(harbor_double::parse_time(time()).value() - before.value() >= 25 * 3600 * 1000);
  CHECK(harbor.api(login_of(robot), "GET", kCurrentUser).status == 401);
  harbor.set_clock(std::chrono::hours(-25));
  CHECK(harbor.api(login_of(robot), "GET", kCurrentUser).status == 412);
}
