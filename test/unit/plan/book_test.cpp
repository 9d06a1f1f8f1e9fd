#include "plan/book.hpp"

#include <catch2/catch.hpp>

#include "unit/plan/fixtures.hpp"

namespace {

using Catch::Matchers::Contains;
using plan::Standing;

api::HarborRegistry registry(const std::string& name = "prod", const std::string& created = "2026-11-23T10:00:00Z") {
  api::HarborRegistry made;
  made.meta.name = name;
  made.creation_timestamp = created;
  made.finalizers = {std::string(api::kFinalizer)};
  made.spec.host = "h.example";
  made.spec.credential_secret = "cred";
  made.spec.namespaces.names = {"*"};
  return made;
}

api::SourceSecret good() {
  return {{},
          std::string(api::kBasicAuthType),
          {{"password", base::SecretString("pw")}, {"username", base::SecretString("u")}}};
}

plan::Book book_of(std::vector<api::HarborRegistry> registries, std::optional<api::SourceSecret> source = good()) {
  return plan::make_book({.registries = std::move(registries),
                          .source = [&](const std::string& name) { return name == "cred" ? source : std::nullopt; },
                          .allowed_secret_names = {"harbor-pull", "other-pull"},
                          .own_namespace = "sys",
                          .keys = sim::keys()});
}

}  // namespace

TEST_CASE("the oldest registry comes first, and of one second the first by name", "[plan]") {
  const auto book = book_of(
      {registry("c", "2026-11-23T10:00:01Z"), registry("b"), registry("a"), registry("d", "2025-12-31T23:59:59Z")});
  std::string order;
  for (const auto& entry : book.entries) order += entry.name;
  REQUIRE(order == "dabc");
  REQUIRE(book.find("c") == &book.entries[3]);
  REQUIRE(book.find("x") == nullptr);
}

TEST_CASE("a registry with a usable credential and our finalizer is active", "[plan]") {
  const auto entry = book_of({registry()}).entries[0];
  REQUIRE(entry.standing == Standing::kActive);
  REQUIRE((entry.reason.empty() && entry.message.empty()));
  const plan::Credential expected{base::SecretString("u"), base::SecretString("pw")};
  REQUIRE((entry.credential == expected));
  REQUIRE(entry.auth == plan::digest(expected, sim::keys()));
}

TEST_CASE("the standing of a registry follows from a table", "[plan]") {
  auto made = registry();
  auto source = std::optional(good());
  Standing standing = Standing::kFrozen;
  std::string reason;
  SECTION("without its credential Secret it is held") {
    source.reset(), standing = Standing::kHeld, reason = plan::kCredentialSecretMissing;
  }
  SECTION("with an unusable credential it is held") {
    source->type = "Opaque", standing = Standing::kHeld, reason = plan::kCredentialInvalid;
  }
  SECTION("without our finalizer it is held") {
    made.finalizers = {"theirs"}, standing = Standing::kHeld, reason = plan::kProgressing;
  }
  SECTION("without finalizer and credential the credential is named") {
    made.finalizers.clear(), source.reset(), standing = Standing::kHeld, reason = plan::kCredentialSecretMissing;
  }
  SECTION("suspended it is frozen") { made.spec.suspend = true, reason = plan::kSuspended; }
  SECTION("with a spec error it is frozen") { made.spec_error = "no", reason = plan::kInvalidSpec; }
  SECTION("with a Secret name that is not allowed it is frozen") {
    made.spec.secret_name = "mine", reason = plan::kInvalidSpec;
  }
  SECTION("with a namespace selector nobody understands it is frozen") {
    made.spec.namespaces.selector = api::LabelSelector{{}, {{"k", "Near", {}}}}, reason = plan::kInvalidSpec;
  }
  SECTION("with a ServiceAccount selector nobody understands it is frozen") {
    made.spec.service_accounts.selector = api::LabelSelector{{}, {{"k", "In", {}}}}, reason = plan::kInvalidSpec;
  }
  SECTION("invalid goes before suspended") {
    made.spec_error = "no", made.spec.suspend = true, reason = plan::kInvalidSpec;
  }
  SECTION("deleted with Retain it is frozen") {
    made.deleting = true, made.spec.deletion_policy = api::DeletionPolicy::kRetain, reason = plan::kProgressing;
  }
  SECTION("deleted with Delete it leaves") {
    made.deleting = true, standing = Standing::kLeaving, reason = plan::kProgressing;
  }
  SECTION("deleted with Delete it leaves, also when suspended") {
    made.deleting = made.spec.suspend = true, standing = Standing::kLeaving, reason = plan::kProgressing;
  }
  SECTION("deleted with Delete it leaves, also when its Secret is missing") {
    made.deleting = true, source.reset(), standing = Standing::kLeaving, reason = plan::kProgressing;
  }
  const auto entry = book_of({made}, source).entries[0];
  REQUIRE(entry.standing == standing);
  REQUIRE(entry.reason == reason);
  REQUIRE_FALSE(entry.message.empty());
  const bool only_the_finalizer = standing == Standing::kHeld && reason == plan::kProgressing;
  REQUIRE(entry.credential.has_value() == only_the_finalizer);
}

TEST_CASE("what holds or freezes a registry names its place and the remedy", "[plan]") {
  REQUIRE_THAT(book_of({registry()}, std::nullopt).entries[0].message,
               Contains("Secret sys/cred (spec.credential.secretRef) does not exist; create it"));
  auto broken = good();
  broken.data[0].second = base::SecretString("");
  REQUIRE_THAT(book_of({registry()}, broken).entries[0].message,
               Contains("Secret sys/cred cannot be used: it has an empty password"));
  auto made = registry();
  made.spec.secret_name = "mine";
  REQUIRE_THAT(book_of({made}).entries[0].message, Contains("spec.secretName is mine") &&
                                                       Contains("harbor-pull, other-pull") &&
                                                       Contains("--secret-name mine"));
}
