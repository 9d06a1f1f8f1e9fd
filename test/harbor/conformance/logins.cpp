#include "harbor/conformance/logins.hpp"

#include <algorithm>
#include <regex>
#include <utility>

#include "base/digest.hpp"
#include "support/eventually.hpp"

namespace conformance {
namespace {

constexpr auto kDefaultPrefix = "robot$";
constexpr auto kWrong = "Wrong-secret-1";
constexpr auto kBearer = "bearer:";

bool matches(const std::string& stored, const std::string& pattern) {
  return pattern.ends_with('*') ? stored.starts_with(pattern.substr(0, pattern.size() - 1)) : stored == pattern;
}

}  // namespace

Logins::Logins(std::map<std::string, Json> actors) : actors_(std::move(actors)) {
  actors_.emplace("admin", Json{{"user", "admin"}});
}

void Logins::user(const std::string& name, const std::string& password) { users_[name] = password; }

void Logins::robot(const std::string& stored, const std::string& secret) {
  const auto known = std::ranges::find(robots_, stored, &Robot::stored);
  if (known == robots_.end())
    robots_.push_back({stored, {secret}});
  else
    known->secrets.push_back(secret);
}

void Logins::token(const std::string& name, const std::string& token) { tokens_[name] = token; }

const Logins::Robot& Logins::newest(const std::string& pattern) const {
  for (auto robot = robots_.rbegin(); robot != robots_.rend(); ++robot) {
    if (matches(robot->stored, pattern)) return *robot;
  }
  throw support::Failure("no robot " + pattern + " was made");
}

Login Logins::of(const std::string& actor) const {
  const auto found = actors_.find(actor);
  if (found == actors_.end()) throw support::Failure("the script knows no actor " + actor);
  const Json entry = found->second.is_string() ? Json{{"robot", found->second}} : found->second;
  const std::string which = entry.value("secret", "current");
  if (entry.contains("user")) {
    const std::string name = entry["user"];
    if (which == "wrong") return {name, kWrong};
    const auto password = users_.find(name);
    if (password == users_.end()) throw support::Failure("no password of the user " + name + " is known");
    return {name, password->second};
  }
  const Robot& robot = newest(entry.at("robot"));
  const std::string full = entry.value("prefix", kDefaultPrefix) + robot.stored;
  if (which == "wrong") return {full, kWrong};
  if (which == "previous" && robot.secrets.size() > 1) return {full, robot.secrets[robot.secrets.size() - 2]};
  return {full, robot.secrets.back()};
}

std::string Logins::authorization(const std::string& auth) const {
  if (auth == "none") return {};
  if (!auth.starts_with(kBearer)) return basic(of(auth));
  const auto token = tokens_.find(auth.substr(std::string(kBearer).size()));
  if (token == tokens_.end()) throw support::Failure("no token " + auth + " was asked for");
  return "Bearer " + token->second;
}

std::string Logins::spelled_out(const std::string& authorization) const {
  static const std::regex kForm("^Basic <([^:]+):(secret of )?(.+)>$");
  std::smatch found;
  if (!std::regex_match(authorization, found, kForm)) return authorization;
  return basic({found[1], found[2].matched ? of(found[3]).secret : found[3].str()});
}

std::string basic(const Login& login) { return "Basic " + base::base64_encode(login.user + ":" + login.secret); }

}  // namespace conformance
