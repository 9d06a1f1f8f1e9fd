#include "kube/ingest_object.hpp"

#include "base/clock.hpp"
#include "kube/envelope.hpp"

namespace kube::ingest {
namespace {

void read_labels(ondemand::value value, api::Labels& labels) {
  each_field(value, [&](std::string_view key, ondemand::value label) { labels.emplace_back(key, text(label)); });
  std::sort(labels.begin(), labels.end());
  labels.shrink_to_fit();  // thousands of these are kept
}

void read_manager(ondemand::value entry, Facts& facts) {
  bool ours = false;
  bool apply = false;
  each_field(entry, [&](std::string_view key, ondemand::value value) {
    if (key == "manager") ours = text(value) == api::kFieldManager;
    if (key == "operation") apply = text(value) == "Apply";
  });
  facts.applied_by_us |= ours && apply;
}

void read_managers(ondemand::value value, Facts& facts) {
  if (value.is_null()) return;
  for (ondemand::value entry : value.get_array()) read_manager(entry, facts);
}

void read_annotations(ondemand::value value, Facts& facts) {
  facts.has_annotations = !value.is_null();
  each_field(value, [&](std::string_view key, ondemand::value annotation) {
    // Others are skipped unread: kubectl's last-applied-configuration may be a credential.
    if (key.find(api::kGroup) != std::string_view::npos) facts.annotations.emplace_back(key, text(annotation));
  });
}

/// 0 for null (Go's zero time) and for what is no time.
std::int64_t seconds(ondemand::value value) {
  if (value.is_null()) return 0;
  const auto time = base::parse_rfc3339(text(value));
  return time ? base::unix_seconds(*time) : 0;
}

struct Owner {
  std::string_view kind = {};
  std::string_view name = {};
  std::string_view uid = {};
  bool controller = false;
};

Owner read_owner(ondemand::value reference) {
  Owner owner;
  each_field(reference, [&](std::string_view key, ondemand::value field) {
    if (key == "kind") owner.kind = text(field);
    if (key == "name") owner.name = text(field);
    if (key == "uid") owner.uid = text(field);
    if (key == "controller") owner.controller = field.get_bool();
  });
  return owner;
}

/// The controller among the ownerReferences, if there is one.
void read_owners(ondemand::value value, api::Pod& owned) {
  if (value.is_null()) return;
  for (ondemand::value reference : value.get_array()) {
    const auto owner = read_owner(reference);
    if (!owner.controller) continue;
    owned.owner = std::string(owner.kind).append(" ").append(owner.name);
    owned.owner_uid = owner.uid;
  }
}

void read_identity(std::string_view key, ondemand::value field, api::Meta& meta) {
  if (key == "name") meta.name = text(field);
  if (key == "namespace") meta.ns = text(field);
  if (key == "uid") meta.uid = text(field);
  if (key == "resourceVersion") meta.resource_version = version_number(text(field));
}

}  // namespace

void read_metadata(ondemand::value value, Facts& facts) {
  each_field(value, [&](std::string_view key, ondemand::value field) {
    read_identity(key, field, facts.meta);
    if (key == "creationTimestamp") facts.created = seconds(field);
    if (key == "deletionTimestamp") facts.terminating = !field.is_null();
    if (key == "labels") read_labels(field, facts.labels);
    if (key == "annotations") read_annotations(field, facts);
    if (key == "managedFields") read_managers(field, facts);
    if (key == "ownerReferences") read_owners(field, facts.owned);
  });
}

bool at_end(ondemand::document& document) { return document.current_location().error() == simdjson::OUT_OF_BOUNDS; }

std::string place(ondemand::document& document, const simdjson::padded_string& start) {
  const char* at = nullptr;
  if (document.current_location().get(at) != simdjson::SUCCESS) return {};
  return " (near byte " + std::to_string(at - start.data()) + ")";
}

std::vector<std::string> read_references(ondemand::value value) {
  std::vector<std::string> names;
  for (ondemand::value entry : value.get_array()) {
    auto& name = names.emplace_back();
    each_field(entry, [&](std::string_view key, ondemand::value field) {
      if (key == "name") name = text(field);
    });
  }
  names.shrink_to_fit();
  return names;
}

}  // namespace kube::ingest
