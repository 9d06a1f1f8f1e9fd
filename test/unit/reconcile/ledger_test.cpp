#include "reconcile/ledger.hpp"

#include <catch2/catch.hpp>

#include "plan/reasons.hpp"

namespace {

using reconcile::Ledger;
using reconcile::Record;
using reconcile::Records;
using reconcile::World;

/// Three namespaces, all of them meant by the entry "r".
struct Fixture {
  World world{"harbor-pull-system", {"harbor-pull"}};
  Ledger ledger;
  plan::Entry entry;

  Fixture() {
    entry.name = "r";
    entry.namespaces.selector = api::LabelSelector{};
    for (const char* name : {"a", "b", "c"}) world.namespaces.absorb({{"", name, "uid", 1}, {}, false, false});
  }
  Ledger::Noted note(const std::string& ns, Record record = {}) {
    return ledger.note(ns, ledger.begin(), Records{{"r", std::move(record)}});
  }
  [[nodiscard]] plan::Tally tally() const { return ledger.tally(entry, world); }
};

Record failure(const std::string& reason) { return {Record::State::kFailed, reason, "because", false}; }

}  // namespace

TEST_CASE("a namespace counts as pending until a run has told what became of it", "[reconcile]") {
  Fixture f;
  CHECK(f.tally().pending == 3);
  f.note("a");
  f.note("b", failure("WriteRefused"));
  const auto tally = f.tally();
  CHECK(tally.selected == 3);
  CHECK(tally.synced == 1);
  CHECK(tally.failed() == 1);
  CHECK(tally.pending == 1);
}

TEST_CASE("a run that began before a change does not answer for it", "[reconcile]") {
  Fixture f;
  const auto began = f.ledger.begin();
  f.ledger.expect("r", {"a"});
  f.ledger.note("a", began, Records{{"r", {}}});
  CHECK(f.ledger.awaited("r") == 1);
  CHECK(f.tally().pending == 3);
  const auto noted = f.note("a");
  CHECK(f.ledger.awaited("r") == 0);
  CHECK(noted.changed.contains("r"));
  CHECK(f.tally().synced == 1);
}

TEST_CASE("a namespace that is gone is awaited no longer", "[reconcile]") {
  Fixture f;
  f.ledger.expect("r", {"a"});
  CHECK(f.ledger.forget("a").changed.contains("r"));
  CHECK(f.ledger.awaited("r") == 0);
}

TEST_CASE("a failure is news once, and again only for another reason", "[reconcile]") {
  Fixture f;
  CHECK(f.note("a", failure("WriteRefused")).newly_failed.size() == 1);
  CHECK(f.note("a", failure("WriteRefused")).newly_failed.empty());
  CHECK(f.note("a", failure("SecretConflict")).newly_failed.size() == 1);
  CHECK(f.note("a").newly_failed.empty());
}

TEST_CASE("an outcome that is as before changes nothing, one that differs or vanishes does", "[reconcile]") {
  Fixture f;
  CHECK(f.note("a").changed.contains("r"));
  CHECK(f.note("a").changed.empty());
  CHECK(f.note("a", failure("WriteFailed")).changed.contains("r"));
  CHECK(f.ledger.note("a", f.ledger.begin(), {}).changed.contains("r"));
}

TEST_CASE("failures are grouped by reason with a few names", "[reconcile]") {
  Fixture f;
  for (int i = 0; i < 9; ++i) {
    const std::string name = "n" + std::to_string(i);
    f.world.namespaces.absorb({{"", name, "uid", 1}, {}, false, false});
    f.note(name, failure("WriteRefused"));
  }
  const auto tally = f.tally();
  REQUIRE(tally.failures.size() == 1);
  CHECK(tally.failures.front().group.count == 9);
  CHECK(tally.failures.front().group.examples.size() == 5);
}

TEST_CASE("only Secrets of ours in namespaces that stay hold a registry back", "[reconcile]") {
  Fixture f;
  auto& secrets = f.world.pull_secrets.at("harbor-pull");
  const auto place = [&](const std::string& ns, bool ours) {
    api::PullSecret secret;
    secret.meta = {ns, "harbor-pull", "uid-" + ns, 1};
    secret.ours = ours;
    secret.type_ok = true;
    secret.registries = {"r"};
    secrets.absorb(secret);
  };
  place("a", true);
  place("b", false);
  place("nowhere", true);
  f.world.namespaces.absorb({{"", "c", "uid", 2}, {}, false, true});
  place("c", true);
  CHECK(reconcile::holding_namespaces("r", f.world) == std::vector<std::string>{"a"});
}

TEST_CASE("a Secret is right after a run that says so, and while none is awaited", "[reconcile]") {
  Fixture f;
  CHECK_FALSE(f.ledger.secret_right("a", "r"));
  f.note("a");
  CHECK(f.ledger.secret_right("a", "r"));
  CHECK_FALSE(f.ledger.secret_right("a", "another"));
  CHECK_FALSE(f.ledger.secret_right("b", "r"));
  f.ledger.expect("r", {"a"});
  CHECK_FALSE(f.ledger.secret_right("a", "r"));
  f.note("a", failure("WriteRefused"));
  CHECK_FALSE(f.ledger.secret_right("a", "r"));
  f.note("a", {Record::State::kFailed, "ServiceAccountContended", "because", true});
  CHECK(f.ledger.secret_right("a", "r"));
  f.note("a", {Record::State::kWaiting, "", "", false});
  CHECK_FALSE(f.ledger.secret_right("a", "r"));
}
