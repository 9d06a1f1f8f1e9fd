#include "plan/secret_group.hpp"

#include <algorithm>
#include <set>

#include "base/contains.hpp"
#include "plan/reasons.hpp"

namespace plan {
namespace {

using base::contains;

bool has_host(const api::PullSecret& secret, const std::string& host) {
  return std::any_of(secret.auths.begin(), secret.auths.end(), [&](const auto& auth) { return auth.host == host; });
}

bool is_host_of(const std::vector<const Entry*>& entries, const std::string& host) {
  return std::any_of(entries.begin(), entries.end(), [&](const Entry* entry) { return entry->host == host; });
}

std::vector<std::string> names_of(const std::vector<const Entry*>& entries) {
  std::vector<std::string> names;
  names.reserve(entries.size());
  for (const Entry* entry : entries) names.push_back(entry->name);
  return names;
}

/// Some registry that is named on the Secret and is free to change its share passes the test.
template <class Test>
bool any_free_and_named(const SecretGroup& group, const Book& book, Test test) {
  return std::any_of(group.found->registries.begin(), group.found->registries.end(), [&](const std::string& name) {
    const Entry* entry = book.find(name);
    return entry != nullptr && entry->standing != Standing::kFrozen && test(*entry);
  });
}

/// We know who placed the entry, so nobody else's claim keeps it. Only who is named on the Secret can have placed it.
bool accounted_for(const SecretGroup& group, const Book& book, const std::string& host) {
  return any_free_and_named(group, book, [&](const Entry& entry) { return entry.host == host; });
}

/// What registries that write nothing now have a right to because the Secret names them.
struct Lien {
  std::set<std::string> hosts = {};
  std::set<std::string> names = {};  ///< those with something left here
  bool frozen = false;
};

Lien lien_of(const SecretGroup& group, const Book& book) {
  std::set<std::string> anybodys;
  for (const auto& [host, digest] : group.found->auths) {
    if (!is_host_of(group.wanted, host) && !accounted_for(group, book, host)) anybodys.insert(host);
  }
  Lien lien;
  for (const auto& name : group.found->registries) {
    const Entry* entry = book.find(name);
    const bool frozen = entry == nullptr || entry->standing == Standing::kFrozen;
    if (!frozen && !contains(group.kept, entry)) continue;
    // Whose host is not there, or is another's by now, may have any entry that is nobody else's.
    const bool known =
        entry != nullptr && has_host(*group.found, entry->host) && !is_host_of(group.wanted, entry->host);
    const auto hosts = known ? std::set<std::string>{entry->host} : anybodys;
    if (hosts.empty()) continue;
    lien.hosts.insert(hosts.begin(), hosts.end());
    lien.names.insert(name);
    lien.frozen = lien.frozen || frozen;
  }
  return lien;
}

/// The entry of a kept registry: its own, or what a younger one placed that still means the namespace. Neither what
/// another has a lien on nor what is given up (deleted, deselected) is inherited.
bool has_share(const Entry& kept, const SecretGroup& group, const Book& book, const Lien& lien) {
  if (!has_host(*group.found, kept.host)) return false;
  if (contains(group.found->registries, kept.name)) return true;
  return !lien.hosts.contains(kept.host) && !any_free_and_named(group, book, [&](const Entry& entry) {
    return entry.host == kept.host && !contains(group.outranked, &entry);
  });
}

/// Nothing in the Secret can be read, but somebody who keeps what he has is named on it or selects the namespace: it
/// may be his, and stays as it is for as long as nobody writes.
bool unreadable_share(const SecretGroup& group, const Book& book) {
  const auto& names = group.found->registries;
  const bool lien = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    const Entry* entry = book.find(name);
    return entry == nullptr || entry->standing == Standing::kFrozen;
  });
  return group.found->auths.empty() && group.wanted.empty() && (lien || !group.kept.empty());
}

bool already_right(const SecretGroup& group, const DigestKeys& keys) {
  const auto& secret = *group.found;
  // A key that somebody added stays: apply cannot take it away, so minding it would mean writing for ever.
  if (!secret.labels_ok || secret.registries != group.registries) return false;
  if (group.keep_hosts.empty()) {
    Auths auths;
    for (const Entry* entry : group.wanted) auths.emplace(entry->host, *entry->credential);
    const auto content = render_docker_config(auths);
    return secret.data == digest_bytes(content.reveal(), keys) &&
           secret.content_hash == content_hash(content.reveal(), keys);
  }
  // The kept entries are right by definition; the others must be there with our digests, and nothing else.
  const auto right = [&](const api::AuthDigest& auth) {
    if (std::binary_search(group.keep_hosts.begin(), group.keep_hosts.end(), auth.host)) return true;
    return std::any_of(group.wanted.begin(), group.wanted.end(),
                       [&](const Entry* entry) { return entry->host == auth.host && entry->auth == auth.digest; });
  };
  return secret.auths.size() == group.keep_hosts.size() + group.wanted.size() &&
         std::all_of(secret.auths.begin(), secret.auths.end(), right);
}

Step conflict(const SecretGroup& group) {
  const std::string what = group.found->type_ok ? "was made by someone else" : "is of another type";
  return Refuse{group.secret_name, std::string(kSecretConflict),
                "Secret " + group.secret_name + " " + what +
                    " and is left alone; delete or rename it, or annotate the namespace with harborpull.io/ignore=true",
                names_of(group.wanted)};
}

/// With a Secret of ours there: which of its entries stay, for whom, and whether anything is left of it.
void settle_shares(SecretGroup& group, const Book& book, std::set<std::string>& names) {
  const Lien lien = lien_of(group, book);
  std::set<std::string> hosts = lien.hosts;
  names.insert(lien.names.begin(), lien.names.end());
  group.frozen = lien.frozen;
  for (const Entry* entry : group.kept) {
    if (!has_share(*entry, group, book, lien)) continue;
    hosts.insert(entry->host);
    names.insert(entry->name);
    group.frozen = group.frozen || entry->standing == Standing::kFrozen;
  }
  for (const Entry* entry : group.wanted) hosts.erase(entry->host);
  group.keep_hosts.assign(hosts.begin(), hosts.end());
  const bool unreadable = unreadable_share(group, book);
  group.frozen = group.frozen || unreadable;
  group.doomed = group.wanted.empty() && hosts.empty() && !unreadable;
}

}  // namespace

bool manageable(const api::PullSecret& secret) { return secret.ours && secret.type_ok; }

void settle(SecretGroup& group, const Book& book) {
  std::set<std::string> names;
  for (const Entry* entry : group.wanted) names.insert(entry->name);
  if (group.found != nullptr && manageable(*group.found)) {
    settle_shares(group, book, names);
  } else {
    const bool any_frozen = std::any_of(group.kept.begin(), group.kept.end(),
                                        [](const Entry* entry) { return entry->standing == Standing::kFrozen; });
    // Without a Secret of ours to tell shares, references stay; but one that is about to be written has none of theirs.
    group.frozen = any_frozen && (group.found != nullptr || group.wanted.empty());
  }
  group.registries.assign(names.begin(), names.end());
}

std::vector<Step> plan_secret(const SecretGroup& group, const DigestKeys& keys) {
  WriteSecret write{group.secret_name, {}, group.registries, names_of(group.wanted), group.keep_hosts, {}};
  if (group.found == nullptr) {
    if (group.wanted.empty()) return {};
    write.why = "missing";
    return {write};
  }
  const auto& found = *group.found;
  if (!manageable(found)) return group.wanted.empty() ? std::vector<Step>{} : std::vector<Step>{conflict(group)};
  if (group.doomed) {
    // Somebody's finalizer may keep it for a while; asking again changes nothing.
    if (found.terminating) return {};
    return {DeleteSecret{group.secret_name, found.meta.uid, found.meta.resource_version,
                         "no registry wants it here any more"}};
  }
  // A share that must not be touched is not even tidied, as long as nobody else's goes.
  const bool nobody_goes = std::all_of(found.registries.begin(), found.registries.end(),
                                       [&](const std::string& name) { return contains(group.registries, name); });
  const bool left_alone = group.wanted.empty() && (group.keep_hosts.empty() || (group.frozen && nobody_goes));
  if (left_alone || already_right(group, keys)) return {};
  write.uid = found.meta.uid;
  write.why = "differs from what it should hold";
  return {write};
}

}  // namespace plan
