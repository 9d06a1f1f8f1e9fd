#include "runtime/lease_record.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace runtime {
namespace {

using nlohmann::json;

LeaseSpec read_spec(const json& spec) {
  LeaseSpec read;
  read.holder = spec.value("holderIdentity", "");
  read.acquire_time = spec.value("acquireTime", "");
  read.renew_time = spec.value("renewTime", "");
  if (const auto at = spec.find("leaseDurationSeconds"); at != spec.end()) {
    read.duration = std::chrono::seconds(at->get<std::int32_t>());  // int32 in the API
  }
  if (const auto at = spec.find("leaseTransitions"); at != spec.end()) read.transitions = at->get<std::int32_t>();
  return read;
}

}  // namespace

base::Result<LeaseObject> parse_lease(std::string text) {
  try {
    const json object = json::parse(text);
    if (object.at("metadata").at("resourceVersion").get_ref<const std::string&>().empty()) {
      return base::fail(base::ErrorKind::kInvalid, "a Lease without a resourceVersion");
    }
    const LeaseSpec spec = object.contains("spec") ? read_spec(object.at("spec")) : LeaseSpec{};
    return LeaseObject{spec, std::move(text)};
  } catch (const json::exception&) {
    return base::fail(base::ErrorKind::kInvalid, "the answer is not a Lease");
  }
}

std::string render_lease(const LeaseObject& object, const LeaseSpec& spec) {
  json lease = json::parse(object.json);  // parse_lease read it before
  json& to = lease["spec"];
  to["holderIdentity"] = spec.holder;
  to["acquireTime"] = spec.acquire_time;
  to["renewTime"] = spec.renew_time;
  if (spec.duration) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*spec.duration);
    to["leaseDurationSeconds"] = std::max<std::int64_t>(seconds.count(), 1);
  }
  if (spec.transitions) to["leaseTransitions"] = *spec.transitions;
  return lease.dump();
}

std::string render_new_lease(const std::string& ns, const std::string& name) {
  const json lease{
      {"apiVersion", "coordination.k8s.io/v1"}, {"kind", "Lease"}, {"metadata", {{"namespace", ns}, {"name", name}}}};
  return lease.dump();
}

}  // namespace runtime
