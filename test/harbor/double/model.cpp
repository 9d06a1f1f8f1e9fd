#include "harbor/double/model.hpp"

#include <algorithm>

namespace harbor_double {
namespace {

template <class Map>
auto* by_id(Map& map, Id id) {
  const auto found = map.find(id);
  return found == map.end() ? nullptr : &found->second;
}

template <class Map>
auto* by_name(Map& map, std::string_view name) {
  const auto found = std::ranges::find_if(map, [&](const auto& entry) { return entry.second.name == name; });
  return found == map.end() ? nullptr : &found->second;
}

}  // namespace

Robot* State::robot(Id id) { return by_id(robots, id); }
const Robot* State::robot_stored_as(std::string_view name) const { return by_name(robots, name); }
const Project* State::project(Id id) const { return by_id(projects, id); }
Project* State::project(Id id) { return by_id(projects, id); }
const Project* State::project_named(std::string_view name) const { return by_name(projects, name); }
Project* State::project_named(std::string_view name) { return by_name(projects, name); }
User* State::user_named(std::string_view name) { return by_name(users, name); }
const User* State::user(Id id) const { return by_id(users, id); }

Project& State::add_project(const std::string& name, bool is_public, Id owner, Time now) {
  Project project{.id = ++last_project, .name = name, .is_public = is_public, .owner = owner, .created = now};
  project.allowlist = ++last_allowlist;
  project.members[owner] = Role::kProjectAdmin;
  return projects[project.id] = project;
}

User& State::add_user(const std::string& name, const std::string& password, bool sysadmin, Time now) {
  User user{.id = ++last_user, .name = name, .password = password, .sysadmin = sysadmin};
  user.email = name + "@example.test";
  user.realname = name;
  user.created = user.updated = now;
  return users[user.id] = user;
}

void State::remove_project(Id id) {
  std::erase_if(robots, [&](const auto& entry) { return entry.second.project == id; });
  projects.erase(id);
}

State make_state(const Profile& profile, const std::string& admin_password, Time now) {
  State state{.profile = profile};
  User admin{.id = kAdminId, .name = "admin", .password = admin_password, .sysadmin = true};
  admin.realname = "system admin";
  admin.comment = "admin user";
  admin.created = now;
  admin.updated = now + 365;  // its password is set after its row is there
  state.users[kAdminId] = admin;
  state.add_project("library", true, kAdminId, now);
  return state;
}

}  // namespace harbor_double
