#include "plan/robot_wish.hpp"

#include <algorithm>
#include <string_view>

#include "plan/reasons.hpp"

namespace plan {
namespace {

std::int64_t seconds(base::Millis span) { return std::chrono::ceil<std::chrono::seconds>(span).count(); }

tl::unexpected<base::Error> no_project(std::string message) {
  return base::fail(base::ErrorKind::kNotFound, kProjectNotFound, std::move(message));
}

/// Harbor's own rule; labels and names of namespaces may be what no project can be called.
bool may_be_project(std::string_view name) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  bool separated = true;
  for (const char c : name) {
    const bool separator = c == '.' || c == '_' || c == '-';
    if (separator ? separated : !plain(c)) return false;
    separated = separator;
  }
  return !separated;
}

/// The project that the namespace stands for.
base::Result<std::string> project_of(const api::RobotSpec& robot, const api::Namespace& ns) {
  std::string project = ns.meta.name;
  if (robot.project_from == api::ProjectFrom::kNamespaceLabel) {
    const auto label = std::find_if(ns.labels.begin(), ns.labels.end(),
                                    [&](const auto& candidate) { return candidate.first == robot.project_label; });
    if (label == ns.labels.end() || label->second.empty()) {
      return no_project("namespace " + ns.meta.name + " has no label " + robot.project_label +
                        " (spec.credential.robot.projectLabel) that names its project");
    }
    project = label->second;
  }
  if (may_be_project(project)) return project;
  return no_project("namespace " + ns.meta.name + " stands for project " + project +
                    ", but no project of Harbor has such a name: lower-case letters and digits with single '.', '_' "
                    "or '-' between them");
}

}  // namespace

base::Result<RobotWish> robot_wish(const api::HarborRegistry& registry, const api::Namespace* ns) {
  const auto& robot = *registry.spec.robot;
  RobotWish wish;
  wish.projects = robot.projects;
  if (ns != nullptr) {
    auto own = project_of(robot, *ns);
    if (!own) return base::fail(std::move(own.error()));
    wish.projects.push_back(std::move(*own));
  }
  std::sort(wish.projects.begin(), wish.projects.end());
  wish.projects.erase(std::unique(wish.projects.begin(), wish.projects.end()), wish.projects.end());
  wish.lifetime_days = robot.lifetime_days;
  if (robot.renew_before) wish.renew_before = seconds(*robot.renew_before);
  wish.overlap = seconds(robot.overlap);
  wish.rotate_at = registry.rotate_requested_at;
  return wish;
}

}  // namespace plan
