#include "plan/credential_status.hpp"

#include <catch2/catch.hpp>

#include "plan/reasons.hpp"
#include "plan/status_plan.hpp"
#include "unit/plan/fixtures.hpp"

namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using plan::CredentialReport;
using plan::Finding;
using plan::Proof;
using plan::Standing;
using plan::Tally;

plan::Entry entry(Standing standing = Standing::kActive) {
  auto made = fixtures::entry("prod", "h.example", standing);
  made.endpoint = "https://h.example";
  made.message = standing == Standing::kActive ? "" : "why";
  return made;
}

CredentialReport proved(Proof::State state = Proof::State::kProved) {
  CredentialReport report;
  report.record.proof = {state, std::string(plan::kRegistryUnreachable), "no answer", entry().auth};
  return report;
}

Tally::Group failure(std::string_view reason, std::int64_t count, bool accounts_only = false) {
  return {{std::string(reason), count, "because", {"team-a"}}, accounts_only};
}

std::string short_of(const Finding& finding) { return finding.status + "/" + finding.reason; }

}  // namespace

TEST_CASE("whether Harbor answers is told as it was found, but not of a frozen registry", "[plan]") {
  CredentialReport report;
  REQUIRE(plan::judge_reach(entry(), report) ==
          Finding{"Unknown", "Progressing", "Harbor at https://h.example was not asked yet"});
  for (const Finding& reach : {Finding{"True", "Reachable", "v2.15"}, Finding{"False", "TLSUntrusted", "who is that"},
                               Finding{"True", "ClockSkew", "an hour"}}) {
    report.reach = reach;
    for (const auto standing : {Standing::kActive, Standing::kHeld, Standing::kLeaving}) {
      REQUIRE(plan::judge_reach(entry(standing), report) == reach);
    }
    REQUIRE(plan::judge_reach(entry(Standing::kFrozen), report) == Finding{"Unknown", "Suspended", "why"});
  }
}

TEST_CASE("whether the credential pulls follows from the standing first", "[plan]") {
  const auto judged = [](const plan::Entry& of) { return plan::judge_credential(of, proved(), {}); };
  REQUIRE(judged(entry(Standing::kFrozen)) == Finding{"Unknown", "Suspended", "why"});
  REQUIRE(judged(entry(Standing::kLeaving)) == Finding{"Unknown", "Progressing", "why"});
  auto held = entry(Standing::kHeld);
  for (const auto reason : {plan::kCredentialSecretMissing, plan::kAuthenticationFailed, plan::kProjectNotFound}) {
    held.reason = reason;
    REQUIRE(judged(held) == Finding{"False", std::string(reason), "why"});
  }
  held.reason = plan::kProgressing;
  REQUIRE(judged(held) == Finding{"Unknown", "Progressing", "why"});
  held.per_namespace = true;
  REQUIRE(judged(held) == Finding{"Unknown", "Progressing", "why"});
}

TEST_CASE("a given credential in use is told of as given, a robot's by its name", "[plan]") {
  auto report = proved();
  REQUIRE(plan::judge_credential(entry(), report, {}) ==
          Finding{"True", "Verified", "the given credential is accepted by Harbor at https://h.example"});
  report.robot = true;
  report.facts.robot = "robot$x";
  REQUIRE(plan::judge_credential(entry(), report, {}) ==
          Finding{"True", "Verified", "robot$x is accepted by Harbor at https://h.example"});
}

TEST_CASE("a credential that Harbor could not be asked about is not told to be verified", "[plan]") {
  auto report = proved(Proof::State::kUnreachable);
  REQUIRE(plan::judge_credential(entry(), report, {}) ==
          Finding{"Unknown", "RegistryUnreachable", "the given credential is not verified: no answer"});
  report.record.proof.of = {};  // that was another one
  REQUIRE(short_of(plan::judge_credential(entry(), report, {})) == "True/Verified");
}

TEST_CASE("a credential that works while the next one cannot be had says both", "[plan]") {
  auto report = proved();
  report.robot = true;
  report.facts.robot = "robot$x";
  report.record.trouble = plan::Trouble{"PermissionDenied", "no right to make robots"};
  const auto finding = plan::judge_credential(entry(), report, {});
  REQUIRE(short_of(finding) == "True/RotationFailed");
  REQUIRE_THAT(finding.message, Contains("robot$x works") && EndsWith("no right to make robots"));
}

TEST_CASE("with a robot for each namespace the credential is as good as the worst of them", "[plan]") {
  struct Row {
    std::string what;
    std::int64_t robots;
    std::vector<Tally::Group> failures;
    std::string expected;
    std::string message;
  };
  const std::vector<Row> rows{
      {"all there", 3, {}, "True/Verified", "3 of 3 robot accounts are there"},
      {"more than are selected, as some are retiring", 4, {}, "True/Verified", "4 of 3 robot accounts are there"},
      {"some are being made", 2, {}, "Unknown/Progressing", "2 of 3 robot accounts are there"},
      {"a failure that is not theirs", 3, {failure(plan::kSecretConflict, 1)}, "True/Verified", "3 of 3"},
      {"only references fail", 3, {failure(plan::kServiceAccountContended, 1, true)}, "True/Verified", "3 of 3"},
      {"a failure that is not theirs, and some are being made",
       1,
       {failure(plan::kWriteFailed, 1)},
       "Unknown/Progressing",
       "1 of 3"},
      {"one project is missing",
       2,
       {failure(plan::kProjectNotFound, 1)},
       "False/ProjectNotFound",
       "2 of 3 robot accounts are there; ProjectNotFound (1): because"},
      {"two reasons",
       1,
       {failure(plan::kProjectNotFound, 1), failure(plan::kSecretConflict, 1), failure(plan::kPermissionDenied, 1)},
       "False/PartiallySynced",
       "1 of 3 robot accounts are there; ProjectNotFound (1): because; PermissionDenied (1): because"},
      {"one works, but Harbor rejects it",
       3,
       {failure(plan::kAuthenticationFailed, 1)},
       "False/AuthenticationFailed",
       "3 of 3"}};
  auto of = entry();
  of.per_namespace = true;
  for (const auto& row : rows) {
    INFO(row.what);
    CredentialReport report;
    report.robot = true;
    report.facts.robots = row.robots;
    const auto finding = plan::judge_credential(of, report, {3, 0, 0, 0, row.failures});
    REQUIRE(short_of(finding) == row.expected);
    REQUIRE_THAT(finding.message, Catch::Matchers::StartsWith(row.message));
  }
}

TEST_CASE("a namespace whose robot pulls and cannot be replaced is named, and all is well otherwise", "[plan]") {
  auto of = entry();
  of.per_namespace = true;
  CredentialReport report;
  report.robot = true;
  report.facts.robots = 3;
  report.stuck = {2, "team-b", {std::string(plan::kProjectNotFound), "no such project"}};
  const auto finding = plan::judge_credential(of, report, {3, 3, 0, 0, {}});
  REQUIRE(short_of(finding) == "True/RotationFailed");
  const std::string told = "; RotationFailed (2, for example team-b): no such project";
  REQUIRE(finding.message == "3 of 3 robot accounts are there" + told);
  REQUIRE(plan::credential_caveat(of, report) == told);
}

TEST_CASE("every reason that a robot can lack is one of the credential's", "[plan]") {
  auto of = entry();
  of.per_namespace = true;
  for (const auto reason :
       {plan::kProjectNotFound, plan::kPermissionDenied, plan::kAuthenticationFailed, plan::kRegistryUnreachable,
        plan::kTlsUntrusted, plan::kCredentialSecretMissing, plan::kCredentialInvalid, plan::kRotationFailed}) {
    const Tally tally{1, 0, 0, 0, {failure(reason, 1)}};
    REQUIRE(short_of(plan::judge_credential(of, {}, tally)) == "False/" + std::string(reason));
  }
}

TEST_CASE("the caveat names what is amiss behind a credential that works", "[plan]") {
  CredentialReport report;
  REQUIRE(plan::credential_caveat(entry(), report).empty());
  report.reach = {"True", "Reachable", "v2.15"};
  REQUIRE(plan::credential_caveat(entry(), report).empty());
  report.reach = {"False", "RegistryUnreachable", "no answer"};
  REQUIRE(plan::credential_caveat(entry(), report) == "; RegistryUnreachable: no answer");
  report.record.trouble = plan::Trouble{"PermissionDenied", "no right"};
  REQUIRE(plan::credential_caveat(entry(), report) == "; RegistryUnreachable: no answer; RotationFailed: no right");
  report.reach = {};
  REQUIRE(plan::credential_caveat(entry(), report) == "; RotationFailed: no right");
  auto of = entry();
  of.per_namespace = true;
  REQUIRE(plan::credential_caveat(of, report).empty());  // that is told as the namespaces' failures
}

TEST_CASE("the facts of one robot are its own, of many the earliest times", "[plan]") {
  plan::RobotGeneration robot;
  robot.login = "robot$x";
  robot.expires_at = 1797592000;
  api::CredentialStatus facts;
  plan::add_robot(facts, {robot, 1795000000}, true);
  REQUIRE(facts == api::CredentialStatus{"robot$x", 1, "2026-12-18T11:06:40Z", "2026-11-18T11:06:40Z", ""});

  facts = {};
  plan::RobotGeneration eternal;
  eternal.login = "robot$y";
  plan::add_robot(facts, {eternal, std::nullopt}, false);
  REQUIRE(facts == api::CredentialStatus{"", 1, "", "", ""});
  plan::add_robot(facts, {robot, 1795000000}, false);
  auto sooner = robot;
  sooner.expires_at -= 60;
  plan::add_robot(facts, {sooner, 1795000060}, false);
  REQUIRE(facts == api::CredentialStatus{"", 3, "2026-12-18T11:05:40Z", "2026-11-18T11:06:40Z", ""});
}
