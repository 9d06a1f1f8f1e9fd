#include "plan/namespace_plan.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "unit/plan/fixtures.hpp"

namespace {

using fixtures::account;
using fixtures::entry;
using fixtures::plan_of;
using fixtures::secret;
using fixtures::world;
using plan::Claim;
using plan::Standing;
using plan::Step;
using Steps = std::vector<Step>;
using Texts = std::vector<std::string>;

plan::DeleteSecret deleted() { return {"harbor-pull", "uid", 7, "no registry wants it here any more"}; }
plan::Detach detached(const api::ServiceAccount& seen) {
  return {seen, "harbor-pull", "no registry wants it here any more"};
}
plan::WriteSecret updated(Texts registries, Texts sources, Texts keep_hosts) {
  return {"harbor-pull",         "uid",
          std::move(registries), std::move(sources),
          std::move(keep_hosts), "differs from what it should hold"};
}

}  // namespace

TEST_CASE("a new namespace gets the Secret first and then the reference", "[plan]") {
  auto here = world({entry("prod", "h.example")});
  here.accounts = {account("default", {"theirs"}), account("builder")};
  const auto plan = plan_of(here);
  REQUIRE(plan.steps == Steps{plan::WriteSecret{"harbor-pull", "", {"prod"}, {"prod"}, {}, "missing"},
                              plan::Attach{here.accounts[0], "harbor-pull", {"prod"}, "missing"}});
  REQUIRE(plan.claims == std::vector<Claim>{{"prod", Claim::State::kWanted, "", ""}});
}

TEST_CASE("a namespace that is as it should be gets no step", "[plan]") {
  auto here = world({entry("prod", "h.example")});
  here.secrets["harbor-pull"] = secret({{"h.example", "prod"}});
  here.accounts = {account("default", {"harbor-pull"}, {"harbor-pull"})};
  REQUIRE(plan_of(here).steps.empty());
}

TEST_CASE("one changed fact of a Secret of ours makes one update of that very object", "[plan]") {
  auto here = world({entry("prod", "h.example")});
  auto& ours = here.secrets["harbor-pull"] = secret({{"h.example", "prod"}});
  SECTION("a label") { ours.labels_ok = false; }
  SECTION("the annotation of registries") {
    ours.registries = {"prod", "x"}, here.book.entries.push_back(entry("x", "x", Standing::kLeaving));
  }
  SECTION("the content hash") { ours.content_hash = "0"; }
  SECTION("the bytes") { ours.bytes += " "; }
  SECTION("the credential") { here.book.entries[0].credential->password = base::SecretString("new"); }
  SECTION("the host") { here.book.entries[0].host = "new.example"; }
  REQUIRE(plan_of(here).steps == Steps{updated({"prod"}, {"prod"}, {})});
}

TEST_CASE("a key that somebody added to our Secret does not make us write, as apply cannot remove it", "[plan]") {
  auto here = world({entry("prod", "h.example")});
  here.secrets["harbor-pull"] = secret({{"h.example", "prod"}});
  here.secrets["harbor-pull"].extra_key = true;
  REQUIRE(plan_of(here).steps.empty());
}

TEST_CASE("a foreign Secret of our name is refused, not attached, and the other name goes on", "[plan]") {
  auto other = entry("other", "o.example");
  other.secret_name = "other-pull";
  auto here = world({entry("prod", "h.example"), other});
  here.secret_names = {"harbor-pull", "other-pull"};
  here.secrets["harbor-pull"] = secret({{"h.example", "prod"}});
  here.accounts = {account("default")};
  SECTION("made by someone else") { here.secrets["harbor-pull"].ours = false; }
  SECTION("of another type") { here.secrets["harbor-pull"].type_ok = false; }
  const auto plan = plan_of(here);
  REQUIRE(plan.steps.size() == 3);
  const auto& refused = std::get<plan::Refuse>(plan.steps[0]);
  REQUIRE(refused.reason == plan::kSecretConflict);
  REQUIRE(refused.registries == Texts{"prod"});
  REQUIRE(std::get<plan::WriteSecret>(plan.steps[1]).secret_name == "other-pull");
  REQUIRE(std::get<plan::Attach>(plan.steps[2]).secret_name == "other-pull");
}

TEST_CASE("when nobody wants the Secret any more it is detached first and then deleted", "[plan]") {
  auto here = world({entry("prod", "h.example")});
  here.secrets["harbor-pull"] = secret({{"h.example", "prod"}});
  here.accounts = {account("default", {"a", "harbor-pull"}, {"harbor-pull"})};
  SECTION("deselected") { here.book.entries[0].namespaces.selector->match_labels = {{"env", "prod"}}; }
  SECTION("excluded") { here.book.entries[0].namespaces.exclude = {"team-*"}; }
  SECTION("ignored") { here.ns.ignored = true; }
  SECTION("leaving") { here.book.entries[0].standing = Standing::kLeaving; }
  REQUIRE(plan_of(here).steps == Steps{detached(here.accounts[0]), deleted()});
}

TEST_CASE("a Secret that is being deleted already is not deleted again", "[plan]") {
  auto here = world({});
  auto& ours = here.secrets["harbor-pull"] = secret({{"h.example", "prod"}});
  here.book.entries = {entry("prod", "h.example", Standing::kLeaving)};
  REQUIRE(plan_of(here).steps == Steps{deleted()});
  ours.terminating = true;
  REQUIRE(plan_of(here).steps.empty());
}

TEST_CASE("a namespace that is gone or going gets no steps and no claims", "[plan]") {
  auto here = world({entry("prod", "h.example")});
  auto facts = here.facts();
  SECTION("gone") { facts.ns.reset(); }
  SECTION("terminating") { facts.ns->terminating = true; }
  const auto plan = plan::plan_namespace(facts, here.book, sim::keys());
  REQUIRE((plan.steps.empty() && plan.claims.empty()));
}

TEST_CASE("only an entry that the operator recorded is detached", "[plan]") {
  struct Row {
    api::ServiceAccount seen;
    bool step;
  };
  auto ignored = account("default", {"harbor-pull"}, {"harbor-pull"});
  ignored.ignored = true;
  auto terminating = account("default", {"harbor-pull"}, {"harbor-pull"});
  terminating.terminating = true;
  const std::vector<Row> rows{{account("builder", {"harbor-pull"}), false},
                              {account("builder", {"harbor-pull"}, {"harbor-pull"}), true},
                              {account("builder", {}, {"harbor-pull"}), true},
                              {account("builder", {"harbor-pull"}, {"another"}), false},
                              {ignored, true},
                              {terminating, false},
                              {account("default", {"harbor-pull"}, {"harbor-pull"}), false}};
  for (const auto& row : rows) {
    auto here = world({entry("prod", "h.example")});
    here.secrets["harbor-pull"] = secret({{"h.example", "prod"}});
    here.accounts = {row.seen};
    INFO(row.seen.meta.name << row.seen.pull_secrets.size() << row.seen.attached.size());
    REQUIRE(plan_of(here).steps == (row.step ? Steps{detached(row.seen)} : Steps{}));
  }
}

TEST_CASE("an entry of ours that vanished is attached again and says so", "[plan]") {
  auto here = world({entry("prod", "h.example")});
  here.secrets["harbor-pull"] = secret({{"h.example", "prod"}});
  here.accounts = {account("default", {}, {"harbor-pull"})};
  REQUIRE(plan_of(here).steps == Steps{plan::Attach{here.accounts[0], "harbor-pull", {"prod"}, "vanished"}});
}

TEST_CASE("mode None writes the Secret and takes back only references of its own", "[plan]") {
  auto here = world({entry("prod", "h.example")});
  here.book.entries[0].service_accounts.mode = api::AttachMode::kNone;
  here.secrets["harbor-pull"] = secret({{"h.example", "prod"}});
  here.accounts = {account("default", {"harbor-pull"}), account("ci"), account("x", {"harbor-pull"}, {"harbor-pull"})};
  REQUIRE(plan_of(here).steps == Steps{detached(here.accounts[2])});
}

TEST_CASE("of two registries with one host the older serves the namespace", "[plan]") {
  auto younger = entry("young", "h.example");
  younger.secret_name = GENERATE("harbor-pull", "other-pull");
  auto here = world({entry("old", "h.example"), younger});
  here.secret_names = {"harbor-pull", "other-pull"};
  SECTION("when both are active") {}
  SECTION("when the older is suspended") { here.book.entries[0] = entry("old", "h.example", Standing::kFrozen); }
  SECTION("when the older is held") { here.book.entries[0] = entry("old", "h.example", Standing::kHeld); }
  const auto plan = plan_of(here);
  REQUIRE(plan.claims.size() == 2);
  REQUIRE(plan.claims[0].state != Claim::State::kFailed);
  REQUIRE(plan.claims[1].state == Claim::State::kFailed);
  REQUIRE(plan.claims[1].reason == plan::kHostConflict);
  REQUIRE_THAT(plan.claims[1].message, Catch::Matchers::Contains("HarborRegistry old is older"));
  for (const auto& step : plan.steps) REQUIRE(std::get<plan::WriteSecret>(step).sources == Texts{"old"});
}

TEST_CASE("a host is free for the younger when the older cannot use it", "[plan]") {
  auto here = world({entry("old", "h.example"), entry("young", "h.example")});
  SECTION("as its spec is invalid") {
    here.book.entries[0] = entry("old", "h.example", Standing::kFrozen);
    here.book.entries[0].reason = plan::kInvalidSpec;
  }
  SECTION("as it is leaving") { here.book.entries[0] = entry("old", "h.example", Standing::kLeaving); }
  SECTION("as it does not mean the namespace") { here.book.entries[0].namespaces.exclude = {"*"}; }
  const auto plan = plan_of(here);
  REQUIRE(plan.claims.back() == Claim{"young", Claim::State::kWanted, "", ""});
  REQUIRE(plan.steps == Steps{plan::WriteSecret{"harbor-pull", "", {"young"}, {"young"}, {}, "missing"}});
}

TEST_CASE("a held registry keeps what exists and begins nothing new", "[plan]") {
  auto here = world({entry("prod", "h.example", Standing::kHeld)});
  here.accounts = {account("default", {"harbor-pull"}, {"harbor-pull"})};
  SECTION("nothing where nothing is") { here.accounts = {account("default")}; }
  SECTION("not even a reference without its Secret is taken away") {}
  SECTION("its Secret stays") { here.secrets["harbor-pull"] = secret({{"h.example", "prod"}}); }
  SECTION("its Secret stays when its host was changed since") {
    here.secrets["harbor-pull"] = secret({{"former.example", "prod"}});
  }
  SECTION("its Secret stays when it cannot be read") {
    here.secrets["harbor-pull"] = secret({{"h.example", "prod"}});
    here.secrets["harbor-pull"].bytes = "{";
  }
  REQUIRE(plan_of(here).claims[0].state == Claim::State::kWaiting);
  REQUIRE(plan_of(here).steps.empty());
}

TEST_CASE("what holds up a namespace's own robot is that namespace's failure", "[plan]") {
  struct Row {
    bool per_namespace;
    Standing standing;
    std::string_view reason;
    Claim expected;
  };
  const Claim waiting{"prod", Claim::State::kWaiting, "", ""};
  const std::vector<Row> rows{
      {true, Standing::kHeld, plan::kProjectNotFound, {"prod", Claim::State::kFailed, "ProjectNotFound", "why"}},
      {true,
       Standing::kHeld,
       plan::kRegistryUnreachable,
       {"prod", Claim::State::kFailed, "RegistryUnreachable", "why"}},
      {true, Standing::kHeld, plan::kProgressing, waiting},
      {true, Standing::kFrozen, plan::kSuspended, waiting},
      {true, Standing::kActive, "", {"prod", Claim::State::kWanted, "", ""}},
      {false, Standing::kHeld, plan::kProjectNotFound, waiting},
      {false, Standing::kHeld, plan::kProgressing, waiting}};
  for (const auto& row : rows) {
    INFO(row.per_namespace << " " << row.reason);
    auto here = world({entry("prod", "h.example", row.standing)});
    here.book.entries[0].per_namespace = row.per_namespace;
    here.book.entries[0].reason = row.reason;
    here.book.entries[0].message = "why";
    here.secrets["harbor-pull"] = secret({{"h.example", "prod"}});
    here.accounts = {account("default", {"harbor-pull"}, {"harbor-pull"})};
    REQUIRE(plan_of(here).claims == std::vector<Claim>{row.expected});
    REQUIRE(plan_of(here).steps.empty());  // what works stays, whatever holds the next one up
  }
}

TEST_CASE("a held registry that never placed anything does not keep references to a Secret that goes", "[plan]") {
  auto here = world({entry("gone", "g.example", Standing::kLeaving), entry("prod", "h.example", Standing::kHeld)});
  here.secrets["harbor-pull"] = secret({{"g.example", "gone"}});
  here.accounts = {account("default", {"harbor-pull"}, {"harbor-pull"})};
  REQUIRE(plan_of(here).steps == Steps{detached(here.accounts[0]), deleted()});
}

TEST_CASE("a frozen registry that never placed anything does not keep the Secret of one that leaves", "[plan]") {
  auto here = world({entry("gone", "g.example", Standing::kLeaving), entry("prod", "h.example", Standing::kFrozen)});
  SECTION("with another host") {}
  SECTION("with the same host") { here.book.entries[1].host = "g.example"; }
  here.secrets["harbor-pull"] = secret({{"g.example", "gone"}});
  here.accounts = {account("default", {"harbor-pull"}, {"harbor-pull"})};
  REQUIRE(plan_of(here).steps == Steps{detached(here.accounts[0]), deleted()});
}

TEST_CASE("a frozen or unknown registry that the Secret names keeps its share, selecting or not", "[plan]") {
  auto frozen = entry("keep", "k.example", Standing::kFrozen);
  auto here = world({frozen, entry("other", "o.example")});
  here.secrets["harbor-pull"] = secret({{"k.example", "keep"}, {"o.example", "other"}});
  here.accounts = {account("ci", {"harbor-pull"}, {"harbor-pull"})};
  SECTION("suspended") {}
  SECTION("suspended and deselected") { here.book.entries[0].namespaces.exclude = {"*"}; }
  SECTION("suspended, and its host was changed since") { here.book.entries[0].host = "new.example"; }
  SECTION("with an invalid spec") { here.book.entries[0].reason = plan::kInvalidSpec; }
  SECTION("unknown") { here.book.entries.erase(here.book.entries.begin()); }
  SECTION("unknown, and its host belongs to a registry that means other namespaces") {
    here.book.entries[0] = entry("elsewhere", "k.example");
    here.book.entries[0].namespaces.exclude = {"*"};
  }
  REQUIRE(plan_of(here).steps.empty());
  here.book.entries.back() = entry("other", "o.example", Standing::kLeaving);
  REQUIRE(plan_of(here).steps == Steps{updated({"keep"}, {}, {"k.example"})});
}

TEST_CASE("while only frozen registries have a share not even labels are mended", "[plan]") {
  auto here = world({entry("keep", "k.example", Standing::kFrozen)});
  here.secrets["harbor-pull"] = secret({{"k.example", "keep"}});
  here.secrets["harbor-pull"].labels_ok = false;
  here.secrets["harbor-pull"].content_hash = "other";
  here.accounts = {account("default"), account("ci", {"harbor-pull"}, {"harbor-pull"})};
  REQUIRE(plan_of(here).steps.empty());
}

TEST_CASE("the operator's namespace and those of the system are never selected", "[plan]") {
  api::Namespace ns;
  for (const std::string name : {"kube-system", "kube-public", "kube-node-lease", "mine"}) {
    ns.meta.name = name;
    REQUIRE_FALSE(plan::means(entry("prod", "h"), ns, "mine"));
  }
  ns.meta.name = "default";
  REQUIRE(plan::means(entry("prod", "h"), ns, "mine"));
}

TEST_CASE("a step describes itself with its object and its reason", "[plan]") {
  const auto seen = account("ci");
  REQUIRE(plan::describe(plan::WriteSecret{"s", "", {}, {}, {}, "missing"}) == "create Secret s (missing)");
  REQUIRE(plan::describe(plan::WriteSecret{"s", "u", {}, {}, {}, "differs"}) == "update Secret s (differs)");
  REQUIRE(plan::describe(plan::DeleteSecret{"s", "u", 1, "unwanted"}) == "delete Secret s (unwanted)");
  REQUIRE(plan::describe(plan::Attach{seen, "s", {}, "missing"}) == "attach s to ci (missing)");
  REQUIRE(plan::describe(plan::Detach{seen, "s", "unwanted"}) == "detach s from ci (unwanted)");
  REQUIRE(plan::describe(plan::Refuse{"s", "SecretConflict", "", {}}) == "refuse Secret s (SecretConflict)");
}

TEST_CASE("where it is asked for, a namespace without its default ServiceAccount gets one with the references",
          "[plan]") {
  const auto first_of = [](const sim::World& world, bool asked) {
    auto facts = world.facts();
    facts.makes_default_account = asked;
    const auto steps = plan::plan_namespace(facts, world.book, sim::keys()).steps;
    return steps.empty() ? std::string("nothing") : plan::describe(steps.front());
  };
  auto world = fixtures::world({fixtures::entry("prod", "h.example")});
  const std::string made = "make ServiceAccount default with harbor-pull";
  CHECK(first_of(world, true) == made);
  CHECK(first_of(world, false) == "create Secret harbor-pull (missing)");
  SECTION("one that is there is not made") {
    world.accounts = {fixtures::account("default")};
    CHECK(first_of(world, true) != made);
  }
  SECTION("another one is no reason not to") {
    world.accounts = {fixtures::account("build")};
    CHECK(first_of(world, true) == made);
  }
  SECTION("who leaves ServiceAccounts alone makes none") {
    world.book.entries.front().service_accounts.mode = api::AttachMode::kNone;
    CHECK(first_of(world, true) != made);
  }
  SECTION("nor does who means others") {
    world.book.entries.front().service_accounts.names = {"build"};
    CHECK(first_of(world, true) != made);
  }
  SECTION("nor who has no credential") {
    world.book.entries.front().standing = plan::Standing::kHeld;
    CHECK(first_of(world, true) == "nothing");
  }
  SECTION("a namespace on its way out gets none") {
    world.ns.terminating = true;
    CHECK(first_of(world, true) == "nothing");
  }
}
