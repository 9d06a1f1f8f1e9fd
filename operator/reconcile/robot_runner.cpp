#include "reconcile/robot_runner.hpp"

#include <algorithm>

#include "base/overloaded.hpp"
#include "harbor/errors.hpp"
#include "harbor/request.hpp"
#include "harbor/version.hpp"
#include "plan/reasons.hpp"

namespace reconcile {
namespace {

using base::ErrorKind;
using base::fail;
using base::Status;
using plan::RobotGeneration;
using plan::RobotPhase;

harbor::Level level_of(const std::vector<std::string>& projects) {
  return projects.size() == 1 ? harbor::Level::kProject : harbor::Level::kSystem;
}

constexpr std::string_view kDescription = "Pull credential of HarborRegistry ";
constexpr std::string_view kUsualPrefix = "robot$";

/// The part of a login that its maker chose, without Harbor's prefix and the project, when it begins as our names do;
/// empty otherwise. Names hold no '+'; where nothing stands between prefix and name, the description has to be ours.
std::string_view own_part(const harbor::Robot& robot, std::string_view base) {
  const std::string_view login = robot.login;
  if (robot.level == harbor::Level::kProject) {
    const auto name = login.substr(login.rfind('+') + 1);
    return name.starts_with(base) ? name : std::string_view();
  }
  const auto at = login.rfind(base);
  const bool ours = at != std::string_view::npos &&
                    (login.substr(0, at) == kUsualPrefix || robot.description.starts_with(kDescription));
  return ours ? login.substr(at) : std::string_view();
}

}  // namespace

std::int64_t RobotRunner::harbor_now() const {
  return base::unix_seconds(scene_.clock.now()) +
         scene_.harbor.clock_offset().value_or(std::chrono::seconds{0}).count();
}

Status RobotRunner::take(const plan::RobotStep& step) {
  return std::visit(
      base::Overloaded{
          [&](const plan::IntendRobot& s) { return intend(s); },
          [&](const plan::MintRobot& s) { return mint(s.generation); },
          [&](const plan::ProveRobot& s) { return prove(s.generation); },
          [&](const plan::AbandonRobot& s) { return abandon(s); },
          [&](const plan::MarkUnused& s) { return mark(s.generation, base::unix_seconds(scene_.clock.now())); },
          [&](const plan::MarkUsed& s) { return mark(s.generation, 0); },
          [&](const plan::RemoveRobot& s) { return remove(s.generation); },
          [&](const plan::LeaveRobot& s) { return forget(s.generation); },
          [&](const plan::DropRobotState&) { return store_.drop(stored_); },
      },
      step);
}

Status RobotRunner::intend(const plan::IntendRobot& step) {
  auto& state = stored_.state;
  auto robot = step.robot;
  if (stored_.meta.uid.empty()) {
    // Nothing is remembered. Had a state been lost, its robots would be in use, and one may have just this name.
    if (auto looked = adopt_leftovers(robot); !looked) return looked;
    robot.generation = state.last_generation + 1;
    robot.name = plan::robot_name(store_.base_name(state.identity), robot.generation);
  }
  state.last_generation = robot.generation;
  state.robots.push_back(std::move(robot));
  return store_.write(stored_);
}

Status RobotRunner::adopt_leftovers(const RobotGeneration& beside) {
  const auto base = store_.base_name(stored_.state.identity);
  const auto listed = list(beside.projects, base);
  if (!listed) return fail(listed.error());
  for (const auto& found : listed->robots) {
    const int generation = plan::generation_of(own_part(found, base), base);
    if (generation == 0) continue;
    if (auto adopted = adopt(found, generation, beside); !adopted) return adopted;
  }
  return {};
}

base::Result<harbor::RobotQuery> RobotRunner::where(const std::vector<std::string>& projects) {
  harbor::RobotQuery query;
  query.level = level_of(projects);
  if (query.level == harbor::Level::kSystem) return query;
  const auto& name = projects.front();
  const auto project = scene_.harbor.find_project(scene_.admin, name, scene_.stop);
  if (!project) return fail(project.error());
  if (*project) {
    query.project_id = (*project)->id;
    return query;
  }
  // To a password that it refuses Harbor shows what it shows to everybody.
  const auto exists = scene_.harbor.project_exists(scene_.admin, name, scene_.stop);
  if (!exists) return fail(exists.error());
  if (!*exists) return query;
  return fail(ErrorKind::kNotFound, plan::kPermissionDenied, scene_.admin_name + " has no rights in project " + name);
}

base::Result<RobotRunner::Listed> RobotRunner::list(const std::vector<std::string>& projects, const std::string& part) {
  auto query = where(projects);
  if (!query) return fail(std::move(query.error()));
  if (query->level == harbor::Level::kProject && query->project_id == 0) return Listed{.no_project = true};
  query->name_part = part;
  auto robots = scene_.harbor.list_robots(scene_.admin, *query, scene_.stop);
  if (robots) return Listed{std::move(*robots)};
  if (robots.error().kind == ErrorKind::kForbidden) robots.error().message += why_refused(query->level);
  return fail(std::move(robots.error()));
}

Status RobotRunner::adopt(const harbor::Robot& leftover, int generation, const RobotGeneration& beside) {
  RobotGeneration found;
  found.generation = generation;
  found.name = plan::robot_name(store_.base_name(stored_.state.identity), generation);
  found.endpoint = beside.endpoint;
  found.projects = beside.projects;
  found.phase = RobotPhase::kRetiring;
  found.id = leftover.id;
  found.login = leftover.login;
  scene_.log.warn("found a robot of ours that nobody remembers; it goes after its overlap",
                  {{"robot", leftover.login}});
  auto& state = stored_.state;
  state.last_generation = std::max(state.last_generation, generation);
  state.robots.push_back(std::move(found));
  std::ranges::sort(state.robots, {}, &RobotGeneration::generation);
  return store_.write(stored_);
}

Status RobotRunner::clear_the_way(const RobotGeneration& robot) {
  const auto base = store_.base_name(stored_.state.identity);
  const auto listed = list(robot.projects, base);
  if (!listed) return fail(listed.error());
  if (listed->no_project) {
    return fail(ErrorKind::kNotFound, plan::kProjectNotFound,
                "Harbor at " + robot.endpoint + " has no project " + robot.projects.front());
  }
  for (const auto& found : listed->robots) {
    const int generation = plan::generation_of(own_part(found, base), base);
    Status done;
    if (generation == robot.generation) {
      // A reply that was lost: nobody knows its secret, so nobody ever used it.
      scene_.log.info("deleting a robot whose secret was lost", {{"robot", found.login}});
      done = scene_.harbor.delete_robot(scene_.admin, found.id, scene_.stop);
    } else if (generation > 0 && stored_.state.find(generation) == nullptr) {
      done = adopt(found, generation, robot);
    }
    if (!done) return done;
  }
  return {};
}

base::Result<harbor::CreatedRobot> RobotRunner::create(const RobotGeneration& robot) {
  const auto& identity = stored_.state.identity;
  harbor::NewRobot wanted;
  wanted.name = robot.name;
  wanted.description = std::string(kDescription) + identity.registry +
                       (identity.ns.empty() ? "" : " for namespace " + identity.ns) +
                       ". Made and rotated by harbor-pull-operator; do not edit.";
  wanted.level = level_of(robot.projects);
  wanted.projects = robot.projects;
  wanted.lifetime_days = scene_.lifetime_days;
  auto made = scene_.harbor.create_robot(scene_.admin, wanted, scene_.stop);
  if (made) return made;
  // Of these, the error itself says all that there is to say.
  const bool explained =
      (made.error().reason == harbor::kRobotsMayNot || made.error().reason == harbor::kScopeExceeded ||
       made.error().reason == harbor::kReadOnly || made.error().reason == harbor::kCsrf);
  if (!explained && made.error().kind == ErrorKind::kForbidden) made.error().message += why_refused(wanted.level);
  if (made.error().kind == ErrorKind::kConflict) {  // not one of ours with the API server, which nobody needs to know
    made.error().kind = ErrorKind::kRejected;
    made.error().message += "; there is a robot of this name that the list of robots did not show";
  }
  return made;
}

std::string RobotRunner::why_refused(harbor::Level level) {
  if (level == harbor::Level::kSystem) {
    return "; a robot for several projects is a system robot, which takes a system administrator or a robot with the "
           "system's robot rights: or give one project only";
  }
  const auto info = scene_.harbor.system_info(scene_.admin, scene_.stop);
  const auto who = scene_.harbor.whoami(scene_.admin, scene_.stop);
  if (!info || !who || !who->robot) return {};
  const bool of_project = scene_.admin.username.find('+') != std::string::npos;
  const auto why =
      harbor::robot_may_not_make(info->version, of_project ? harbor::Level::kProject : harbor::Level::kSystem, level);
  return why.empty() ? "" : "; " + why;
}

Status RobotRunner::mint(int generation) {
  const auto robot = *stored_.state.find(generation);
  // A write of ours whose reply was lost may have gone further than we know: then what is at Harbor is in use.
  if (auto sure = store_.confirm(stored_); !sure) return sure;
  if (auto clear = clear_the_way(robot); !clear) return clear;
  auto made = create(robot);
  if (!made) return fail(std::move(made.error()));
  auto& minted = *stored_.state.find(generation);
  minted.phase = RobotPhase::kMinted;
  minted.id = made->id;
  minted.login = made->login;
  minted.secret = std::move(made->secret);
  minted.created_at = harbor_now();
  minted.expires_at = made->expires_at ? base::unix_seconds(*made->expires_at) : 0;
  return store_.write(stored_);
}

Status RobotRunner::prove(int generation) {
  const auto& robot = *stored_.state.find(generation);
  auto result = reconcile::prove(
      scene_.harbor, {robot.endpoint, scene_.registry.spec.host, {robot.login, robot.secret}, robot.projects},
      scene_.stop);
  reach_ = std::move(result.reach);
  proof_ = std::move(result.proof);
  if (proof_.state == plan::Proof::State::kProved) return become_current(generation);
  const bool away = proof_.state == plan::Proof::State::kUnreachable;
  return fail(away ? ErrorKind::kUnavailable : ErrorKind::kNotFound, proof_.reason, proof_.message);
}

Status RobotRunner::become_current(int generation) {
  // Only now: a robot that was given up on the way did not obey.
  stored_.state.handled_rotate_at = scene_.registry.rotate_requested_at;
  for (auto& robot : stored_.state.robots) {
    if (robot.phase == RobotPhase::kCurrent) {
      robot.phase = RobotPhase::kRetiring;
      robot.unused_since = 0;
    }
    if (robot.generation == generation) robot.phase = RobotPhase::kCurrent;
  }
  return store_.write(stored_);
}

Status RobotRunner::abandon(const plan::AbandonRobot& step) {
  stored_.state.find(step.generation)->phase = RobotPhase::kRetiring;
  return store_.write(stored_);
}

Status RobotRunner::mark(int generation, std::int64_t unused_since) {
  stored_.state.find(generation)->unused_since = unused_since;
  return store_.write(stored_);
}

Status RobotRunner::remove(int generation) {
  const auto robot = *stored_.state.find(generation);
  // Who cannot see the pull Secrets does not know whether one holds it, and neither do nodes learn of its successor.
  if (auto sure = store_.confirm(stored_); !sure) return sure;
  const auto base = store_.base_name(stored_.state.identity);
  // With its project a robot is gone, too: then none is listed.
  const auto listed = list(robot.projects, robot.name);
  if (!listed) return fail(listed.error());
  for (const auto& found : listed->robots) {
    // By name and, as far as it is known, by id: what others made is theirs, whatever it is called.
    const bool ours = own_part(found, base) == robot.name && (robot.id == 0 || robot.id == found.id);
    if (!ours) continue;
    if (auto gone = scene_.harbor.delete_robot(scene_.admin, found.id, scene_.stop); !gone) return gone;
    scene_.log.info("deleted a robot at Harbor", {{"robot", found.login}});
  }
  return forget(generation);
}

Status RobotRunner::forget(int generation) {
  std::erase_if(stored_.state.robots, [&](const auto& robot) { return robot.generation == generation; });
  return store_.write(stored_);
}

base::Result<std::string> RobotRunner::new_login(int generation) {
  const auto& robot = *stored_.state.find(generation);
  const auto base = store_.base_name(stored_.state.identity);
  const auto listed = list(robot.projects, robot.name);
  if (!listed) return fail(listed.error());
  for (const auto& found : listed->robots) {
    const bool same = found.id == robot.id && own_part(found, base) == robot.name;
    if (same && !found.disabled && found.login != robot.login) return found.login;
  }
  return std::string();
}

Status RobotRunner::rename(int generation, std::string login) {
  stored_.state.find(generation)->login = std::move(login);
  return store_.write(stored_);
}

}  // namespace reconcile
