#include "support/fault_plan.hpp"

#include <algorithm>
#include <utility>

namespace support {
namespace {

bool is_read(std::string_view method) { return method == "GET" || method == "HEAD"; }

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

bool fits(const Match& match, const FaultPlan::Asked& asked) {
  const auto agrees = [](const std::string& wanted, std::string_view found) {
    return wanted.empty() || wanted == found;
  };
  return agrees(match.method, asked.method) && agrees(match.proxy, asked.proxy) && has(asked.target, match.target);
}

/// Without the query, which holds a field manager and no more.
std::string key_of(const FaultPlan::Asked& asked) {
  std::string key(asked.proxy);
  key.append(key.empty() ? "" : " ").append(asked.method).append(" ");
  return key.append(asked.target.substr(0, asked.target.find('?')));
}

bool has_hook(const Fault& fault) {
  switch (fault.mode) {
    case FaultMode::kBeforeEffect:
    case FaultMode::kAfterEffect:
    case FaultMode::kAfterAnswer: return true;
    case FaultMode::kLoseReply:
    case FaultMode::kRefuse:
    case FaultMode::kDelay: return false;
  }
  return false;
}

}  // namespace

std::string_view name_of(FaultMode mode) {
  switch (mode) {
    case FaultMode::kBeforeEffect: return "before the effect of";
    case FaultMode::kAfterEffect: return "after the effect of";
    case FaultMode::kAfterAnswer: return "after the answer to";
    case FaultMode::kLoseReply: return "losing the reply to";
    case FaultMode::kRefuse: return "refusing";
    case FaultMode::kDelay: return "delaying";
  }
  return "";
}

WriteFilter but_leases() {
  return [](std::string_view, std::string_view target) { return !has(target, "/leases"); };
}

WriteFilter but_leases_and_events() {
  return [](std::string_view, std::string_view target) { return !has(target, "/leases") && !has(target, "/events"); };
}

FaultPlan::FaultPlan(WriteFilter counts) : counts_(std::move(counts)) {}

void FaultPlan::at_write(int k, Fault fault) {
  const base::MutexLock lock(mutex_);
  armed_.push_back({.write = static_cast<int>(writes_.size()) + k, .fault = std::move(fault)});
}

void FaultPlan::at_write_named(std::string name, Fault fault) {
  const base::MutexLock lock(mutex_);
  armed_.push_back({.name = std::move(name), .fault = std::move(fault)});
}

void FaultPlan::at(Match match, Fault fault) {
  const base::MutexLock lock(mutex_);
  armed_.push_back({.match = std::move(match), .fault = std::move(fault)});
}

std::vector<std::string> FaultPlan::fired() const {
  const base::MutexLock lock(mutex_);
  return fired_;
}

bool FaultPlan::wait_fired(Millis patience) const {
  const base::MutexLock lock(mutex_);
  return changed_.wait_until(mutex_, {}, std::chrono::steady_clock::now() + patience,
                             [this] { return !fired_.empty(); });
}

std::vector<std::string> FaultPlan::writes() const {
  const base::MutexLock lock(mutex_);
  return writes_;
}

std::optional<FaultPlan::Ticket> FaultPlan::admit(const Asked& asked, const std::function<bool()>& gone) {
  const bool counted = !is_read(asked.method) && counts_(asked.method, asked.target);
  const base::MutexLock lock(mutex_);
  if (counted && holding_ > 0) {
    changed_.wait(mutex_, {}, [this] { return holding_ == 0; });
    if (gone()) {
      return std::nullopt;
    }
  }
  Ticket ticket;
  ticket.counted = counted;
  const auto key = key_of(asked);
  ticket.name = key + " #" + std::to_string(++seen_[key]);
  if (counted) {
    writes_.push_back(ticket.name);
  }
  ticket.fault = choose(asked, ticket);
  ticket.holds = ticket.fault && has_hook(*ticket.fault);
  holding_ += ticket.holds ? 1 : 0;
  return ticket;
}

bool FaultPlan::meets(const Armed& one, const Asked& asked, const Ticket& ticket) const {
  if (one.write > 0) {
    return ticket.counted && one.write == static_cast<int>(writes_.size());
  }
  return one.name.empty() ? fits(one.match, asked) : ticket.counted && one.name == ticket.name;
}

std::optional<Fault> FaultPlan::choose(const Asked& asked, const Ticket& ticket) {
  std::optional<Fault> chosen;
  for (auto& one : armed_) {
    if (!meets(one, asked, ticket)) {
      continue;
    }
    ++one.seen;  // also when another fault comes first
    const bool due = one.seen >= one.match.nth && one.seen < one.match.nth + one.match.times;
    if (due && !chosen) {
      chosen = one.fault;
      one.fault.hook = {};
    }
  }
  return chosen;
}

void FaultPlan::settle(const Ticket& ticket) {
  const base::MutexLock lock(mutex_);
  fired_.push_back(ticket.name);
  holding_ -= ticket.holds ? 1 : 0;
  changed_.notify_all();
}

}  // namespace support
