#include "plan/book.hpp"

#include <catch2/catch.hpp>
#include <map>

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

/// Harbor took the given credential; there are no robots.
plan::CredentialSources proved() {
  plan::CredentialRecord record;
  record.proof = {plan::Proof::State::kProved, "Verified", "",
                  plan::digest({base::SecretString("u"), base::SecretString("pw")}, sim::keys())};
  return {.robots = [](const plan::RobotIdentity&) { return std::nullopt; },
          .record = [record](const plan::RobotIdentity&) { return record; }};
}

plan::Book book_of(std::vector<api::HarborRegistry> registries, std::optional<api::SourceSecret> source = good(),
                   const plan::CredentialSources& credentials = proved()) {
  return plan::make_book({.registries = std::move(registries),
                          .source = [&](const std::string& name) { return name == "cred" ? source : std::nullopt; },
                          .allowed_secret_names = {"harbor-pull", "other-pull"},
                          .own_namespace = "sys",
                          .credentials = credentials,
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

namespace {

using plan::Proof;
using plan::RobotPhase;

const plan::Credential kGiven{base::SecretString("u"), base::SecretString("pw")};

plan::RobotGeneration robot(int generation, RobotPhase phase, const std::string& endpoint = "https://h.example") {
  plan::RobotGeneration made;
  made.generation = generation;
  made.endpoint = endpoint;
  made.phase = phase;
  made.login = "robot$g" + std::to_string(generation);
  made.secret = base::SecretString("pw-" + std::to_string(generation));
  return made;
}

/// Robots and records of identities, "registry" or "registry/namespace".
struct Known {
  std::map<std::string, plan::RobotState> states = {};
  std::map<std::string, plan::CredentialRecord> records = {};

  static std::string key(const plan::RobotIdentity& of) { return of.registry + (of.ns.empty() ? "" : "/") + of.ns; }
  [[nodiscard]] plan::CredentialSources sources() const {
    return {.robots = [this](const plan::RobotIdentity& of) -> std::optional<plan::RobotState> {
              const auto found = states.find(key(of));
              return found == states.end() ? std::nullopt : std::optional(found->second);
            },
            .record =
                [this](const plan::RobotIdentity& of) {
                  const auto found = records.find(key(of));
                  return found == records.end() ? plan::CredentialRecord{} : found->second;
                }};
  }
  void prove(const std::string& of, Proof::State state, const plan::Credential& credential) {
    records[of].proof = {state, "AuthenticationFailed", "Harbor said so", plan::digest(credential, sim::keys())};
  }
};

api::HarborRegistry with_robot(api::Sharing sharing = api::Sharing::kShared) {
  auto made = registry();
  made.spec.credential_secret.clear();
  made.spec.robot = api::RobotSpec{.admin_secret = "admin", .sharing = sharing, .projects = {"library"}};
  return made;
}

}  // namespace

TEST_CASE("a given credential is written once it is proved, or when Harbor cannot be asked", "[plan]") {
  struct Row {
    std::string what;
    Proof::State state;
    bool of_another;     ///< the proof is about another credential
    bool proved_before;  ///< so says the status
    std::string reason;  ///< of being held
  };
  const std::string progressing(plan::kProgressing);
  const std::vector<Row> rows{
      {"never asked", Proof::State::kUnknown, false, false, progressing},
      {"proved", Proof::State::kProved, false, false, ""},
      {"Harbor is away", Proof::State::kUnreachable, false, false, ""},
      {"rejected", Proof::State::kRejected, false, false, "AuthenticationFailed"},
      {"the former was proved", Proof::State::kProved, true, false, progressing},
      {"the former could not be asked about", Proof::State::kUnreachable, true, false, progressing},
      {"the former was rejected", Proof::State::kRejected, true, false, progressing},
      {"after a restart", Proof::State::kUnknown, false, true, ""},
      {"the former was rejected, after a restart", Proof::State::kRejected, true, true, ""},
      {"proved before, rejected now", Proof::State::kRejected, false, true, "AuthenticationFailed"}};
  for (const auto& row : rows) {
    INFO(row.what);
    Known known;
    const plan::Credential former{base::SecretString("u"), base::SecretString("former")};
    known.prove("prod", row.state, row.of_another ? former : kGiven);
    auto made = registry();
    made.status.credential.content_hash = plan::credential_hash(row.proved_before ? kGiven : former, sim::keys());
    const auto entry = book_of({made}, good(), known.sources()).entries[0];
    REQUIRE(entry.standing == (row.reason.empty() ? Standing::kActive : Standing::kHeld));
    REQUIRE(entry.reason == row.reason);
    REQUIRE(entry.auth == plan::digest(kGiven, sim::keys()));
    if (row.reason == "AuthenticationFailed") REQUIRE(entry.message == "Harbor said so");
    if (row.reason == progressing) REQUIRE_THAT(entry.message, Contains("https://h.example"));
  }
}

TEST_CASE("a proof of another registry or of a namespace's robot counts for nothing", "[plan]") {
  Known known;
  known.prove("other", Proof::State::kProved, kGiven);
  known.prove("prod/team-a", Proof::State::kProved, kGiven);
  REQUIRE(book_of({registry()}, good(), known.sources()).entries[0].reason == plan::kProgressing);
}

TEST_CASE("a registry with a robot writes the current one and asks for no Secret", "[plan]") {
  Known known;
  known.states["prod"].robots = {robot(1, RobotPhase::kRetiring), robot(2, RobotPhase::kCurrent),
                                 robot(3, RobotPhase::kMinted)};
  SECTION("after a restart, too, as it was proved before it became the current one") {}
  SECTION("when Harbor is away") {
    known.prove("prod", Proof::State::kUnreachable, known.states["prod"].robots[1].credential());
  }
  SECTION("when the one that is to follow cannot be had") {
    known.records["prod"].trouble = plan::Trouble{"RegistryUnreachable", ""};
  }
  SECTION("when another was rejected") {
    known.prove("prod", Proof::State::kRejected, known.states["prod"].robots[0].credential());
  }
  const auto entry = book_of({with_robot()}, std::nullopt, known.sources()).entries[0];
  const auto expected = robot(2, RobotPhase::kCurrent).credential();
  REQUIRE(entry.standing == Standing::kActive);
  REQUIRE((entry.credential == expected));
  REQUIRE(entry.auth == plan::digest(expected, sim::keys()));
  REQUIRE_FALSE(entry.per_namespace);
}

TEST_CASE("a registry without a robot that can be given out is held", "[plan]") {
  Known known;
  std::string reason(plan::kProgressing);
  std::string message = "a robot account is being made";
  SECTION("as nothing is known yet") {}
  SECTION("as none is current") {
    known.states["prod"].robots = {robot(1, RobotPhase::kRetiring), robot(2, RobotPhase::kMinted)};
  }
  SECTION("as it is one of another Harbor") {
    known.states["prod"].robots = {robot(1, RobotPhase::kCurrent, "https://former.example")};
  }
  SECTION("as it cannot be had") {
    known.records["prod"].trouble = plan::Trouble{reason = "ProjectNotFound", "no such project"};
    message = "no such project";
  }
  SECTION("as it was rejected, and why there is no other is what matters") {
    known.states["prod"].robots = {robot(2, RobotPhase::kCurrent)};
    known.prove("prod", Proof::State::kRejected, known.states["prod"].robots[0].credential());
    known.records["prod"].trouble = plan::Trouble{reason = "PermissionDenied", "read-only"};
    message = "read-only; the present robot is of no use: " + known.records["prod"].proof.message;
  }
  SECTION("as it is one of another Harbor and the new one cannot be had") {
    known.states["prod"].robots = {robot(1, RobotPhase::kCurrent, "https://former.example")};
    known.records["prod"].trouble = plan::Trouble{reason = "PermissionDenied", "no right"};
    message = "no right";
  }
  SECTION("as Harbor rejects it") {
    known.states["prod"].robots = {robot(1, RobotPhase::kCurrent)};
    known.prove("prod", Proof::State::kRejected, known.states["prod"].robots[0].credential());
    reason = "AuthenticationFailed";
    message = "Harbor said so";
  }
  SECTION("as it is another's") { known.states["prod/team-a"].robots = {robot(1, RobotPhase::kCurrent)}; }
  const auto entry = book_of({with_robot()}, std::nullopt, known.sources()).entries[0];
  REQUIRE(entry.standing == Standing::kHeld);
  REQUIRE(entry.reason == reason);
  REQUIRE(entry.message == message);
}

TEST_CASE("with a robot for each namespace the Book is completed for one namespace at a time", "[plan]") {
  Known known;
  known.states["prod"].robots = {robot(9, RobotPhase::kCurrent)};  // a shared one of former times
  known.states["prod/team-a"].robots = {robot(1, RobotPhase::kCurrent)};
  known.records["prod/team-c"].trouble = plan::Trouble{"ProjectNotFound", "there is no project team-c"};
  auto shared = with_robot();
  shared.meta.name = "shared";
  known.states["shared"].robots = {robot(5, RobotPhase::kCurrent)};
  const auto book = book_of({with_robot(api::Sharing::kPerNamespace), shared}, std::nullopt, known.sources());
  REQUIRE(book.entries[0].per_namespace);
  REQUIRE(book.entries[0].standing == Standing::kActive);
  REQUIRE_FALSE(book.entries[0].credential.has_value());

  const auto own = [&](const std::string& ns) { return plan::book_for(book, ns, known.sources(), sim::keys()); };
  const auto expected = robot(1, RobotPhase::kCurrent).credential();
  REQUIRE((own("team-a").entries[0].credential == expected));
  REQUIRE(own("team-a").entries[0].auth == plan::digest(expected, sim::keys()));
  REQUIRE(own("team-a").entries[0].standing == Standing::kActive);
  REQUIRE(own("team-b").entries[0].standing == Standing::kHeld);
  REQUIRE(own("team-b").entries[0].reason == plan::kProgressing);
  REQUIRE(own("team-c").entries[0].reason == "ProjectNotFound");
  REQUIRE(own("team-c").entries[0].message == "there is no project team-c");
  for (const auto* ns : {"team-a", "team-b", "team-c"}) REQUIRE((own(ns).entries[1] == book.entries[1]));
}

TEST_CASE("one namespace's rejected robot is held there and nowhere else", "[plan]") {
  Known known;
  for (const std::string ns : {"team-a", "team-b"})
    known.states["prod/" + ns].robots = {robot(1, RobotPhase::kCurrent)};
  known.prove("prod/team-a", Proof::State::kRejected, known.states["prod/team-a"].robots[0].credential());
  const auto book = book_of({with_robot(api::Sharing::kPerNamespace)}, std::nullopt, known.sources());
  REQUIRE(plan::book_for(book, "team-a", known.sources(), sim::keys()).entries[0].standing == Standing::kHeld);
  REQUIRE(plan::book_for(book, "team-b", known.sources(), sim::keys()).entries[0].standing == Standing::kActive);
}

TEST_CASE("what holds or freezes a registry as a whole stays so in each namespace", "[plan]") {
  Known known;
  known.states["prod/team-a"].robots = {robot(1, RobotPhase::kCurrent)};
  auto made = with_robot(api::Sharing::kPerNamespace);
  SECTION("suspended") { made.spec.suspend = true; }
  SECTION("invalid") { made.spec_error = "no"; }
  SECTION("leaving") { made.deleting = true; }
  SECTION("without its finalizer") { made.finalizers.clear(); }
  const auto book = book_of({made}, std::nullopt, known.sources());
  REQUIRE(book.entries[0].standing != Standing::kActive);
  REQUIRE((plan::book_for(book, "team-a", known.sources(), sim::keys()) == book));
}

TEST_CASE("a robot is looked for at the endpoint, which need not be the host", "[plan]") {
  Known known;
  known.states["prod"].robots = {robot(1, RobotPhase::kCurrent, "https://api.example")};
  auto made = with_robot();
  REQUIRE(book_of({made}, std::nullopt, known.sources()).entries[0].standing == Standing::kHeld);
  made.spec.endpoint = "https://api.example";
  const auto entry = book_of({made}, std::nullopt, known.sources()).entries[0];
  REQUIRE(entry.standing == Standing::kActive);
  REQUIRE(entry.endpoint == "https://api.example");
  REQUIRE(entry.host == "h.example");
}
