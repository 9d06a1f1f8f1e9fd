#include "reconcile/robot_store.hpp"

#include <nlohmann/json.hpp>

#include "api/names.hpp"
#include "base/digest.hpp"
#include "kube/ingest.hpp"
#include "kube/request.hpp"
#include "plan/reasons.hpp"
#include "reconcile/writer.hpp"

namespace reconcile {
namespace {

using base::ErrorKind;
using base::fail;
using plan::RobotIdentity;

/// Its uid stands for the cluster: it is there from the beginning and cannot be made again.
constexpr const char* kClusterNamespace = "kube-system";

nlohmann::json document(const RobotStore::Stored& stored) {
  const auto state = plan::render_robot_state(stored.state);
  nlohmann::json metadata = {{"name", stored.meta.name},
                             {"namespace", stored.meta.ns},
                             {"labels", {{api::kManagedByLabel, api::kFieldManager}}},
                             {"annotations",
                              {{api::kRegistryAnnotation, stored.state.identity.registry},
                               {api::kNamespaceAnnotation, stored.state.identity.ns}}}};
  if (!stored.meta.uid.empty()) {
    metadata["uid"] = stored.meta.uid;
    metadata["resourceVersion"] = std::to_string(stored.meta.resource_version);
  }
  return {{"apiVersion", "v1"},
          {"kind", "Secret"},
          {"metadata", std::move(metadata)},
          {"type", plan::kRobotStateType},
          {"data", {{plan::kRobotStateKey, base::base64_encode(state.reveal())}}}};
}

base::Error changed(const api::Meta& meta) {
  return {ErrorKind::kConflict, "Secret " + meta.ns + "/" + meta.name + " changed meanwhile"};
}

/// The API server's, not Harbor's: whoever reads it is to know.
tl::unexpected<base::Error> not_kept(base::Error error, const api::Meta& meta) {
  error.reason =
      base::retryable(error.kind) && error.kind != ErrorKind::kForbidden ? plan::kWriteFailed : plan::kWriteRefused;
  error.message = "the state of the robots, Secret " + meta.ns + "/" + meta.name + ": " + error.message;
  return fail(std::move(error));
}

}  // namespace

base::Result<plan::RobotState> state_in(const api::SourceSecret& secret) {
  const auto* text = secret.find(plan::kRobotStateKey);
  if (secret.type != plan::kRobotStateType || text == nullptr) {
    return fail(ErrorKind::kInvalid, "it is not a Secret of type " + std::string(plan::kRobotStateType));
  }
  return plan::parse_robot_state(text->reveal());
}

std::string RobotStore::cluster() const {
  const auto ns = world_.namespaces.get("", kClusterNamespace);
  return ns ? ns->meta.uid : "";
}

std::string RobotStore::base_name(const RobotIdentity& identity) const {
  return plan::robot_base_name(cluster(), identity);
}

base::Result<RobotStore::Stored> RobotStore::read(const RobotIdentity& identity) const {
  Stored stored;
  stored.meta.ns = world_.own_namespace;
  stored.meta.name = base_name(identity);
  stored.state.identity = identity;
  const auto secret = world_.sources.get(stored.meta.ns, stored.meta.name);
  if (!secret) return stored;
  auto state = state_in(*secret);
  if (!state) {
    return fail(ErrorKind::kInvalid, "Secret " + stored.meta.ns + "/" + stored.meta.name + ": " +
                                         state.error().message +
                                         "; delete it, and the operator makes a new robot and removes the old ones");
  }
  stored.state = std::move(*state);
  stored.meta = secret->meta;
  return stored;
}

std::optional<plan::RobotState> RobotStore::state(const RobotIdentity& identity) const {
  const auto secret = world_.sources.get(world_.own_namespace, base_name(identity));
  if (!secret) return std::nullopt;
  auto state = state_in(*secret);
  return state ? std::optional(std::move(*state)) : std::nullopt;
}

bool RobotStore::exists(const RobotIdentity& identity) const {
  return world_.sources.get(world_.own_namespace, base_name(identity)).has_value();
}

std::vector<plan::RobotState> RobotStore::states(const std::string& registry) const {
  const auto here = cluster();
  std::vector<plan::RobotState> found;
  world_.sources.for_each([&](const api::SourceSecret& secret) {
    if (secret.type != plan::kRobotStateType) return;
    auto state = state_in(secret);
    if (!state || state->identity.registry != registry) return;
    // A Secret that was brought over from another cluster speaks of that cluster's robots.
    if (secret.meta.name == plan::robot_base_name(here, state->identity)) found.push_back(std::move(*state));
  });
  return found;
}

base::Status RobotStore::write(Stored& stored) {
  const bool fresh = stored.meta.uid.empty();
  const auto path = kube::secret_path(stored.meta.ns, stored.meta.name);
  const auto body = document(stored).dump();
  // Not by apply: to an object of ours that another process made a moment ago it would be no conflict.
  const auto request = fresh ? kube::create(kube::secrets_in(stored.meta.ns).path, body) : kube::update(path, body);
  auto answer = api_.call(request, kube::Content::kSecret, {kWriteDeadline});
  metrics_.write_done("state", fresh ? "create" : "update", answer ? "success" : "error");
  if (!answer && answer.error().kind == ErrorKind::kConflict) {
    // Ours, perhaps: a reply that was lost. The next look is to see it whatever the watch has shown.
    if (const auto seen = fetch(stored.meta); !seen) return not_kept(seen.error(), stored.meta);
    return fail(changed(stored.meta));
  }
  if (!answer) return not_kept(answer.error(), stored.meta);
  auto written = kube::parse_source_secret(*answer);
  if (!written) return fail(std::move(written.error()));
  stored.meta = written->meta;
  world_.sources.absorb(std::move(*written));
  return {};
}

base::Result<std::optional<api::SourceSecret>> RobotStore::fetch(const api::Meta& meta) {
  const auto answer =
      api_.call(kube::get(kube::secret_path(meta.ns, meta.name)), kube::Content::kSecret, {kWriteDeadline});
  if (!answer && answer.error().kind == ErrorKind::kNotFound) return std::nullopt;
  if (!answer) return fail(answer.error());
  auto seen = kube::parse_source_secret(*answer);
  if (!seen) return fail(std::move(seen.error()));
  world_.sources.absorb(*seen);
  return std::optional(std::move(*seen));
}

base::Status RobotStore::confirm(const Stored& stored) {
  const auto seen = fetch(stored.meta);
  if (!seen) return not_kept(seen.error(), stored.meta);
  const bool newest =
      *seen && (*seen)->meta.uid == stored.meta.uid && (*seen)->meta.resource_version == stored.meta.resource_version;
  return newest ? base::Status{} : fail(changed(stored.meta));
}

base::Status RobotStore::drop(const Stored& stored) {
  if (stored.meta.uid.empty()) return {};
  const auto path = kube::secret_path(stored.meta.ns, stored.meta.name);
  const auto answer = api_.call(kube::remove(path, stored.meta.uid, stored.meta.resource_version),
                                kube::Content::kSecret, {kWriteDeadline});
  const bool gone = answer || answer.error().kind == ErrorKind::kNotFound;
  metrics_.write_done("state", "delete", gone ? "success" : "error");
  if (!gone) return not_kept(answer.error(), stored.meta);
  world_.sources.remove(stored.meta.ns, stored.meta.name, stored.meta.resource_version);
  return {};
}

}  // namespace reconcile
