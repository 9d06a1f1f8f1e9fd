#include "api/harbor_registry_credential.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json_fwd.hpp>

namespace api {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array kVerifications{Choice<TlsVerification>{"Full", TlsVerification::kFull},
                                    Choice<TlsVerification>{"Insecure", TlsVerification::kInsecure}};
constexpr std::array kCaKinds{Choice<CaRef::Kind>{"ConfigMap", CaRef::Kind::kConfigMap},
                              Choice<CaRef::Kind>{"Secret", CaRef::Kind::kSecret}};
constexpr std::array kSharings{Choice<Sharing>{"Shared", Sharing::kShared},
                               Choice<Sharing>{"PerNamespace", Sharing::kPerNamespace}};
constexpr std::array kProjectFroms{Choice<ProjectFrom>{"NamespaceName", ProjectFrom::kNamespaceName},
                                   Choice<ProjectFrom>{"NamespaceLabel", ProjectFrom::kNamespaceLabel}};

constexpr int kMostDays = 3650;
constexpr DurationRange kIntervals{seconds(5), hours(24), "from 5s to 24h"};
constexpr DurationRange kRenewals{minutes(1), hours(24) * kMostDays, "of at least 1m"};
constexpr DurationRange kOverlaps{seconds(0), hours(720), "of at most 720h"};

constexpr std::string_view kHttp = "http://";
constexpr std::string_view kHttps = "https://";
constexpr std::string_view kReferenceAdvice = "write {name: <secret>}";
constexpr std::string_view kSecretAdvice = "name a Secret in the operator's namespace";

bool only_of(std::string_view text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

/// What follows the scheme: host[:port], so no user, no path, no query and no IPv6 literal.
bool is_authority(std::string_view text) {
  const auto colon = text.find(':');
  const bool port_ok = colon == std::string_view::npos || only_of(text.substr(colon + 1), "0123456789");
  return port_ok && only_of(text.substr(0, colon), "abcdefghijklmnopqrstuvwxyz0123456789.-");
}

void read_endpoint(SpecReader& reader, const Place& place, std::string& out) {
  if (place.value == nullptr) return;
  std::string text;
  reader.text(place, text);
  for (const auto scheme : {kHttp, kHttps}) {
    if (text.starts_with(scheme) && is_authority(std::string_view(text).substr(scheme.size()))) out = text;
  }
  if (out.empty()) {
    reader.complain(place.path + " is not https://host[:port] or http://host[:port]; write it in lower case, without " +
                    "user, path and slash at the end");
  }
}

void read_ca(SpecReader& reader, const Place& place, std::optional<CaRef>& out) {
  if (!reader.object(place, "write {kind: ConfigMap, name: <name>}")) return;
  out.emplace();
  const auto kind = at(place, "kind");
  if (kind.value == nullptr) reader.complain(kind.path + " is missing; write ConfigMap or Secret");
  reader.choice(kind, kCaKinds, out->kind);
  reader.required_text(at(place, "name"), out->name, "name a ConfigMap or Secret in the operator's namespace");
  reader.required_text(at(place, "key"), out->key, "name the key, or leave the field out for ca.crt");
}

void read_tls(SpecReader& reader, const Place& place, TlsSpec& out) {
  reader.object(place, "write an object with verification and caRef");
  const auto reference = at(place, "caRef");
  reader.choice(at(place, "verification"), kVerifications, out.verification);
  read_ca(reader, reference, out.ca_ref);
  if (out.ca_ref && out.verification == TlsVerification::kInsecure) {
    reader.complain(reference.path + " does nothing with verification: Insecure; leave one of them out");
  }
}

void read_secret_ref(SpecReader& reader, const Place& place, HarborRegistrySpec& out) {
  reader.object(place, kReferenceAdvice);
  reader.required_text(at(place, "name"), out.credential_secret, kSecretAdvice);
  reader.texts(at(place, "projects"), out.credential_projects);
}

/// What sharing, projects, projectFrom and projectLabel must be to each other.
void check_projects(SpecReader& reader, const Place& place, const RobotSpec& robot) {
  const auto path = [&](std::string_view field) { return place.path + "." + std::string(field); };
  const bool shared = robot.sharing == Sharing::kShared;
  const bool labelled = robot.project_from == ProjectFrom::kNamespaceLabel;
  if (shared && robot.projects.empty()) {
    reader.complain(path("projects") + " is empty; with sharing: Shared name at least one project");
  }
  if (shared && robot.project_from != ProjectFrom::kNone) {
    reader.complain(path("projectFrom") +
                    " goes with sharing: PerNamespace only; leave it out, or share per namespace");
  }
  if (!shared && robot.project_from == ProjectFrom::kNone) {
    reader.complain(path("projectFrom") +
                    " is missing; with sharing: PerNamespace write NamespaceName or "
                    "NamespaceLabel");
  }
  if (labelled == robot.project_label.empty()) {
    reader.complain(path("projectLabel") + (labelled
                                                ? " is missing; name the label of a namespace that holds its project"
                                                : " goes with projectFrom: NamespaceLabel only; leave it out"));
  }
}

void read_lifetime(SpecReader& reader, const Place& place, RobotSpec& out) {
  const auto lifetime = at(place, "lifetimeDays");
  const auto renewal = at(place, "renewBefore");
  std::int64_t days = out.lifetime_days;
  if (reader.integer(lifetime, days) && days != kNeverExpires && (days < 1 || days > kMostDays)) {
    reader.complain(lifetime.path + " is " + std::to_string(days) + "; write 1 to 3650, or -1 for never");
    days = out.lifetime_days;
  }
  out.lifetime_days = static_cast<int>(days);
  base::Millis before{};
  if (reader.duration(renewal, kRenewals, before)) out.renew_before = before;
  if (out.renew_before && days != kNeverExpires && *out.renew_before >= hours(24) * days) {
    reader.complain(renewal.path + " is not shorter than lifetimeDays; a robot would be renewed as soon as it is made");
  }
  reader.duration(at(place, "overlap"), kOverlaps, out.overlap);
}

void read_robot(SpecReader& reader, const Place& place, RobotSpec& out) {
  const auto admin = at(place, "adminRef");
  reader.object(admin, kReferenceAdvice);
  reader.required_text(at(admin, "name"), out.admin_secret, kSecretAdvice);
  const bool sharing_known = reader.choice(at(place, "sharing"), kSharings, out.sharing);
  const bool from_known = reader.choice(at(place, "projectFrom"), kProjectFroms, out.project_from);
  reader.texts(at(place, "projects"), out.projects);
  reader.text(at(place, "projectLabel"), out.project_label);
  if (sharing_known && from_known) check_projects(reader, place, out);
  read_lifetime(reader, place, out);
}

void read_credential(SpecReader& reader, const Place& place, HarborRegistrySpec& out) {
  const auto reference = at(place, "secretRef");
  const auto robot = at(place, "robot");
  if (place.value == nullptr) reader.complain(place.path + " is missing; write secretRef or robot");
  reader.object(place, "write {secretRef: {name: <secret>}}, or robot");
  if ((reference.value == nullptr) == (robot.value == nullptr)) {
    reader.complain(place.path + " is not exactly one of secretRef, robot; write one of them");
  }
  if (reference.value != nullptr) read_secret_ref(reader, reference, out);
  if (reader.object(robot, "write an object with adminRef and projects"))
    read_robot(reader, robot, out.robot.emplace());
}

}  // namespace

void read_harbor(SpecReader& reader, const Place& root, HarborRegistrySpec& out) {
  read_endpoint(reader, at(root, "endpoint"), out.endpoint);
  read_tls(reader, at(root, "tls"), out.tls);
  if (out.endpoint.starts_with(kHttp) && out.tls.verification != TlsVerification::kInsecure) {
    reader.complain("spec.endpoint is not encrypted; if that is meant, say so with spec.tls.verification: Insecure");
  }
  read_credential(reader, at(root, "credential"), out);
  reader.duration(at(root, "interval"), kIntervals, out.interval);
}

std::string endpoint_of(const HarborRegistrySpec& spec) {
  return spec.endpoint.empty() ? std::string(kHttps) + spec.host : spec.endpoint;
}

}  // namespace api
