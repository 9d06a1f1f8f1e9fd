#include "harbor/double/faults.hpp"

#include <map>

namespace harbor_double {
namespace {

const std::map<std::string, Fault::Kind>& kinds() {
  using Kind = Fault::Kind;
  static const std::map<std::string, Kind> kKinds{{"reset_before", Kind::kResetBefore},
                                                  {"reset_after", Kind::kResetAfter},
                                                  {"status", Kind::kStatus},
                                                  {"html_502", Kind::kHtml502},
                                                  {"truncate", Kind::kTruncate},
                                                  {"slow", Kind::kSlow},
                                                  {"trickle", Kind::kTrickle},
                                                  {"hang", Kind::kHang},
                                                  {"stale_write", Kind::kStaleWrite}};
  return kKinds;
}

/// Retry-After is a number or a date; tests write either.
std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

}  // namespace

tl::expected<Fault, std::string> parse_fault(const Json& json) {
  if (!json.is_object()) return tl::unexpected(std::string("a fault is an object"));
  Fault fault;
  fault.name = json.value("fault", "");
  const auto kind = kinds().find(fault.name);
  if (kind == kinds().end()) return tl::unexpected("there is no fault '" + fault.name + "'");
  fault.kind = kind->second;
  const auto match = json.value("match", Json::object());
  fault.method = match.value("method", "");
  fault.path_prefix = match.value("path_prefix", "");
  fault.nth = match.value("nth", 1);
  fault.times = match.value("times", 1);
  fault.ms = json.value("ms", 0);
  fault.status = json.value("status", 500);
  if (json.contains("body")) fault.body = text_of(json["body"]);
  fault.content_type = json.value("content_type", "");
  fault.location = json.value("location", "");
  if (json.contains("retry_after")) fault.retry_after = text_of(json["retry_after"]);
  return fault;
}

void Faults::add(std::vector<Fault> faults) {
  const std::lock_guard lock(mutex_);
  faults_.insert(faults_.end(), faults.begin(), faults.end());
}

void Faults::clear() {
  const std::lock_guard lock(mutex_);
  faults_.clear();
}

Json Faults::list() const {
  const std::lock_guard lock(mutex_);
  Json found = Json::array();
  for (const auto& fault : faults_) {
    found.push_back(
        {{"fault", fault.name},
         {"match",
          {{"method", fault.method}, {"path_prefix", fault.path_prefix}, {"nth", fault.nth}, {"times", fault.times}}},
         {"hits", fault.hits}});
  }
  return found;
}

std::optional<Fault> Faults::strike(const Request& request) {
  const std::lock_guard lock(mutex_);
  for (auto& fault : faults_) {
    const bool matches =
        (fault.method.empty() || fault.method == request.method) && request.target.starts_with(fault.path_prefix);
    if (!matches || fault.times == 0) continue;
    if (fault.nth > 1) {
      --fault.nth;
      continue;
    }
    if (fault.times > 0) --fault.times;
    ++fault.hits;
    return fault;
  }
  return std::nullopt;
}

}  // namespace harbor_double
