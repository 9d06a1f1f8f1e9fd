#include "unit/plan/simulator.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/names.hpp"
#include "base/overloaded.hpp"
#include "plan/documents.hpp"
#include "plan/secret_group.hpp"

namespace sim {
namespace {

using nlohmann::json;
using Wrongs = std::vector<std::string>;

bool contains(const std::vector<std::string>& values, const std::string& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  std::string part;
  for (const char c : list + ",") {
    if (c != ',')
      part += c;
    else if (!part.empty())
      parts.push_back(std::exchange(part, {}));
  }
  return parts;
}

plan::Auths carried_over(const Secret* secret, const plan::WriteSecret& step, Wrongs& wrongs) {
  plan::Auths auths;
  if (step.keep_hosts.empty()) return auths;
  if (secret == nullptr) return wrongs.push_back("keeps entries of a Secret that is not there"), auths;
  if (auto found = plan::parse_docker_config(secret->bytes)) auths = std::move(*found);
  std::erase_if(auths, [&](const auto& auth) { return !contains(step.keep_hosts, auth.first); });
  if (auths.size() != step.keep_hosts.size()) wrongs.push_back("keeps an entry that is not there");
  return auths;
}

Wrongs write(World& world, const plan::WriteSecret& step) {
  Wrongs wrongs;
  const Secret* before = world.find(step.secret_name);
  if (step.uid != (before == nullptr ? "" : before->uid)) wrongs.push_back("would be refused: another object");
  if (before != nullptr && !(before->ours && before->type_ok)) wrongs.push_back("writes to a foreign Secret");
  auto auths = carried_over(before, step, wrongs);
  Secret after = before == nullptr ? Secret{.uid = "made-" + step.secret_name} : *before;
  std::erase_if(after.placed_by, [&](const auto& place) { return !auths.contains(place.first); });
  for (const auto& source : step.sources) {
    const auto* entry = world.book.find(source);
    if (entry == nullptr || !entry->credential) return {"no credential for " + source};
    auths[entry->host] = *entry->credential;
    after.placed_by[entry->host] = source;
  }
  if (auths.empty()) wrongs.push_back("writes a Secret without content");
  const auto document = json::parse(
      plan::secret_document({world.ns.meta.name, step.secret_name, step.uid, step.registries, auths}, keys()).reveal());
  const auto& annotations = document["metadata"]["annotations"];
  // Server-side apply sets what we name and leaves what others added.
  after.labels_ok = true;
  after.registries = split(annotations[std::string(api::kRegistriesAnnotation)]);
  after.content_hash = annotations[std::string(api::kContentHashAnnotation)];
  after.bytes = *base::base64_decode(document["data"][std::string(api::kDockerConfigKey)].get<std::string>());
  world.secrets[step.secret_name] = std::move(after);
  return wrongs;
}

Wrongs remove(World& world, const plan::DeleteSecret& step) {
  Wrongs wrongs;
  const Secret* secret = world.find(step.secret_name);
  if (secret == nullptr) return {"deletes what is not there"};
  if (secret->uid != step.uid) wrongs.push_back("would be refused: another object");
  if (!secret->ours) wrongs.push_back("deletes a foreign Secret");
  if (secret->terminating) wrongs.push_back("deletes what is being deleted");
  for (const auto& account : world.accounts) {
    const bool ours = contains(account.attached, step.secret_name) && contains(account.pull_secrets, step.secret_name);
    if (ours && !account.terminating) wrongs.push_back("deletes before " + account.meta.name + " is detached");
  }
  world.secrets.erase(step.secret_name);
  return wrongs;
}

using Document = std::string (*)(const api::ServiceAccount&, const std::string&);

/// As the reconciler: a patch that is refused, because an earlier step changed the account, is made anew for what is
/// there.
Wrongs edit(World& world, const api::ServiceAccount& seen, const std::string& secret_name, Document document) {
  const auto account = std::find_if(world.accounts.begin(), world.accounts.end(),
                                    [&](const auto& candidate) { return candidate.meta.name == seen.meta.name; });
  if (account == world.accounts.end()) return {"no such ServiceAccount"};
  auto after = patched(account_json(*account), document(seen, secret_name));
  if (after.empty() && *account == seen) return {"a patch that the API server refuses: " + document(seen, secret_name)};
  if (after.empty()) after = patched(account_json(*account), document(*account, secret_name));
  if (after.empty()) return {"a patch that the API server refuses twice"};
  *account = account_from(after, *account);
  return {};
}

Wrongs attach(World& world, const plan::Attach& step) {
  Wrongs wrongs = edit(world, step.seen, step.secret_name, plan::attach_document);
  const Secret* secret = world.find(step.secret_name);
  if (secret == nullptr)
    wrongs.push_back("attaches before the Secret is there");
  else if (!secret->ours)
    wrongs.push_back("attaches a foreign Secret");
  if (contains(step.seen.pull_secrets, step.secret_name)) wrongs.push_back("attaches what is attached");
  if (step.registries.empty()) wrongs.push_back("attaches for nobody");
  return wrongs;
}

Wrongs detach(World& world, const plan::Detach& step) {
  Wrongs wrongs = edit(world, step.seen, step.secret_name, plan::detach_document);
  if (!contains(step.seen.attached, step.secret_name)) wrongs.push_back("detaches what is not ours");
  return wrongs;
}

}  // namespace

const plan::DigestKeys& keys() {
  static const plan::DigestKeys kKeys{"memory key", "annotation key"};
  return kKeys;
}

std::vector<api::AuthDigest> Secret::auths() const { return plan::digest_auths(bytes, keys()); }

Secret written_secret(const plan::Auths& auths, std::vector<std::string> registries) {
  const std::string bytes(plan::render_docker_config(auths).reveal());
  return {.uid = "uid",
          .registries = std::move(registries),
          .content_hash = plan::content_hash(bytes, keys()),
          .bytes = bytes};
}

const Secret* World::find(const std::string& name) const {
  const auto found = secrets.find(name);
  return found == secrets.end() ? nullptr : &found->second;
}

plan::NamespaceFacts World::facts() const {
  plan::NamespaceFacts facts{ns, "harbor-pull-system", secret_names, {}, accounts};
  for (const auto& [name, secret] : secrets) {
    facts.secrets.push_back({.meta = {ns.meta.name, name, secret.uid, 7},
                             .ours = secret.ours,
                             .terminating = secret.terminating,
                             .labels_ok = secret.labels_ok,
                             .type_ok = secret.type_ok,
                             .only_our_key = !secret.extra_key,
                             .data = plan::digest_bytes(secret.bytes, keys()),
                             .registries = secret.registries,
                             .content_hash = secret.content_hash,
                             .auths = secret.auths()});
  }
  return facts;
}

std::vector<std::string> apply(World& world, const plan::Step& step) {
  auto wrongs = std::visit(base::Overloaded{
                               [&](const plan::MakeAccount&) { return Wrongs{}; },  // nobody asks for it there
                               [&](const plan::WriteSecret& s) { return write(world, s); },
                               [&](const plan::DeleteSecret& s) { return remove(world, s); },
                               [&](const plan::Attach& s) { return attach(world, s); },
                               [&](const plan::Detach& s) { return detach(world, s); },
                               [&](const plan::Refuse&) { return Wrongs{}; },
                           },
                           step);
  for (auto& wrong : wrongs) wrong = plan::describe(step) + ": " + wrong;
  return wrongs;
}

std::vector<std::string> foreign_entries(const api::ServiceAccount& account) {
  auto entries = account.pull_secrets;
  for (const auto& name : account.attached) {
    const auto ours = std::find(entries.rbegin(), entries.rend(), name);
    if (ours != entries.rend()) entries.erase(std::prev(ours.base()));
  }
  return entries;
}

std::string patched(const std::string& document, const std::string& patch) {
  auto object = json::parse(document);
  for (const auto& operation : json::parse(patch)) {
    const json::json_pointer path(operation["path"].get<std::string>());
    if (operation["op"] == "test" && operation["value"].is_null() && !object.contains(path)) continue;
    try {
      object = object.patch(json::array({operation}));
    } catch (const json::exception&) {
      return {};
    }
  }
  return object.dump();
}

std::string account_json(const api::ServiceAccount& account) {
  json object = {{"metadata", {{"name", account.meta.name}, {"uid", account.meta.uid}}}};
  if (account.has_annotations) object["metadata"]["annotations"] = json::object();
  for (const auto& name : account.attached) {
    object["metadata"]["annotations"][std::string(api::kAttachedPrefix) + name] = "";
  }
  if (account.has_pull_secrets) object["imagePullSecrets"] = json::array();
  for (const auto& name : account.pull_secrets) {
    object["imagePullSecrets"].push_back(name.empty() ? json::object() : json{{"name", name}});
  }
  return object.dump();
}

api::ServiceAccount account_from(const std::string& text, const api::ServiceAccount& before) {
  const auto object = json::parse(text);
  auto account = before;
  account.attached.clear();
  account.pull_secrets.clear();
  account.has_annotations = object["metadata"].contains("annotations");
  account.has_pull_secrets = object.contains("imagePullSecrets");
  if (account.has_annotations) {
    for (const auto& [key, value] : object["metadata"]["annotations"].items()) {
      if (key.starts_with(api::kAttachedPrefix)) account.attached.push_back(key.substr(api::kAttachedPrefix.size()));
    }
  }
  if (account.has_pull_secrets) {
    for (const auto& entry : object["imagePullSecrets"]) account.pull_secrets.push_back(entry.value("name", ""));
  }
  return account;
}

std::string describe(const std::vector<plan::Step>& steps) {
  std::string text;
  for (const auto& step : steps) text += plan::describe(step) + "\n";
  return text;
}

}  // namespace sim
