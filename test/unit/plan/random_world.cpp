#include "unit/plan/random_world.hpp"

#include <algorithm>

#include "plan/reasons.hpp"

namespace sim {
namespace {

using plan::Standing;
using Texts = std::vector<std::string>;

const Texts kRegistries{"alpha", "bravo", "charlie", "delta"};
const Texts kUnknown{"ghost", "retained"};
const Texts kHosts{"one.example", "two.example", "three.example", "four.example:8443"};
const Texts kSecretNames{"harbor-pull", "other-pull"};
const Texts kForeign{"theirs", "quay", "", "harbor-pull", "other-pull"};
const Texts kAccounts{"default", "builder", "ci"};

plan::Credential credential_of(const std::string& registry, Dice& dice) {
  return {base::SecretString("robot$" + registry), base::SecretString("pw-" + std::to_string(dice.below(3)))};
}

void set_standing(plan::Entry& entry, Dice& dice) {
  const auto die = dice.below(10);
  entry.standing = die < 5   ? Standing::kActive
                   : die < 7 ? Standing::kHeld
                   : die < 9 ? Standing::kFrozen
                             : Standing::kLeaving;
  entry.credential.reset();
  entry.reason = std::string(entry.standing == Standing::kHeld                        ? plan::kCredentialSecretMissing
                             : entry.standing == Standing::kFrozen && dice.chance(30) ? plan::kInvalidSpec
                             : entry.standing == Standing::kFrozen                    ? plan::kSuspended
                             : entry.standing == Standing::kLeaving                   ? plan::kProgressing
                                                                                      : "");
  entry.auth = {};
  if (entry.standing != Standing::kActive) return;
  entry.credential = credential_of(entry.name, dice);
  entry.auth = plan::digest(*entry.credential, keys());
}

void set_selections(plan::Entry& entry, Dice& dice) {
  entry.namespaces = {};
  if (dice.chance(50)) entry.namespaces.selector = api::LabelSelector{{{"env", dice.chance(80) ? "prod" : "dev"}}, {}};
  if (!entry.namespaces.selector || dice.chance(20)) entry.namespaces.names = {dice.chance(80) ? "team-*" : "other-*"};
  entry.service_accounts = {};
  if (dice.chance(20)) entry.service_accounts.mode = api::AttachMode::kNone;
  const std::vector<Texts> globs{{"default"}, {"*"}, {"build*", "c?"}, {"default", "ci"}};
  entry.service_accounts.names = dice.pick(globs);
}

plan::Entry random_entry(const std::string& name, Dice& dice) {
  plan::Entry entry;
  entry.name = name;
  entry.host = dice.pick(kHosts);
  entry.secret_name = dice.chance(75) ? kSecretNames[0] : kSecretNames[1];
  set_standing(entry, dice);
  set_selections(entry, dice);
  return entry;
}

Secret random_secret(const World& world, Dice& dice) {
  plan::Auths auths;
  std::map<std::string, std::string> placed_by;
  Texts names;
  for (const auto& entry : world.book.entries) {
    if (!dice.chance(45)) continue;
    const auto& host = dice.chance(85) ? entry.host : dice.pick(kHosts);
    auths[host] = entry.credential && dice.chance(80) ? *entry.credential : credential_of(entry.name, dice);
    placed_by[host] = entry.name;
    if (dice.chance(95)) names.push_back(entry.name);
  }
  for (const auto& name : kUnknown) {
    if (!dice.chance(20)) continue;
    if (const auto& host = dice.pick(kHosts); !auths.contains(host)) {
      auths[host] = credential_of(name, dice);
      placed_by[host] = name;
    }
    names.push_back(name);
  }
  if (dice.chance(90)) std::sort(names.begin(), names.end());
  Secret secret = written_secret(auths, names);
  secret.placed_by = placed_by;
  secret.ours = dice.chance(88);
  secret.labels_ok = secret.ours && dice.chance(90);
  secret.type_ok = dice.chance(95);
  secret.terminating = dice.chance(4);
  secret.extra_key = dice.chance(8);
  if (dice.chance(5)) secret.bytes = "not json";
  if (dice.chance(5)) secret.content_hash = "stale";
  return secret;
}

api::ServiceAccount random_account(const std::string& name, Dice& dice) {
  api::ServiceAccount account;
  account.meta = {"team-a", name, "uid-" + name, 3};
  account.ignored = dice.chance(8);
  account.terminating = dice.chance(4);
  for (auto n = dice.below(5); n > 0; --n) account.pull_secrets.push_back(dice.pick(kForeign));
  for (const auto& secret : kSecretNames) {
    if (dice.chance(35)) account.attached.push_back(secret);
  }
  account.has_pull_secrets = !account.pull_secrets.empty() || dice.chance(30);
  account.has_annotations = !account.attached.empty() || dice.chance(50);
  return account;
}

std::string happen_to_book(World& world, Dice& dice) {
  auto& entries = world.book.entries;
  const auto die = dice.below(6);
  if (entries.empty() || die == 0) {
    for (const auto& name : kRegistries) {
      if (world.book.find(name) != nullptr) continue;
      entries.push_back(random_entry(name, dice));
      return "registry " + name + " is made";
    }
  }
  auto& entry = entries[dice.below(entries.size())];
  const std::string who = "registry " + entry.name;
  if (die == 1) {
    entries.erase(entries.begin() + (&entry - entries.data()));
    return who + " is lost";
  }
  if (die == 2) {
    set_selections(entry, dice);
    return who + " selects something else";
  }
  if (die == 3 && entry.standing != Standing::kFrozen) {
    entry.host = dice.pick(kHosts);
    return who + " is now " + entry.host;
  }
  set_standing(entry, dice);
  return who + " is now of standing " + std::to_string(static_cast<int>(entry.standing));
}

std::string happen_to_secret(World& world, Dice& dice) {
  const auto& name = dice.pick(kSecretNames);
  const auto found = world.secrets.find(name);
  if (found == world.secrets.end()) {
    world.secrets[name] = random_secret(world, dice);
    return "Secret " + name + " appears";
  }
  auto& secret = found->second;
  switch (dice.below(6)) {
    case 0: world.secrets.erase(found); return "Secret " + name + " is deleted";
    case 1: secret.ours = secret.labels_ok = false; return "Secret " + name + " is taken over";
    case 2: secret.labels_ok = false; return "Secret " + name + " loses a label";
    case 3: secret.extra_key = true; return "Secret " + name + " gets another key";
    case 4: secret.registries.clear(); return "Secret " + name + " loses its annotation";
    default: secret.bytes = "{}"; return "Secret " + name + " is damaged";
  }
}

std::string happen_to_account(World& world, Dice& dice) {
  if (world.accounts.empty()) return "nothing happens";
  auto& account = world.accounts[dice.below(world.accounts.size())];
  const std::string who = "ServiceAccount " + account.meta.name;
  switch (dice.below(4)) {
    case 0: account = random_account(account.meta.name, dice); return who + " is made again";
    case 1:
      account.pull_secrets.clear();
      account.has_pull_secrets = false;
      return who + " loses its list";
    case 2:
      account.pull_secrets.insert(account.pull_secrets.begin(), dice.pick(kForeign));
      account.has_pull_secrets = true;
      return who + " gets an entry of somebody else";
    default: account.ignored = !account.ignored; return who + " is ignored, or no more";
  }
}

}  // namespace

World random_world(Dice& dice) {
  World world;
  world.ns.meta = {"", "team-a", "uid-ns", 1};
  world.ns.labels = {{"env", dice.chance(75) ? "prod" : "dev"}};
  world.ns.ignored = dice.chance(4);
  world.ns.terminating = dice.chance(2);
  world.secret_names = kSecretNames;
  auto names = kRegistries;
  for (std::size_t i = names.size() - 1; i > 0; --i) std::swap(names[i], names[dice.below(i + 1)]);
  names.resize(dice.below(names.size() + 1));
  for (const auto& name : names) world.book.entries.push_back(random_entry(name, dice));
  for (const auto& name : kSecretNames) {
    if (dice.chance(60)) world.secrets[name] = random_secret(world, dice);
  }
  for (const auto& name : kAccounts) {
    if (dice.chance(75)) world.accounts.push_back(random_account(name, dice));
  }
  return world;
}

std::string happen(World& world, Dice& dice) {
  const auto die = dice.below(10);
  if (die < 5) return happen_to_book(world, dice);
  if (die < 7) return happen_to_secret(world, dice);
  if (die < 9) return happen_to_account(world, dice);
  world.ns.labels = {{"env", dice.chance(70) ? "prod" : "dev"}};
  world.ns.ignored = dice.chance(10);
  return "the namespace is labelled " + world.ns.labels.front().second + (world.ns.ignored ? " and ignored" : "");
}

}  // namespace sim
