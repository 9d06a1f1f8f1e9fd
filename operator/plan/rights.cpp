#include "plan/rights.hpp"

#include <initializer_list>

#include "api/names.hpp"

namespace plan {
namespace {

class Rights {
 public:
  /// `right` with each of the verbs.
  void add(std::initializer_list<const char*> verbs, Right right) {
    for (const auto* verb : verbs) {
      right.verb = verb;
      all_.push_back(right);
    }
  }
  std::vector<Right> take() { return std::move(all_); }

 private:
  std::vector<Right> all_;
};

}  // namespace

std::vector<Right> rights_needed(std::string_view ns, const std::vector<std::string>& secret_names) {
  const std::string own(ns);
  const std::string group(api::kGroup);
  const std::string plural(api::kPlural);
  Rights rights;
  for (const auto& name : secret_names) {
    rights.add({"get", "list", "watch", "create", "patch", "delete"}, {.resource = "secrets", .name = name});
  }
  rights.add({"get", "list", "watch", "patch"}, {.resource = "serviceaccounts"});
  rights.add({"list", "watch"}, {.resource = "namespaces"});
  rights.add({"list", "watch", "patch"}, {.group = group, .resource = plural});
  rights.add({"patch"}, {.group = group, .resource = plural, .subresource = "status"});
  rights.add({"create"}, {.group = "events.k8s.io", .resource = "events"});
  rights.add({"get", "list", "watch", "create", "update", "delete"}, {.resource = "secrets", .ns = own});
  rights.add({"patch"}, {.resource = "secrets", .ns = own, .name = std::string(api::kStateSecret)});
  rights.add({"list", "watch"}, {.resource = "configmaps", .ns = own});
  rights.add({"get", "create", "update", "patch"},
             {.group = "coordination.k8s.io", .resource = "leases", .ns = own, .name = std::string(api::kLease)});
  return rights.take();
}

std::string describe(const Right& right) {
  std::string text = right.verb + " " + right.resource;
  if (!right.subresource.empty()) text += "/" + right.subresource;
  if (!right.group.empty()) text += "." + right.group;
  if (!right.name.empty()) text += " " + right.name;
  return text + (right.ns.empty() ? " in all namespaces" : " in namespace " + right.ns);
}

}  // namespace plan
