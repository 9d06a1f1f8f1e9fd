#include "harbor/conformance/replay.hpp"

#include <regex>

#include "support/eventually.hpp"

namespace conformance {
namespace {

constexpr auto kRobots = "/api/v2.0/robots";
constexpr auto kProjects = "/api/v2.0/projects";

bool is_create(const Case& recorded, const std::string& collection) {
  const auto& [method, path] = std::pair(recorded.request.method, recorded.request.path);
  return method == "POST" && recorded.answer.status == 201 && (path == collection || path == collection + "/");
}

bool names_a_person(const std::string& auth) { return auth != "none" && !auth.starts_with("bearer:"); }

}  // namespace

std::string stored_name(const Json& request) {
  std::string name = request.at("name");
  if (request.value("level", "") != "project") return name;
  return request.at("permissions").at(0).at("namespace").get<std::string>() + "+" + name;
}

Replay::Replay(World& world, const Transcript& transcript, const Script& script)
    : world_(world),
      transcript_(transcript),
      script_(script),
      means_{.control = world.control.has_value(), .core_url = world.knows_core_url},
      stage_(world, transcript) {}

std::vector<Outcome> Replay::run(const std::function<void(const Outcome&)>& told) {
  std::vector<Outcome> outcomes;
  stage_.perform({{"pace", "quick"}});
  for (const auto& recorded : transcript_.cases) {
    prepare(recorded);
    const auto reason = reason_to_skip(script_, recorded.name, means_);
    outcomes.push_back(reason ? Outcome{recorded.name, Verdict::kSkipped, {*reason}} : judge(recorded));
    told(outcomes.back());
  }
  return outcomes;
}

void Replay::prepare(const Case& recorded) {
  for (const auto& step : script_.steps) {
    if (step.before != recorded.name) continue;
    try {
      for (const auto& action : step.actions) stage_.perform(action);
    } catch (const std::exception& error) {
      throw support::Failure("before \"" + recorded.name + "\" (" + step.why + "): " + error.what());
    }
  }
}

bool Replay::held_up(const Case& recorded) const {
  return names_a_person(recorded.request.auth) && recorded.seconds >= world_.pace.recorded_delay * 0.9;
}

Outcome Replay::judge(const Case& recorded) {
  try {
    const bool in_lock = recorded.name.starts_with("lock: ");
    const bool waits = names_a_person(recorded.request.auth) && !in_lock;
    const std::string user = waits ? world_.logins.of(recorded.request.auth).user : "";
    if (waits) world_.await_lock(user);
    const Answer got = world_.harbor.send(message(recorded));
    if (waits && held_up(recorded)) world_.note_refusal(user);
    learn(recorded, got);  // before the answer is compared: it may be what tells an id
    const auto found = answer_differences(world_.symbols.translate(recorded), got, world_.pace);
    return {recorded.name, found.empty() ? Verdict::kHolds : Verdict::kDiffers, found};
  } catch (const std::exception& error) {
    return {recorded.name, Verdict::kDiffers, {error.what()}};
  }
}

/// Puts in what a recording only hints at.
std::string Replay::filled(const std::string& value) const {
  std::string text = std::regex_replace(value, std::regex("sid=<hex[^>]*>"), "sid=" + world_.session);
  text = std::regex_replace(text, std::regex("_gorilla_csrf=<opaque>"), "_gorilla_csrf=" + world_.csrf_cookie);
  return text == "<opaque>" ? world_.csrf_token : world_.logins.spelled_out(text);
}

Message Replay::message(const Case& recorded) const {
  const RecordedRequest request = world_.symbols.translate(recorded).request;
  Message message{.method = request.method, .target = request.path};
  if (header_of(request.headers, "Host").empty()) message.headers.emplace_back("Host", world_.symbols.host());
  const std::string authorization = world_.logins.authorization(request.auth);
  if (!authorization.empty()) message.headers.emplace_back("Authorization", authorization);
  for (const auto& [name, value] : request.headers) message.headers.emplace_back(name, filled(value));
  message.headers.emplace_back("Accept", "*/*");
  if (request.body.is_string()) {
    message.body = request.body;
  } else if (!request.body.is_null()) {
    message.body = request.body.dump();
    message.headers.emplace_back("Content-Type", "application/json");
  }
  return message;
}

void Replay::learn(const Case& recorded, const Answer& got) {
  if (got.status != recorded.answer.status) return;
  const Json json = Json::parse(got.body, nullptr, false);
  if (is_create(recorded, kRobots) && json.is_object()) learn_robot(recorded, json);
  if (recorded.request.method == "PATCH" && got.status == 200 && json.is_object()) learn_secret(recorded, json);
  if (is_create(recorded, kProjects)) {
    const auto was = id_in_location(header_of(recorded.answer.headers, "Location"));
    const auto is = id_in_location(header_of(got.headers, "Location"));
    world_.symbols.pair(Kind::kProject, was, is);
  }
}

void Replay::learn_robot(const Case& recorded, const Json& got) {
  const std::int64_t id = recorded.answer.json.at("id");
  world_.stored[id] = stored_name(recorded.request.body);
  world_.symbols.pair(Kind::kRobot, id, got.at("id"));
  world_.logins.robot(world_.stored[id], got.at("secret"));
}

void Replay::learn_secret(const Case& recorded, const Json& got) {
  const auto robot = world_.stored.find(id_in_location(recorded.request.path));
  if (robot == world_.stored.end()) return;
  const Json own = recorded.request.body.value("secret", Json());
  const Json secret = got.contains("secret") ? got["secret"] : own;
  if (secret.is_string()) world_.logins.robot(robot->second, secret);
}

}  // namespace conformance
