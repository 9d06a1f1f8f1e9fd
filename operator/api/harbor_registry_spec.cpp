#include "api/harbor_registry_spec.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "api/harbor_registry_credential.hpp"
#include "api/spec_reader.hpp"

namespace api {
namespace {

using Json = nlohmann::json;

constexpr std::array kAttachModes{Choice<AttachMode>{"Attach", AttachMode::kAttach},
                                  Choice<AttachMode>{"None", AttachMode::kNone}};
constexpr std::array kDeletionPolicies{Choice<DeletionPolicy>{"Delete", DeletionPolicy::kDelete},
                                       Choice<DeletionPolicy>{"Retain", DeletionPolicy::kRetain}};
constexpr std::array kPodRecoveries{Choice<PodRecovery>{"None", PodRecovery::kNone},
                                    Choice<PodRecovery>{"Evict", PodRecovery::kEvict}};
constexpr std::array kOperators{Choice<bool>{"In", true}, Choice<bool>{"NotIn", true}, Choice<bool>{"Exists", false},
                                Choice<bool>{"DoesNotExist", false}};

void read_match_labels(SpecReader& reader, const Place& place, Labels& out) {
  if (!reader.object(place, "write label names and their values")) return;
  for (const auto& [key, value] : place.value->items()) {
    reader.text({&value, place.path + "[" + key + "]"}, out.emplace_back(key, "").second);
  }
}

LabelRequirement read_requirement(SpecReader& reader, const Place& place) {
  LabelRequirement out;
  bool wants_values = false;
  if (!reader.object(place, "write key, operator and values")) return out;
  reader.required_text(at(place, "key"), out.key, "name the label");
  const auto op = at(place, "operator");
  const auto values = at(place, "values");
  reader.required_text(op, out.op, "use one of In, NotIn, Exists, DoesNotExist");
  reader.texts(values, out.values);
  if (!reader.choice(op, kOperators, wants_values)) return out;
  if (wants_values == out.values.empty()) {
    reader.complain(values.path +
                    (wants_values ? " is empty; name at least one value for " : " is not empty; leave it out for ") +
                    out.op);
  }
  return out;
}

void read_selector(SpecReader& reader, const Place& place, std::optional<LabelSelector>& out) {
  if (!reader.object(place, "write a label selector such as {matchLabels: {env: prod}}")) return;
  out.emplace();
  read_match_labels(reader, at(place, "matchLabels"), out->match_labels);
  const auto expressions = at(place, "matchExpressions");
  if (!reader.list(expressions, "write a list of {key, operator, values}")) return;
  for (std::size_t i = 0; i < expressions.value->size(); ++i) {
    out->match_expressions.push_back(read_requirement(reader, item_of(expressions, i)));
  }
}

void read_namespaces(SpecReader& reader, const Place& place, NamespaceSelection& out) {
  reader.object(place, "write an object with selector, names or both");
  read_selector(reader, at(place, "selector"), out.selector);
  reader.texts(at(place, "names"), out.names);
  reader.texts(at(place, "exclude"), out.exclude);
  if (!out.selector && out.names.empty()) {
    reader.complain(place.path + " selects nothing; write selector, names or both (selector: {} is every namespace)");
  }
}

void read_service_accounts(SpecReader& reader, const Place& place, ServiceAccountSelection& out) {
  reader.object(place, "write an object with mode, names and selector");
  // A mode of the future is something we must not do by halves.
  if (!reader.choice(at(place, "mode"), kAttachModes, out.mode)) out.mode = AttachMode::kNone;
  const auto names = at(place, "names");
  reader.texts(names, out.names);
  if (out.names.empty())
    reader.complain(names.path + " is empty; name at least one, or write mode: None to attach to none");
  read_selector(reader, at(place, "selector"), out.selector);
}

bool is_in(const std::string& reference, const std::string& registry) {
  return reference == registry || reference.starts_with(registry + "/");
}

void read_images(SpecReader& reader, const Place& place, HarborRegistrySpec& out) {
  if (!reader.object(place, "write an object with rewrites")) return;
  const auto list = at(place, "rewrites");
  if (!reader.list(list, "write a list of {from, to}")) return;
  for (std::size_t i = 0; i < list.value->size(); ++i) {
    const auto item = item_of(list, i);
    auto& rewrite = out.rewrites.emplace_back();
    reader.object(item, "write {from: <registry>, to: <host>/<project>}");
    reader.required_text(at(item, "from"), rewrite.from, "name a registry, such as docker.io");
    reader.required_text(at(item, "to"), rewrite.to, "name a project of this Harbor, such as <host>/dockerhub");
    if (!rewrite.to.starts_with(out.host + "/"))
      reader.complain(item.path + ".to is not in spec.host; write " + out.host + "/<project>");
    if (is_in(rewrite.from, out.host)) reader.complain(item.path + ".from is spec.host; name another registry");
  }
}

void read_pods(SpecReader& reader, const Place& place, HarborRegistrySpec& out) {
  reader.object(place, "write {recovery: None} or {recovery: Evict}");
  reader.choice(at(place, "recovery"), kPodRecoveries, out.pod_recovery);
}

HarborRegistrySpec read_root(SpecReader& reader, const Json* spec) {
  HarborRegistrySpec out;
  const Place root{spec, "spec"};
  if (spec == nullptr) reader.complain("spec is missing; write host, credential and namespaces");
  reader.object(root, "write an object with host, credential and namespaces");
  reader.required_text(at(root, "host"), out.host, "write host[:port] as image references do");
  read_harbor(reader, root, out);
  read_namespaces(reader, at(root, "namespaces"), out.namespaces);
  read_service_accounts(reader, at(root, "serviceAccounts"), out.service_accounts);
  reader.required_text(at(root, "secretName"), out.secret_name,
                       "name the Secret, or leave the field out for the default");
  read_pods(reader, at(root, "pods"), out);
  read_images(reader, at(root, "images"), out);
  // What cannot be read must not delete anything.
  if (!reader.choice(at(root, "deletionPolicy"), kDeletionPolicies, out.deletion_policy)) {
    out.deletion_policy = DeletionPolicy::kRetain;
  }
  reader.flag(at(root, "suspend"), out.suspend);
  return out;
}

}  // namespace

std::pair<HarborRegistrySpec, std::string> read_spec(const Json* spec) {
  SpecReader reader;
  auto out = read_root(reader, spec);
  return {std::move(out), std::move(reader).error()};
}

}  // namespace api
