#include "harbor/double/harbor.hpp"

#include <chrono>
#include <thread>

#include "harbor/double/api.hpp"
#include "harbor/double/csrf.hpp"
#include "harbor/double/system.hpp"
#include "harbor/double/token_service.hpp"
#include "harbor/double/v2_gate.hpp"

namespace harbor_double {
namespace {

constexpr const char* kPing = "/api/v2.0/ping";

/// Before anybody is asked who he is: everything that changes something, but the switch itself.
bool read_only_refuses(const Profile& profile, const Request& request) {
  if (request.method == "GET" || request.method == "HEAD") return false;
  if (request.path == "/api/v2.0/configurations") return false;
  return request.path != "/service/token" || profile.read_only_refuses_token_post;
}

/// A repository without a project is refused before the credentials are looked at.
std::optional<Response> malformed(const Request& request) {
  const auto path = v2_path(request.path);
  if (path.repository.empty() || path.repository.find('/') != std::string::npos) return std::nullopt;
  return bad_request("bad request: invalid repository name: " + path.repository);
}

}  // namespace

Harbor::Harbor(State state, const std::string& registry_url) : state_(std::move(state)), registry_(registry_url) {}

Time Harbor::now() const {
  const auto real = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(real).count() + offset_;
}

void Harbor::with_state(const std::function<void(State&)>& use) {
  const std::lock_guard lock(mutex_);
  use(state_);
}

Harbor::Checked Harbor::settings() {
  const std::lock_guard lock(mutex_);
  return {state_.profile, state_.settings.read_only};
}

Response Harbor::answer(const Request& request, Sender& sender) {
  const auto [profile, read_only] = settings();
  const auto csrf = check_csrf(profile, request);
  if (csrf.refusal) return *csrf.refusal;
  if (read_only && read_only_refuses(profile, request)) {
    return denied("The system is in read only mode. Any modification is prohibited.");
  }
  if (auto refused = malformed(request)) return *refused;
  Login login;
  with_state([&](State& state) { login = log_in(state, key_, request, now()); });
  sender = {login.caller.name, login.claimed};
  std::this_thread::sleep_for(std::chrono::milliseconds(login.wait));
  Response reply = decide(request, login.caller);
  if (login.caller.kind != Caller::Kind::kNobody || request.path == kPing) {
    reply.with("Set-Cookie", "sid=" + random_hex(32) + "; Path=/; HttpOnly");
  }
  add_csrf_headers(csrf, reply);
  return reply;
}

Response Harbor::decide(const Request& request, const Caller& caller) {
  if (request.path == "/v2" || request.path.starts_with("/v2/")) return v2(request, caller);
  if (request.path == "/api/v2.0/health" && request.method == "GET") return health(registry_up_ && registry_.is_up());
  const std::lock_guard lock(mutex_);
  const Call call{state_, request, caller, now()};
  if (request.path == "/service/token") return issue_token(call, key_);
  return api_reply(call);
}

Response Harbor::v2(const Request& request, const Caller& caller) {
  Request onward = request;
  {
    const std::lock_guard lock(mutex_);
    const Call call{state_, request, caller, now()};
    if (auto reply = v2_reply(call)) return *reply;
    onward.path = registry_path(call);
  }
  Response answer = registry_up_ ? registry_.forward(onward) : empty_reply(502);
  const std::lock_guard lock(mutex_);
  note_v2({state_, request, caller, now()}, answer);
  return answer;
}

}  // namespace harbor_double
