#include "plan/status_plan.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "unit/plan/fixtures.hpp"

namespace {

using Catch::Matchers::Contains;
using plan::Standing;
using plan::Tally;

api::HarborRegistry registry() {
  api::HarborRegistry made;
  made.meta.name = "prod";
  made.generation = 3;
  made.spec.host = "h.example";
  made.spec.credential_secret = "cred";
  made.reconcile_requested_at = "now";
  return made;
}

Tally::Group failure(std::string_view reason, std::int64_t count, bool accounts_only = false) {
  return {{std::string(reason), count, "because", {"team-a"}}, accounts_only};
}

struct Facts {
  api::HarborRegistry of = registry();
  plan::Entry entry = fixtures::entry("prod", "h.example");
  Tally tally = {};
  plan::CredentialReport credential = {};
  std::int64_t remaining = 0;

  [[nodiscard]] api::HarborRegistryStatus status(const std::string& now = "t1") const {
    return plan::plan_status({of, entry, tally, credential, remaining, now});
  }
  /// "True/Synced" of that condition.
  [[nodiscard]] std::string of_type(std::string_view type) const {
    const auto made = status();
    const auto* condition = plan::find_condition(made, type);
    return condition == nullptr ? "none" : condition->status + "/" + condition->reason;
  }
};

}  // namespace

TEST_CASE("conditions follow from the standing and the tally", "[plan]") {
  struct Row {
    std::string what;
    Standing standing;
    std::string_view reason;
    Tally tally;
    std::string ready, reconciling, stalled, secrets, accounts;
  };
  const std::string synced = "/Synced";
  const std::vector<Row> rows{{"all synced",
                               Standing::kActive,
                               "",
                               {3, 3, 0, 0, {}},
                               "True/Synced",
                               "False/Synced",
                               "False/Synced",
                               "True/Synced",
                               "True/Synced"},
                              {"nothing selected",
                               Standing::kActive,
                               "",
                               {},
                               "True/Synced",
                               "False/Synced",
                               "False/Synced",
                               "True/Synced",
                               "True/Synced"},
                              {"some not looked at",
                               Standing::kActive,
                               "",
                               {3, 1, 0, 2, {}},
                               "False/Progressing",
                               "True/Progressing",
                               "False/Progressing",
                               "False/Progressing",
                               "False/Progressing"},
                              {"some still waiting",
                               Standing::kActive,
                               "",
                               {3, 1, 2, 0, {}},
                               "False/Progressing",
                               "True/Progressing",
                               "False/Progressing",
                               "False/Progressing",
                               "False/Progressing"},
                              {"one foreign Secret",
                               Standing::kActive,
                               "",
                               {3, 2, 0, 0, {failure(plan::kSecretConflict, 1)}},
                               "False/PartiallySynced",
                               "False/PartiallySynced",
                               "True/PartiallySynced",
                               "False/PartiallySynced",
                               "False/PartiallySynced"},
                              {"a host conflict everywhere",
                               Standing::kActive,
                               "",
                               {3, 0, 0, 0, {failure(plan::kHostConflict, 3)}},
                               "False/HostConflict",
                               "False/HostConflict",
                               "True/HostConflict",
                               "False/HostConflict",
                               "False/PartiallySynced"},
                              {"a refusal that is tried again",
                               Standing::kActive,
                               "",
                               {3, 0, 0, 0, {failure(plan::kWriteFailed, 3)}},
                               "False/WriteFailed",
                               "True/WriteFailed",
                               "False/WriteFailed",
                               "False/WriteFailed",
                               "False/PartiallySynced"},
                              {"curable and incurable",
                               Standing::kActive,
                               "",
                               {3, 1, 0, 0, {failure(plan::kSecretConflict, 1), failure(plan::kWriteFailed, 1)}},
                               "False/PartiallySynced",
                               "True/PartiallySynced",
                               "False/PartiallySynced",
                               "False/PartiallySynced",
                               "False/PartiallySynced"},
                              {"incurable, but not all looked at",
                               Standing::kActive,
                               "",
                               {3, 1, 0, 1, {failure(plan::kSecretConflict, 1)}},
                               "False/PartiallySynced",
                               "True/PartiallySynced",
                               "False/PartiallySynced",
                               "False/PartiallySynced",
                               "False/PartiallySynced"},
                              {"only accounts fail",
                               Standing::kActive,
                               "",
                               {3, 2, 0, 0, {failure(plan::kServiceAccountContended, 1, true)}},
                               "False/PartiallySynced",
                               "True/PartiallySynced",
                               "False/PartiallySynced",
                               "True/Synced",
                               "False/PartiallySynced"},
                              {"credential missing",
                               Standing::kHeld,
                               plan::kCredentialSecretMissing,
                               {3, 0, 3, 0, {}},
                               "False/CredentialSecretMissing",
                               "True/CredentialSecretMissing",
                               "False/CredentialSecretMissing",
                               "Unknown/CredentialSecretMissing",
                               "Unknown/CredentialSecretMissing"},
                              {"credential invalid",
                               Standing::kHeld,
                               plan::kCredentialInvalid,
                               {3, 0, 3, 0, {}},
                               "False/CredentialInvalid",
                               "False/CredentialInvalid",
                               "True/CredentialInvalid",
                               "Unknown/CredentialInvalid",
                               "Unknown/CredentialInvalid"},
                              {"invalid spec",
                               Standing::kFrozen,
                               plan::kInvalidSpec,
                               {3, 0, 3, 0, {}},
                               "False/InvalidSpec",
                               "False/InvalidSpec",
                               "True/InvalidSpec",
                               "Unknown/InvalidSpec",
                               "Unknown/InvalidSpec"},
                              {"suspended",
                               Standing::kFrozen,
                               plan::kSuspended,
                               {3, 0, 3, 0, {}},
                               "False/Suspended",
                               "False/Suspended",
                               "False/Suspended",
                               "Unknown/Suspended",
                               "Unknown/Suspended"},
                              {"leaving",
                               Standing::kLeaving,
                               plan::kProgressing,
                               {},
                               "False/Progressing",
                               "True/Progressing",
                               "False/Progressing",
                               "Unknown/Progressing",
                               "Unknown/Progressing"}};
  for (const auto& row : rows) {
    Facts facts;
    facts.entry = fixtures::entry("prod", "h.example", row.standing);
    facts.entry.reason = row.reason;
    facts.entry.message = "why";
    facts.tally = row.tally;
    INFO(row.what);
    CHECK(facts.of_type("Ready") == row.ready);
    // The reason of a condition that is False because nothing is amiss is that of Ready.
    CHECK(facts.of_type("Reconciling") == row.reconciling);
    CHECK(facts.of_type("Stalled") == row.stalled);
    CHECK(facts.of_type("SecretsSynced") == row.secrets);
    CHECK(facts.of_type("ServiceAccountsAttached") == row.accounts);
    const auto status = facts.status();
    CHECK(status.conditions.size() == 7);
    for (const auto& condition : status.conditions) {
      CHECK(condition.observed_generation == 3);
      CHECK_FALSE(condition.reason.empty());
    }
  }
}

TEST_CASE("the credential's condition tells whether it was looked at", "[plan]") {
  Facts facts;
  REQUIRE(facts.of_type("CredentialValid") == "True/Verified");
  facts.entry = fixtures::entry("prod", "h.example", Standing::kHeld);
  REQUIRE(facts.of_type("CredentialValid") == "False/CredentialSecretMissing");
  facts.entry = fixtures::entry("prod", "h.example", Standing::kFrozen);
  REQUIRE(facts.of_type("CredentialValid") == "Unknown/Suspended");
}

TEST_CASE("Harbor, credential and spread are told apart, and Ready says what else is amiss", "[plan]") {
  Facts facts;
  facts.tally = {3, 3, 0, 0, {}};
  facts.credential.reach = {"False", std::string(plan::kRegistryUnreachable), "no answer"};
  facts.credential.record.trouble = plan::Trouble{std::string(plan::kRegistryUnreachable), "cannot be made"};
  REQUIRE(facts.of_type("RegistryReachable") == "False/RegistryUnreachable");
  REQUIRE(facts.of_type("CredentialValid") == "True/RotationFailed");
  REQUIRE(facts.of_type("Ready") == "True/Synced");  // what is distributed works
  REQUIRE(plan::find_condition(facts.status(), "Ready")->message ==
          "3 of 3 namespaces synced; RegistryUnreachable: no answer; RotationFailed: cannot be made");
  facts.tally = {3, 2, 0, 0, {failure(plan::kSecretConflict, 1)}};
  REQUIRE_THAT(plan::find_condition(facts.status(), "Ready")->message, !Contains("no answer"));
}

TEST_CASE("a credential that Harbor rejects stalls, one that it could not judge does not", "[plan]") {
  Facts facts;
  facts.entry = fixtures::entry("prod", "h.example", Standing::kHeld);
  facts.tally = {3, 0, 3, 0, {}};
  for (const auto reason : {plan::kAuthenticationFailed, plan::kPermissionDenied, plan::kProjectNotFound}) {
    facts.entry.reason = reason;
    REQUIRE(facts.of_type("Stalled") == "True/" + std::string(reason));
  }
  for (const auto reason : {plan::kProgressing, plan::kRegistryUnreachable}) {
    facts.entry.reason = reason;
    REQUIRE(facts.of_type("Stalled") == "False/" + std::string(reason));
  }
}

TEST_CASE("the facts of the credential are reported and read back", "[plan]") {
  Facts facts;
  facts.credential.facts = {"robot$x", 1, "2026-12-24T00:00:00Z", "2026-12-14T00:00:00Z", std::string(32, 'a')};
  const auto status = facts.status();
  REQUIRE(status.credential == facts.credential.facts);
  const auto read =
      api::parse_harbor_registry({{"metadata", {{"name", "prod"}}}, {"status", api::status_json(status)}});
  REQUIRE(read->status.credential == facts.credential.facts);
}

TEST_CASE("a registry that leaves waits for its namespaces first and then for its robots", "[plan]") {
  Facts facts;
  facts.entry = fixtures::entry("prod", "h.example", Standing::kLeaving);
  const auto told = [&] { return plan::find_condition(facts.status(), "Ready")->message; };
  facts.credential.remaining = 2;
  facts.remaining = 3;
  REQUIRE(told() == "being deleted; 3 namespaces left to clean");
  facts.remaining = 0;
  REQUIRE(told() == "being deleted; robot accounts are left to remove from Harbor");
  facts.credential.record.trouble = plan::Trouble{std::string(plan::kRegistryUnreachable), "no answer"};
  REQUIRE(told() == "being deleted; robot accounts are left to remove from Harbor: no answer");
  facts.credential.remaining = 0;
  REQUIRE(told() == "being deleted; 0 namespaces left to clean");
}

TEST_CASE("in mode None references are nobody's failure", "[plan]") {
  Facts facts;
  facts.entry.service_accounts.mode = api::AttachMode::kNone;
  facts.tally = {2, 1, 0, 0, {failure(plan::kSecretConflict, 1)}};
  REQUIRE(facts.of_type("ServiceAccountsAttached") == "True/Synced");
}

TEST_CASE("counters, trigger and generation are reported", "[plan]") {
  Facts facts;
  facts.tally = {5, 2, 0, 0, {failure(plan::kSecretConflict, 1), failure(plan::kWriteFailed, 2)}};
  const auto status = facts.status();
  REQUIRE(status.observed_generation == 3);
  REQUIRE(status.selected == 5);
  REQUIRE(status.synced == 2);
  REQUIRE(status.failed == 3);
  REQUIRE(status.namespaces == "2/5");
  REQUIRE(status.last_handled_reconcile_at == "now");
  REQUIRE(status.failures ==
          std::vector<api::FailureGroup>{facts.tally.failures[0].group, facts.tally.failures[1].group});
  REQUIRE(plan::find_condition(status, "Ready")->message ==
          "2 of 5 namespaces synced; SecretConflict (1, for example team-a): because; WriteFailed (2, for example "
          "team-a): because");
}

TEST_CASE("a registry that leaves says how many namespaces are left", "[plan]") {
  Facts facts;
  facts.entry = fixtures::entry("prod", "h.example", Standing::kLeaving);
  facts.remaining = 1;
  REQUIRE(plan::find_condition(facts.status(), "Ready")->message == "being deleted; 1 namespace left to clean");
}

TEST_CASE("the same facts later give the status that is stored", "[plan]") {
  Facts facts;
  facts.tally = {5, 2, 0, 0, {failure(plan::kSecretConflict, 3)}};
  facts.tally.failures[0].group.message = std::string(3000, 'x');
  const auto first = facts.status("t1");
  api::HarborRegistry stored = facts.of;
  stored.status =
      api::parse_harbor_registry({{"metadata", {{"name", "prod"}}}, {"status", api::status_json(first)}})->status;
  REQUIRE(stored.status == first);
  facts.of = stored;
  REQUIRE(facts.status("t2") == first);
}

TEST_CASE("a transition time moves only when the status flips", "[plan]") {
  Facts facts;
  facts.tally = {2, 0, 0, 2, {}};
  facts.of.status = facts.status("t1");
  facts.tally = {2, 1, 0, 0, {failure(plan::kWriteFailed, 1)}};
  auto next = facts.status("t2");
  REQUIRE(plan::find_condition(next, "Ready")->reason == plan::kPartiallySynced);
  REQUIRE(plan::find_condition(next, "Ready")->last_transition_time == "t1");
  facts.of.status = next;
  facts.tally = {2, 2, 0, 0, {}};
  next = facts.status("t3");
  REQUIRE(plan::find_condition(next, "Ready")->last_transition_time == "t3");
  REQUIRE(plan::find_condition(next, "Stalled")->last_transition_time == "t1");
}

TEST_CASE("a condition without a transition time gets one", "[plan]") {
  Facts facts;
  facts.of.status = facts.status("");
  REQUIRE(plan::find_condition(facts.status("t2"), "Ready")->last_transition_time == "t2");
}

TEST_CASE("the status stays within its bounds whatever fails, and is always JSON", "[plan]") {
  const std::string filler =
      GENERATE(std::string("x"), std::string("\xC3\xA4"), std::string("\xE2\x82\xAC"), std::string("\""));
  Facts facts;
  for (int i = 0; i < 30; ++i) {
    auto group = failure("SomeQuiteLongReasonOfFailure" + std::to_string(i), 1);
    for (int k = 0; k < 2000; ++k) group.group.message += filler;
    group.group.examples.assign(9, std::string(63, 'n'));
    facts.tally.failures.push_back(group);
  }
  facts.tally.selected = 30;
  const auto status = facts.status();
  REQUIRE(status.failed == 30);
  REQUIRE(status.failures.size() == api::kMaxFailures);
  for (const auto& group : status.failures) {
    REQUIRE(group.message.size() <= api::kMaxFailureMessage);
    REQUIRE_THAT(group.message, Catch::Matchers::EndsWith(" ..."));
    REQUIRE(group.examples.size() == api::kMaxExamples);
  }
  REQUIRE(api::status_json(status).dump().size() <= 16 * 1024);  // dump throws on half a character
}

TEST_CASE("Pods are counted while recovery is Evict, and only then", "[plan]") {
  Facts facts;
  const auto status = [&](bool refused) {
    return plan::plan_status({facts.of, facts.entry, facts.tally, facts.credential, 0, "t1", {2, 1}, refused});
  };
  CHECK_FALSE(status(true).pods);
  CHECK(plan::find_condition(status(true), "Ready")->message.find("deploy/pod-recovery") == std::string::npos);
  facts.of.spec.pod_recovery = api::PodRecovery::kEvict;
  facts.entry.evicts_pods = true;
  CHECK(status(false).pods == api::PodStatus{2, 1});
  CHECK(plan::find_condition(status(false), "Ready")->message.find("deploy/pod-recovery") == std::string::npos);
  const auto refused = status(true);
  CHECK(plan::find_condition(refused, "Ready")->status == "True");
  CHECK_THAT(plan::find_condition(refused, "Ready")->message, Contains("kubectl apply -k deploy/pod-recovery"));
}

TEST_CASE("status.pods is told with zeros, and is read back", "[plan]") {
  api::HarborRegistryStatus status;
  CHECK_FALSE(api::status_json(status).contains("pods"));
  status.pods.emplace();
  CHECK(api::status_json(status).at("pods").dump() == R"({"unrecoverable":0,"waiting":0})");
}
