#include "harbor/double/journal.hpp"

#include <algorithm>

namespace harbor_double {
namespace {

/// The path up to its collection, ids as {id}: /api/v2.0/robots/{id}, /service/token, /v2/.
std::string kind_of(const std::string& path) {
  if (path.starts_with("/v2")) return "/v2/";
  const auto parts = split(path, '/');
  std::string kind;
  for (std::size_t at = 1; at < std::min<std::size_t>(parts.size(), 5); ++at) {
    const bool is_id = at == 4 && (all_digits(parts[at]) || parts[3] == "projects");
    kind += "/" + (is_id ? "{id}" : parts[at]);
  }
  return kind;
}

}  // namespace

std::size_t Journal::begin(const Request& request) {
  const std::lock_guard lock(mutex_);
  most_ = std::max(most_, ++running_);
  Entry entry{request.method, request.target, request.path};
  entry.concurrent = running_;
  entries_[++last_] = std::move(entry);
  return last_;
}

void Journal::end(std::size_t number, const Sender& sender, int status) {
  const std::lock_guard lock(mutex_);
  --running_;
  const auto found = entries_.find(number);
  if (found == entries_.end()) return;  // cleared in between
  found->second.sender = sender;
  found->second.status = status;
  found->second.done = true;
}

Json Journal::requests() const {
  const std::lock_guard lock(mutex_);
  Json found = Json::array();
  for (const auto& [number, entry] : entries_) {
    found.push_back({{"n", number},
                     {"method", entry.method},
                     {"target", entry.target},
                     {"caller", entry.sender.caller},
                     {"claimed", entry.sender.claimed},
                     {"status", entry.status},
                     {"done", entry.done},
                     {"concurrent", entry.concurrent}});
  }
  return found;
}

Json Journal::stats() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, int> counts;
  for (const auto& [number, entry] : entries_) {
    ++counts[entry.method + " " + kind_of(entry.path)];
  }
  return {{"requests", entries_.size()}, {"running", running_}, {"max_concurrent", most_}, {"counts", counts}};
}

void Journal::clear() {
  const std::lock_guard lock(mutex_);
  entries_.clear();
  most_ = running_;
}

}  // namespace harbor_double
