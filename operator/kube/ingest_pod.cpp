#include "kube/ingest.hpp"
#include "kube/ingest_object.hpp"

namespace kube {
namespace {

using namespace ingest;

/// `waiting` of a container's state.
void read_waiting(ondemand::value value, api::PullWait& wait) {
  each_field(value, [&](std::string_view key, ondemand::value field) {
    if (key == "reason") wait.reason = text(field);
    if (key == "message") wait.message = text(field).substr(0, api::kMaxPullMessage);
  });
}

api::PullWait read_container_status(ondemand::value status) {
  api::PullWait wait;
  const auto read_state = [&](std::string_view key, ondemand::value value) {
    if (key == "waiting") read_waiting(value, wait);
  };
  each_field(status, [&](std::string_view key, ondemand::value field) {
    if (key == "image") wait.image = text(field);
    if (key == "state") each_field(field, read_state);
  });
  return wait;
}

/// `containerStatuses` or `initContainerStatuses`: those that wait for their image.
void read_waits(ondemand::value value, std::vector<api::PullWait>& waits) {
  if (value.is_null()) return;
  for (ondemand::value status : value.get_array()) {
    auto wait = read_container_status(status);
    if (wait.reason == "ErrImagePull" || wait.reason == "ImagePullBackOff") waits.push_back(std::move(wait));
  }
}

}  // namespace

base::Result<api::Pod> parse_pod(std::string_view json) {
  api::Pod pod;
  const auto read_spec = [&](std::string_view key, ondemand::value value) {
    if (key == "serviceAccountName") pod.account = text(value);
    if (key == "imagePullSecrets" && !value.is_null()) pod.pull_secrets = read_references(value);
  };
  const auto read_status = [&](std::string_view key, ondemand::value value) {
    if (key == "containerStatuses" || key == "initContainerStatuses") read_waits(value, pod.waits);
  };
  const auto read = [&](std::string_view key, ondemand::value value) {
    if (key == "spec") each_field(value, read_spec);
    if (key == "status") each_field(value, read_status);
  };
  return read_object(json, read, [&](Facts& facts) {
    // Most Pods are on their way to run, and thousands may be: of those a name and a maker are enough.
    if (pod.waits.empty()) {
      api::Pod plain;
      plain.meta = std::move(facts.meta);
      plain.owner_uid = std::move(facts.owned.owner_uid);
      return plain;
    }
    pod.owner = std::move(facts.owned.owner);
    pod.owner_uid = std::move(facts.owned.owner_uid);
    pod.ignored = facts.ignored();
    pod.terminating = facts.terminating;
    pod.meta = std::move(facts.meta);
    return std::move(pod);
  });
}

}  // namespace kube
