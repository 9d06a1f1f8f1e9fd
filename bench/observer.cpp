#include "bench/observer.hpp"

#include <algorithm>

namespace bench {
namespace {

using support::Event;
using support::Failure;
using support::Json;
using support::Millis;

std::string named(const std::string& plural, const std::string& name) {
  return "/api/v1/" + plural + "?fieldSelector=metadata.name%3D" + name;
}

/// A predicate that takes one event of each namespace.
template <class Fits>
auto once_each(std::set<std::string>& seen, Fits fits) {
  return [&seen, fits](const Event& event) { return fits(event) && seen.insert(event.ns()).second; };
}

[[noreturn]] void fail(const std::string& what, std::size_t seen, std::size_t count) {
  throw Failure(what + " in " + std::to_string(seen) + " of " + std::to_string(count) + " namespaces when time was up");
}

}  // namespace

Observer::Observer(const support::Client& client, std::string secret_name)
    : name_(std::move(secret_name)),
      secrets_(client, named("secrets", name_)),
      accounts_(client, named("serviceaccounts", "default")) {}

bool Observer::is_right(const Event& secret, const std::string& password) const {
  if (secret.type == "DELETED") {
    return false;
  }
  const auto auths = support::auths(secret.object);
  return auths.is_object() && auths.size() == 1 && auths.begin()->value("password", "") == password;
}

bool Observer::is_attached(const Event& account) const {
  if (account.type == "DELETED" || !account.object.contains("imagePullSecrets")) {
    return false;
  }
  const auto& entries = account.object["imagePullSecrets"];
  return std::any_of(entries.begin(), entries.end(),
                     [&](const Json& entry) { return entry.value("name", "") == name_; });
}

Steady::time_point Observer::secrets_right(std::size_t count, const std::string& password, const Mark& from,
                                           Millis patience) const {
  std::set<std::string> seen;
  const auto fits = once_each(seen, [&](const Event& event) { return is_right(event, password); });
  const auto last = secrets_.wait_for_count(count, patience, fits, from.secrets);
  return last ? *last : (fail("the Secret was right", seen.size(), count), Steady::time_point{});
}

Steady::time_point Observer::accounts_right(std::size_t count, const Mark& from, Millis patience) const {
  std::set<std::string> seen;
  const auto fits = once_each(seen, [&](const Event& event) { return is_attached(event); });
  const auto last = accounts_.wait_for_count(count, patience, fits, from.accounts);
  return last ? *last : (fail("the reference was there", seen.size(), count), Steady::time_point{});
}

Steady::time_point Observer::all_right(std::size_t count, const std::string& password, const Mark& from,
                                       Millis patience) const {
  const auto secrets = secrets_right(count, password, from, patience);
  return std::max(secrets, accounts_right(count, from, patience));
}

Steady::time_point Observer::right(const std::string& ns, const std::string& password, const Mark& from,
                                   Millis patience) const {
  const auto in = [&](const Event& event) { return event.ns() == ns; };
  const auto secret = secrets_.find(
      patience, [&](const Event& event) { return in(event) && is_right(event, password); }, from.secrets);
  const auto account = accounts_.find(
      patience, [&](const Event& event) { return in(event) && is_attached(event); }, from.accounts);
  if (!secret || !account) {
    throw Failure(ns + (secret ? ": no reference" : ": no Secret") + " when time was up");
  }
  return std::max(secret->at, account->at);
}

}  // namespace bench
