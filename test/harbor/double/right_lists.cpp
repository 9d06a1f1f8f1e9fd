#include "harbor/double/rights.hpp"

#include <algorithm>
#include <iterator>

namespace harbor_double {
namespace {

/// A part and its actions, parted by blanks.
struct Group {
  std::string_view part;
  std::string_view actions;
};

std::vector<Right> spread(const std::vector<Group>& groups) {
  std::vector<Right> rights;
  for (const auto& group : groups) {
    for (std::size_t begin = 0; begin < group.actions.size();) {
      const auto end = std::min(group.actions.find(' ', begin), group.actions.size());
      rights.push_back({group.part, group.actions.substr(begin, end - begin)});
      begin = end + 1;
    }
  }
  return rights;
}

const std::vector<Group>& project_grants() {
  static const std::vector<Group> kGroups{
      {"log", "list"},
      {"project", "read delete update"},
      {"metadata", "read create delete list update"},
      {"repository", "read update delete list pull push"},
      {"artifact", "read create list delete"},
      {"scan", "create read stop"},
      {"sbom", "create stop read"},
      {"tag", "create list delete"},
      {"accessory", "list"},
      {"artifact-addition", "read"},
      {"artifact-label", "create delete"},
      {"scanner", "create read"},
      {"preheat-policy", "read create delete list update"},
      {"immutable-tag", "create delete list update"},
      {"notification-policy", "read create delete list update"},
      {"tag-retention", "read create delete list update"},
      {"label", "read create delete list update"},
      {"quota", "read"},
      {"robot", "create read list delete"},
      {"export-cve", "create read"},
      {"member", "create read update list delete"},
  };
  return kGroups;
}

const std::vector<Group>& system_grants() {
  static const std::vector<Group> kGroups{
      {"audit-log", "list"},
      {"preheat-instance", "read create delete list update"},
      {"project", "list create"},
      {"replication-policy", "read create delete list update"},
      {"replication", "read create list"},
      {"replication-adapter", "list"},
      {"registry", "read create delete list update"},
      {"scan-all", "read update stop create"},
      {"system-volumes", "read"},
      {"garbage-collection", "read create list update stop"},
      {"purge-audit", "read create list update stop"},
      {"jobservice-monitor", "list stop"},
      {"scanner", "read create delete list update"},
      {"label", "read create delete update"},
      {"security-hub", "read list"},
      {"catalog", "read"},
      {"quota", "read list"},
      {"robot", "create read list delete"},
      {"user", "create read update list delete"},
      {"ldap-user", "create list"},
      {"quota", "update"},
      {"user-group", "create read update list delete"},
  };
  return kGroups;
}

/// Rights that a robot could not be given before 2.12.
bool is_late(const Right& right) {
  constexpr std::string_view kLate[] = {"robot", "user", "user-group", "ldap-user", "member", "export-cve"};
  return std::ranges::find(kLate, right.part) != std::end(kLate) || (right.part == "quota" && right.action == "update");
}

}  // namespace

std::vector<Right> grantable(const Profile& profile, bool system) {
  if (!profile.checks_permissions) return {};
  auto rights = spread(system ? system_grants() : project_grants());
  std::erase_if(rights, [&](const Right& right) {
    return (is_late(right) && !profile.grants_robot_rights) || (right.part == "sbom" && !profile.grants_sbom);
  });
  return rights;
}

const std::vector<Right>& project_rights() {
  static const std::vector<Right> kRights = spread({
      {"", "read update delete"},
      {"member", "create read update delete list"},
      {"metadata", "create read update delete list"},
      {"log", "list"},
      {"label", "create read update delete list"},
      {"quota", "read"},
      {"repository", "create read update delete list pull push"},
      {"tag-retention", "create read update delete list operate"},
      {"immutable-tag", "create update delete list"},
      {"configuration", "read update"},
      {"robot", "create read update delete list"},
      {"notification-policy", "create read update delete list"},
      {"scan", "create read stop"},
      {"sbom", "create read stop"},
      {"scanner", "create read"},
      {"artifact", "create read delete list"},
      {"tag", "create delete list"},
      {"accessory", "list"},
      {"artifact-addition", "read"},
      {"artifact-label", "create delete"},
      {"preheat-policy", "create read update delete list"},
      {"export-cve", "create read"},
  });
  return kRights;
}

}  // namespace harbor_double
