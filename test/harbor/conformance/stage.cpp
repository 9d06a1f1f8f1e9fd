#include "harbor/conformance/stage.hpp"

#include <algorithm>
#include <ctime>
#include <regex>
#include <thread>

#include "base/digest.hpp"
#include "harbor/conformance/image.hpp"
#include "support/eventually.hpp"

namespace conformance {
namespace {

constexpr double kRecordedDelay = 1.5;
constexpr double kQuickDelay = 0.06;
constexpr auto kJson = "application/json";

void sleep(double seconds) {
  if (seconds > 0) std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

/// As good as any that a person would choose, and another one in each run.
std::string new_password() {
  base::Digest random{};
  std::ranges::copy(base::random_bytes(random.size()), random.begin());
  return "Aa1" + base::hex(random);
}

/// A Location without scheme and host.
std::string path_of(const std::string& location) {
  return std::regex_replace(location, std::regex("^https?://[^/]+"), "");
}

std::string cookie_value(const Headers& headers, const std::string& name) {
  const std::regex form("^" + name + "=([^;]+)");
  for (const auto& [header, value] : headers) {
    std::smatch found;
    if (std::regex_search(value, found, form)) return found[1];
  }
  throw support::Failure("a reply did not set the cookie " + name);
}

Call post(const std::string& path, const Json& body, const std::string& method = "POST") {
  return {.method = method, .path = path, .headers = {{"Content-Type", kJson}}, .body = body.dump()};
}

}  // namespace

void Stage::perform(const Json& action) {
  const auto said = [&](const char* key) { return action.contains(key); };
  if (said("push")) return push(action["push"], action.at("like"));
  if (said("token")) return token(action);
  if (said("cookies")) return cookies(action["cookies"]);
  if (said("user")) return user(action);
  if (said("member")) return member(action);
  if (said("unkept_robot")) return static_cast<void>(unkept_robot(action));
  if (said("delete_robot")) return delete_robot(action["delete_robot"]);
  if (said("meanwhile")) return meanwhile(action["meanwhile"], action.at("head_start"));
  if (said("settle")) return settle(action["settle"]);
  if (said("age")) return age(action["age"], action.at("seconds"));
  if (said("pace")) return pace(action["pace"]);
  if (said("control")) return control(action["control"], action);
  throw support::Failure("a script has no such action: " + action.dump());
}

const Case& Stage::case_named(const std::string& name) const {
  const auto found = std::ranges::find(transcript_.cases, name, &Case::name);
  if (found == transcript_.cases.end()) throw support::Failure("the recording has no case " + name);
  return *found;
}

void Stage::push(const std::string& repository, const std::string& like) {
  const Case& pulled = case_named(like);
  const Image image = image_like(pulled.answer.json, header_of(pulled.answer.headers, "Docker-Content-Digest"));
  for (const auto& blob : image.blobs) {
    push_blob(repository, blob.digest, blob.bytes);
    world_.symbols.pair_digest(blob.recorded_digest, blob.digest);
  }
  static_cast<void>(world_.expect(201, {.method = "PUT",
                                        .path = "/v2/" + repository + "/manifests/v1",
                                        .headers = {{"Content-Type", image.media_type}},
                                        .body = image.manifest.bytes}));
  world_.symbols.pair_digest(image.manifest.recorded_digest, image.manifest.digest);
}

void Stage::push_blob(const std::string& repository, const std::string& digest, const std::string& bytes) {
  const Answer begun = world_.expect(202, {.method = "POST", .path = "/v2/" + repository + "/blobs/uploads/"});
  const std::string location = path_of(header_of(begun.headers, "Location"));
  const char* joint = location.find('?') == std::string::npos ? "?" : "&";
  static_cast<void>(world_.expect(201, {.method = "PUT",
                                        .path = location + joint + "digest=" + digest,
                                        .headers = {{"Content-Type", "application/octet-stream"}},
                                        .body = bytes}));
}

void Stage::token(const Json& action) {
  const std::string actor = action.at("as");
  const bool refused = actor.ends_with("bad");
  if (refused) world_.await_lock(world_.logins.of(actor).user);
  const std::string scope = action.at("scope");
  const Answer answer =
      world_.expect(200, {.path = "/service/token?service=harbor-registry&scope=" + scope, .auth = actor});
  if (refused) world_.note_refusal(world_.logins.of(actor).user);
  const std::string name = action.at("token");
  world_.logins.token(name, Json::parse(answer.body).at("token"));
  issued_[name] = {.at = Clock::now(), .ahead = ahead()};
}

void Stage::cookies(const std::string& actor) {
  const std::string session = "sid=0123456789abcdef0123456789abcdef";  // any: a reply to a cookie hands out the rest
  const Answer answer =
      world_.expect(200, {.path = "/api/v2.0/users/current", .auth = actor, .headers = {{"Cookie", session}}});
  world_.session = cookie_value(answer.headers, "sid");
  world_.csrf_cookie = cookie_value(answer.headers, "_gorilla_csrf");
  world_.csrf_token = header_of(answer.headers, "X-Harbor-Csrf-Token");
}

void Stage::user(const Json& action) {
  const std::string name = action.at("user");
  const std::string password = new_password();
  const Json body{{"username", name}, {"realname", name}, {"email", name + "@example.test"}, {"password", password}};
  const Answer answer = world_.expect(201, post("/api/v2.0/users", body));
  const std::int64_t id = id_in_location(header_of(answer.headers, "Location"));
  world_.symbols.pair(Kind::kUser, action.at("id"), id);
  world_.logins.user(name, password);
  if (!action.value("system_admin", false)) return;
  const Json flag{{"sysadmin_flag", true}};
  static_cast<void>(world_.expect(200, post("/api/v2.0/users/" + std::to_string(id) + "/sysadmin", flag, "PUT")));
}

void Stage::member(const Json& action) {
  const std::string project = action.at("project");
  const Json body{{"role_id", action.at("role")}, {"member_user", {{"username", action.at("member")}}}};
  static_cast<void>(world_.expect(201, post("/api/v2.0/projects/" + project + "/members", body)));
}

Answer Stage::unkept_robot(const Json& action) {
  const std::string project = action.value("project", "*");
  const Json access{{{"resource", "repository"}, {"action", "pull"}}};
  const Json permission{{"kind", "project"}, {"namespace", project}, {"access", access}};
  return world_.expect(201, post("/api/v2.0/robots", {{"name", action.at("unkept_robot")},
                                                      {"level", project == "*" ? "system" : "project"},
                                                      {"duration", -1},
                                                      {"permissions", Json::array({permission})}}));
}

void Stage::delete_robot(std::int64_t recorded) {
  const std::int64_t robot = world_.symbols.id(Kind::kRobot, recorded);
  static_cast<void>(world_.expect(200, {.method = "DELETE", .path = "/api/v2.0/robots/" + std::to_string(robot)}));
}

void Stage::meanwhile(const std::string& actor, double head_start) {
  const Message message = world_.message({.path = "/api/v2.0/users/current", .auth = actor});
  under_way_.push_back(std::async(std::launch::async, [&harbor = world_.harbor, message] {
    if (harbor.send(message).status != 401) throw support::Failure("a login that should be refused was not");
  }));
  sleep(head_start * world_.pace.delay / kRecordedDelay);
}

void Stage::settle(const std::string& user) {
  for (auto& call : under_way_) call.get();
  under_way_.clear();
  world_.note_refusal(user);
  world_.await_lock(user);
}

void Stage::age(const std::string& token, double seconds) {
  const Issue& issue = issued_.at(token);
  const double passed = std::chrono::duration<double>(Clock::now() - issue.at).count() + ahead() - issue.ahead;
  if (passed >= seconds) return;
  if (!world_.control) return sleep(seconds - passed);
  world_.control->advance(seconds - passed);
}

double Stage::ahead() const { return world_.control ? world_.control->ahead() : 0; }

void Stage::pace(const std::string& which) {
  if (!world_.control) return;
  const double delay = which == "quick" ? kQuickDelay : kRecordedDelay;
  world_.control->pace(delay);
  world_.pace.delay = delay;
}

void Stage::control(const std::string& deed, const Json& action) {
  if (!world_.control) return;
  const Control& control = *world_.control;
  if (deed == "registry_down") return control.registry(false);
  if (deed == "registry_up") return control.registry(true);
  if (deed == "hidden") return hide_robot(action);
  const std::int64_t robot = world_.symbols.id(Kind::kRobot, action.at("robot"));
  const std::int64_t now = std::time(nullptr) + static_cast<std::int64_t>(ahead());
  if (deed == "expire") return control.change(robot, {{"expires_at", now - 1}});
  if (deed == "rows") return control.change(robot, {{"permissions", Json::array()}});
  if (deed == "age") return make_older(robot, action.at("days"));
  if (deed == "grant") return grant(robot, action);
  throw support::Failure("a script has no such deed: " + deed);
}

/// A system robot that lists do not show, made by nobody and without permissions.
void Stage::hide_robot(const Json& action) {
  const Answer made = unkept_robot({{"unkept_robot", action.at("name")}});
  const std::int64_t robot = Json::parse(made.body).at("id");
  world_.symbols.pair(Kind::kRobot, action.at("robot"), robot);
  const Json nobody{{"visible", false}, {"creator_type", nullptr}, {"permissions", Json::array()}};
  world_.control->change(robot, nobody);
}

void Stage::make_older(std::int64_t robot, int days) {
  constexpr std::int64_t kSecondsInDay = 86'400;
  const Json read = read_robot(robot);
  std::tm parts{};
  strptime(read.at("creation_time").get_ref<const std::string&>().c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  world_.control->change(robot, {{"creation_time", timegm(&parts) - days * kSecondsInDay}});
}

/// One more right in the robot's first permission, which no API would check so little.
void Stage::grant(std::int64_t robot, const Json& action) {
  Json permissions = read_robot(robot).at("permissions");
  permissions.at(0)["access"].push_back({{"resource", action.at("resource")}, {"action", action.at("action")}});
  world_.control->change(robot, {{"permissions", permissions}});
}

Json Stage::read_robot(std::int64_t robot) const {
  return Json::parse(world_.expect(200, {.path = "/api/v2.0/robots/" + std::to_string(robot)}).body);
}

}  // namespace conformance
