// What must hold whatever the world looks like, tried on thousands of them.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "base/overloaded.hpp"
#include "plan/reasons.hpp"
#include "plan/secret_group.hpp"
#include "unit/plan/random_world.hpp"

namespace {

using plan::Claim;
using plan::Standing;
using sim::Secret;
using sim::World;
using Wrongs = std::vector<std::string>;

bool contains(const std::vector<std::string>& values, const std::string& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

bool usable(const Secret& secret) { return secret.ours && secret.type_ok; }

bool frozen_or_unknown(const World& world, const std::string& registry) {
  const auto* entry = world.book.find(registry);
  return entry == nullptr || entry->standing == Standing::kFrozen;
}

/// One round as the reconciler does it, with what was there before.
struct Round {
  World before = {};
  World after = {};
  plan::NamespacePlan plan = {};
  Wrongs wrongs = {};

  explicit Round(const World& world) : before(world), after(world), plan(of(world)) {
    for (const auto& step : plan.steps) {
      const auto wrong = sim::apply(after, step);
      wrongs.insert(wrongs.end(), wrong.begin(), wrong.end());
    }
  }
  static plan::NamespacePlan of(const World& world) {
    return plan::plan_namespace(world.facts(), world.book, sim::keys());
  }
  [[nodiscard]] bool claims(const std::string& registry, Claim::State state) const {
    return std::any_of(plan.claims.begin(), plan.claims.end(),
                       [&](const Claim& claim) { return claim.registry == registry && claim.state == state; });
  }
  /// An active registry writes this host into this Secret now.
  [[nodiscard]] bool taken_over(const std::string& secret_name, const std::string& host) const {
    return std::any_of(before.book.entries.begin(), before.book.entries.end(), [&](const plan::Entry& entry) {
      return entry.secret_name == secret_name && entry.host == host && claims(entry.name, Claim::State::kWanted);
    });
  }
  void expect(bool holds, const std::string& otherwise) {
    if (!holds) wrongs.push_back(otherwise);
  }
};

void second_plan_is_empty(Round& round) {
  auto again = Round::of(round.after).steps;
  std::erase_if(again, [](const auto& step) { return std::holds_alternative<plan::Refuse>(step); });
  round.expect(again.empty(), "plans again: " + sim::describe(again));
}

void foreign_things_stay(Round& round) {
  for (std::size_t i = 0; i < round.before.accounts.size(); ++i) {
    const auto& account = round.before.accounts[i];
    round.expect(sim::foreign_entries(account) == sim::foreign_entries(round.after.accounts[i]),
                 "foreign entries of " + account.meta.name + " changed");
  }
  for (const auto& [name, secret] : round.before.secrets) {
    const auto* after = round.after.find(name);
    round.expect(secret.ours || (after != nullptr && *after == secret), "foreign Secret " + name + " changed");
  }
}

/// The registry that placed the entry may not lose it: it is held here, frozen or no longer known.
bool protected_entry(const Round& round, const std::string& secret_name, const Secret& secret,
                     const std::string& host) {
  const auto placed = secret.placed_by.find(host);
  if (placed == secret.placed_by.end() || !contains(secret.registries, placed->second)) return false;
  if (round.taken_over(secret_name, host)) return false;
  // Who changed its host leaves a mark that can be taken for another's; that cannot be told apart.
  const auto* owner = round.before.book.find(placed->second);
  const bool moved = owner != nullptr && owner->host != host && secret.placed_by.contains(owner->host);
  const bool contested = std::any_of(secret.registries.begin(), secret.registries.end(), [&](const std::string& name) {
    const auto* other = round.before.book.find(name);
    return other != nullptr && other != owner && other->host == host && other->standing != Standing::kFrozen;
  });
  if (moved || contested) return false;
  if (frozen_or_unknown(round.before, placed->second)) return true;
  return owner->standing == Standing::kHeld && owner->secret_name == secret_name &&
         round.claims(owner->name, Claim::State::kWaiting);
}

void protected_entries_stay(Round& round) {
  for (const auto& [name, secret] : round.before.secrets) {
    if (!usable(secret) || round.before.ns.terminating) continue;
    const auto* after = round.after.find(name);
    const auto kept = after == nullptr ? std::vector<api::AuthDigest>{} : after->auths();
    for (const auto& auth : secret.auths()) {
      if (!protected_entry(round, name, secret, auth.host)) continue;
      round.expect(std::find(kept.begin(), kept.end(), auth) != kept.end(), "lost " + auth.host + " of " + name);
      round.expect(after != nullptr && contains(after->registries, secret.placed_by.at(auth.host)),
                   "forgot whose " + auth.host + " is");
    }
  }
}

void leaving_registries_are_gone(Round& round) {
  for (const auto& [name, secret] : round.after.secrets) {
    if (!usable(secret) || secret.terminating || secret.auths().empty() || round.before.ns.terminating) continue;
    for (const auto& registry : secret.registries) {
      const auto* entry = round.after.book.find(registry);
      round.expect(entry == nullptr || entry->standing != Standing::kLeaving, "still there: " + registry);
    }
  }
}

/// A Secret in which only frozen and unknown registries have a say is left as it is, with its references.
void frozen_things_stay(Round& round) {
  for (const auto& [name, secret] : round.before.secrets) {
    if (!usable(secret) || secret.registries.empty()) continue;
    const bool all_frozen = std::all_of(secret.registries.begin(), secret.registries.end(), [&](const auto& registry) {
      return frozen_or_unknown(round.before, registry);
    });
    const bool quiet =
        std::all_of(round.before.book.entries.begin(), round.before.book.entries.end(), [&](const auto& e) {
          return e.secret_name != name || e.standing == Standing::kFrozen || e.standing == Standing::kLeaving ||
                 !plan::means(e, round.before.ns, "");
        });
    const bool rivals = std::any_of(secret.placed_by.begin(), secret.placed_by.end(),
                                    [&](const auto& place) { return !contains(secret.registries, place.second); });
    if (!all_frozen || !quiet || rivals) continue;
    for (const auto& step : round.plan.steps) {
      const auto of = std::visit(base::Overloaded{[](const plan::MakeAccount&) { return std::string(); },
                                                  [](const auto& s) { return s.secret_name; }},
                                 step);
      round.expect(of != name, "touches what is frozen: " + plan::describe(step));
    }
  }
}

void wanted_things_are_there(Round& round) {
  for (const auto& entry : round.after.book.entries) {
    if (!round.claims(entry.name, Claim::State::kWanted)) continue;
    const auto* secret = round.after.find(entry.secret_name);
    if (secret != nullptr && !usable(*secret)) {
      const bool told = std::any_of(round.plan.steps.begin(), round.plan.steps.end(), [&](const auto& step) {
        const auto* refused = std::get_if<plan::Refuse>(&step);
        return refused != nullptr && contains(refused->registries, entry.name);
      });
      round.expect(told, entry.name + " is not told of the foreign Secret");
      continue;
    }
    const auto auths = secret == nullptr ? std::vector<api::AuthDigest>{} : secret->auths();
    round.expect(std::find(auths.begin(), auths.end(), api::AuthDigest{entry.host, entry.auth}) != auths.end(),
                 entry.name + " is not in its Secret");
    for (const auto& account : round.after.accounts) {
      const bool meant = entry.service_accounts.mode == api::AttachMode::kAttach && !account.ignored &&
                         !account.terminating &&
                         std::any_of(entry.service_accounts.names.begin(), entry.service_accounts.names.end(),
                                     [&](const auto& glob) { return glob == "*" || glob == account.meta.name; });
      round.expect(!meant || contains(account.pull_secrets, entry.secret_name), account.meta.name + " is not attached");
    }
  }
}

/// What is wrong about the plan for this world; empty when all is well.
std::string judged(Round& round) {
  second_plan_is_empty(round);
  foreign_things_stay(round);
  protected_entries_stay(round);
  leaving_registries_are_gone(round);
  frozen_things_stay(round);
  wanted_things_are_there(round);
  if (round.wrongs.empty()) return {};
  std::string text;
  for (const auto& wrong : round.wrongs) text += "WRONG " + wrong + "\n";
  for (const auto& [name, secret] : round.before.secrets) {
    text += "Secret " + name + (usable(secret) ? "" : " (foreign)") + " of";
    for (const auto& registry : secret.registries) text += " " + registry;
    for (const auto& [host, by] : secret.placed_by) text += "; " + host + " by " + by;
    text += "\n";
  }
  for (const auto& entry : round.before.book.entries) {
    text += entry.name + " " + entry.host + " in " + entry.secret_name + " standing " +
            std::to_string(static_cast<int>(entry.standing)) + " " + entry.reason +
            (plan::means(entry, round.before.ns, "") ? " means it" : "") + "\n";
  }
  return text + "steps:\n" + sim::describe(round.plan.steps);
}

}  // namespace

TEST_CASE("any world converges in one round and nobody loses what is theirs", "[plan]") {
  for (std::uint32_t seed = 1; seed <= 4000; ++seed) {
    sim::Dice dice(seed);
    Round round(sim::random_world(dice));
    const auto wrong = judged(round);
    INFO("seed " << seed << "\n" << wrong);
    REQUIRE(wrong.empty());
  }
}

TEST_CASE("whatever happens one after another, each time one round settles it", "[plan]") {
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    sim::Dice dice(seed);
    World world = sim::random_world(dice);
    std::string story;
    for (int turn = 0; turn < 20; ++turn) {
      Round round(world);
      const auto wrong = judged(round);
      INFO("seed " << seed << story << "\n" << wrong);
      REQUIRE(wrong.empty());
      world = std::move(round.after);
      story += "\nthen " + sim::happen(world, dice);
    }
  }
}
