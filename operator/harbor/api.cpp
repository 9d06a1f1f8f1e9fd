#include "harbor/api.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/mutex.hpp"
#include "base/version.hpp"
#include "harbor/answer.hpp"
#include "harbor/challenge.hpp"
#include "harbor/errors.hpp"
#include "harbor/request.hpp"
#include "harbor/token.hpp"

namespace harbor {
namespace {

using base::ErrorKind;
using std::chrono::milliseconds;

constexpr milliseconds kDeadline{10'000};
constexpr milliseconds kSlow{5'000};         // an answer that took longer says little about a clock
constexpr std::size_t kMaxBody = 8U << 20U;  // a page of robots with a hundred projects each is one eighth of it
constexpr int kMaxPages = 1000;              // a hundred thousand robots
constexpr int kMaxReadings = 3;

using Robots = std::map<std::int64_t, Robot>;

bool same_ids(const Robots& a, const Robots& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.first == y.first; });
}

std::vector<Robot> values(Robots&& robots) {
  std::vector<Robot> list;
  list.reserve(robots.size());
  for (auto& [id, robot] : std::move(robots)) list.push_back(std::move(robot));
  return list;
}

/// One reading of a list, page by page.
struct Reading {
  Robots found = {};
  std::set<std::int64_t> seen = {};
  std::int64_t entries = 0;

  /// False when a robot comes twice: a page again, or one that moved.
  bool take(RobotPage page, const RobotQuery& query) {
    entries += static_cast<std::int64_t>(page.entries);
    for (auto& robot : page.robots) {
      if (!seen.insert(robot.id).second) return false;
      if (matches(robot, query)) found.insert_or_assign(robot.id, std::move(robot));
    }
    return true;
  }
};

/// One exchange: the operation is for metrics, the attempt for messages.
struct Call {
  std::string_view operation;
  Attempt attempt;
  const std::stop_token& stop;
};

bool is_redirect(int status) { return status == 301 || status == 302 || status == 307 || status == 308; }

bool is_registry_path(std::string_view location) { return location.starts_with("/v2/"); }

std::string_view trimmed(std::string_view text) { return text.substr(0, text.find_last_not_of(" \r\n") + 1); }

/// Harbor says 404, too, when the robot is there and cannot be removed.
bool says_gone(const http::Response& response, std::int64_t id) {
  const auto said = words(response).message;
  const auto number = std::to_string(id);
  return said == "robot " + number + " not found" || said == "robot account " + number + " not found";
}

class HttpApi final : public Api {
 public:
  HttpApi(http::Transport& transport, const base::Clock& clock, Observer observer)
      : transport_(transport), clock_(clock), observer_(std::move(observer)) {}

  base::Status ping(const std::stop_token& stop) override {
    const Call call{"ping", {"reach Harbor"}, stop};
    return expect(call, harbor::ping(), 200).and_then([&](const http::Response& answer) -> base::Status {
      if (trimmed(answer.body) == "Pong") return {};
      return base::fail(not_harbor(call.attempt.doing, answer));
    });
  }

  base::Result<SystemInfo> system_info(const Account& account, const std::stop_token& stop) override {
    const Credential as = account;
    return expect({"system_info", {"read Harbor's system information", &as}, stop}, harbor::system_info(), 200)
        .and_then(parse_system_info);
  }

  base::Result<Identity> whoami(const Account& account, const std::stop_token& stop) override {
    const Credential as = account;
    const Call call{"whoami", {"look who the Harbor account is", &as}, stop};
    return exchange(call, current_user()).and_then([&](const http::Response& answer) -> base::Result<Identity> {
      if (answer.status == 200) return parse_current_user(answer);
      const bool robot = answer.status == 412 && words(answer).message.ends_with("security context: robot");
      if (robot) return Identity{true};
      return base::fail(to_error(call.attempt, answer));
    });
  }

  base::Result<std::optional<Project>> find_project(const Account& account, std::string_view name,
                                                    const std::stop_token& stop) override {
    if (auto good = check_name("the name of a project", name); !good) return base::fail(std::move(good.error()));
    const Credential as = account;
    const Call call{"find_project", {"look for project " + std::string(name), &as}, stop};
    return expect(call, harbor::find_project(name), 200).and_then([&](const http::Response& answer) {
      return parse_projects(answer, name);
    });
  }

  base::Result<bool> project_exists(const Account& account, std::string_view name,
                                    const std::stop_token& stop) override {
    if (auto good = check_name("the name of a project", name); !good) return base::fail(std::move(good.error()));
    const Credential as = account;
    const Call call{"project_exists", {"look for project " + std::string(name), &as}, stop};
    return exchange(call, head_project(name)).and_then([&](const http::Response& answer) -> base::Result<bool> {
      if (answer.status == 200 || answer.status == 404) return answer.status == 200;
      return base::fail(to_error(call.attempt, answer));
    });
  }

  base::Result<CreatedRobot> create_robot(const Account& account, const NewRobot& robot,
                                          const std::stop_token& stop) override;
  base::Result<std::vector<Robot>> list_robots(const Account& account, const RobotQuery& query,
                                               const std::stop_token& stop) override;

  base::Status delete_robot(const Account& account, std::int64_t id, const std::stop_token& stop) override {
    if (id <= 0) return base::fail(ErrorKind::kInvalid, "delete robot: robots are numbered from 1");
    const Credential as = account;
    const Call call{"delete_robot", {"delete robot " + std::to_string(id), &as, "robot:delete"}, stop};
    return exchange(call, harbor::delete_robot(id)).and_then([&](const http::Response& answer) -> base::Status {
      if (answer.status == 200 || (answer.status == 404 && says_gone(answer, id))) return {};
      return base::fail(to_error(call.attempt, answer));
    });
  }

  base::Result<Challenge> challenge(const std::stop_token& stop) override {
    const Call call{"challenge", {"ask the registry for its token service"}, stop};
    return exchange(call, registry_root()).and_then([&](const http::Response& answer) -> base::Result<Challenge> {
      if (answer.status != 401 && answer.status != 200) return base::fail(to_error(call.attempt, answer));
      auto found = parse_challenge(answer.header("WWW-Authenticate"));
      if (answer.status == 401 && found) return std::move(*found);
      auto error = not_harbor(call.attempt.doing, answer);
      error.kind = ErrorKind::kRejected;
      return base::fail(std::move(error));
    });
  }

  base::Result<Token> token(const Account& account, const TokenQuery& query, const std::stop_token& stop) override {
    const Credential as = account;
    return expect({"token", {"ask for a registry token", &as}, stop}, harbor::token(query), 200).and_then(parse_token);
  }

  base::Result<Access> head_manifest(const Credential& credential, const Image& image,
                                     const std::stop_token& stop) override {
    if (auto good = check(image); !good) return base::fail(std::move(good.error()));
    const Call call{"head_manifest", {"look at image " + image.repository + ":" + image.reference, &credential}, stop};
    return exchange(call, harbor::head_manifest(image)).and_then([&](const http::Response& answer) {
      return read_access(call, answer);
    });
  }

  std::optional<std::chrono::seconds> clock_offset() const override EXCLUDES(mutex_) {
    const base::MutexLock lock(mutex_);
    return offset_;
  }

 private:
  static base::Result<Access> read_access(const Call& call, const http::Response& answer) {
    switch (answer.status) {
      case 200: return Access::kReadable;
      case 401: return Access::kRefused;
      case 404: return Access::kAbsent;
      case 412: return Access::kBlocked;
      default: break;
    }
    if (is_redirect(answer.status) && is_registry_path(answer.header("Location"))) return Access::kMoved;
    return base::fail(to_error(call.attempt, answer));
  }

  /// Any answer. The credential is put in here and nowhere before.
  base::Result<http::Response> exchange(const Call& call, http::Request request);
  /// An answer of that status; any other is an error.
  base::Result<http::Response> expect(const Call& call, http::Request request, int status) {
    auto answer = exchange(call, std::move(request));
    if (answer && answer->status != status) return base::fail(to_error(call.attempt, *answer));
    return answer;
  }
  /// Fills `reading`; false when the list seems to have changed meanwhile.
  base::Result<bool> read_pages(const Call& call, const RobotQuery& query, Reading& reading);
  void note_clock(const http::Response& answer, milliseconds took) EXCLUDES(mutex_);

  http::Transport& transport_;
  const base::Clock& clock_;
  const Observer observer_;
  mutable base::Mutex mutex_;
  std::optional<std::chrono::seconds> offset_ GUARDED_BY(mutex_);
};

base::Result<http::Response> HttpApi::exchange(const Call& call, http::Request request) {
  request.headers.push_back({"User-Agent", "harbor-pull/" + std::string(base::kVersion)});
  if (call.attempt.as != nullptr) {
    auto header = authorization(*call.attempt.as);
    if (!header) return base::fail(std::move(header.error()));
    request.headers.push_back(std::move(*header));
  }
  http::Limits limits;
  limits.deadline = kDeadline;
  limits.max_body = kMaxBody;
  limits.stop = call.stop;
  const auto start = clock_.steady();
  auto answer = transport_.send(request, limits);
  const auto took = std::chrono::duration_cast<milliseconds>(clock_.steady() - start);
  if (observer_) observer_(call.operation, answer ? answer->status : 0, took);
  if (answer) {
    note_clock(*answer, took);
  } else {
    answer.error().message = call.attempt.doing + ": " + answer.error().message;
  }
  return answer;
}

void HttpApi::note_clock(const http::Response& answer, milliseconds took) {
  const auto date = base::parse_http_date(answer.header("Date"));
  if (!date || took > kSlow) return;
  // The header has no fractions: half a second is what it lacks on average.
  const auto theirs = *date + milliseconds(500);
  const auto ours = clock_.now() - took / 2;
  const base::MutexLock lock(mutex_);
  offset_ = std::chrono::round<std::chrono::seconds>(theirs - ours);
}

base::Result<CreatedRobot> HttpApi::create_robot(const Account& account, const NewRobot& robot,
                                                 const std::stop_token& stop) {
  if (auto good = check(robot); !good) return base::fail(std::move(good.error()));
  const Credential as = account;
  const Call call{"create_robot", {"create robot " + robot.name, &as, "robot:create"}, stop};
  auto answer = expect(call, harbor::create_robot(robot), 201);
  if (!answer && answer.error().reason == kScopeExceeded) {
    auto again = expect(call, harbor::create_robot(robot, Effect::kAllow), 201);
    if (again || again.error().reason != kScopeExceeded) answer = std::move(again);
  }
  return answer.and_then([&](const http::Response& response) { return parse_created_robot(response, robot); });
}

base::Result<std::vector<Robot>> HttpApi::list_robots(const Account& account, const RobotQuery& query,
                                                      const std::stop_token& stop) {
  if (auto good = check(query); !good) return base::fail(std::move(good.error()));
  const Credential as = account;
  const Call call{"list_robots", {"list robots", &as, "robot:list"}, stop};
  Robots before;
  for (int i = 0; i < kMaxReadings; ++i) {
    Reading reading;
    const auto whole = read_pages(call, query, reading);
    if (!whole) return base::fail(whole.error());
    if (*whole || (i > 0 && same_ids(before, reading.found))) return values(std::move(reading.found));
    before = std::move(reading.found);
  }
  return base::fail(ErrorKind::kUnavailable, "list robots: the list changes faster than it can be read");
}

base::Result<bool> HttpApi::read_pages(const Call& call, const RobotQuery& query, Reading& reading) {
  for (int number = 1; number <= kMaxPages; ++number) {
    auto page = expect(call, harbor::list_robots(query, number), 200).and_then(parse_robots);
    if (!page) return base::fail(std::move(page.error()));
    const bool last = page->entries < static_cast<std::size_t>(kPageSize);
    const auto total = page->total;
    if (!reading.take(std::move(*page), query)) return false;
    // A robot that goes while pages are read moves the others up, and one is skipped: only the count tells.
    const bool all = total && reading.entries >= *total;
    if (all || last) return all || number == 1 || !total;
  }
  return base::fail(ErrorKind::kTooLarge, "list robots: there are more than a hundred thousand");
}

}  // namespace

std::unique_ptr<Api> make_api(http::Transport& transport, const base::Clock& clock, Observer observer) {
  return std::make_unique<HttpApi>(transport, clock, std::move(observer));
}

}  // namespace harbor
