#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "harbor/api.hpp"
#include "harbor/errors.hpp"
#include "http/cpprest_transport.hpp"
#include "server.hpp"

namespace {

using namespace std::chrono_literals;
using namespace transport_test;
using base::ErrorKind;

/// What arrived, by any connection's thread.
class Inbox {
 public:
  void add(const std::string& request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
  }
  std::vector<std::string> all() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> requests_;
};

/// A server that writes `answer` to whatever comes, and the client of it.
struct Scene {
  explicit Scene(std::string answer)
      : server([this, answer = std::move(answer)](Connection& connection) {
          while (const auto request = connection.request()) {
            inbox.add(*request);
            if (!connection.write(answer)) return;
          }
        }) {
    auto made = http::make_cpprest_transport({server.url()});
    REQUIRE(made);
    transport = std::move(*made);
    api = harbor::make_api(*transport, base::real_clock(), nullptr);
  }

  Inbox inbox;
  Server server;
  std::unique_ptr<http::Transport> transport;
  std::unique_ptr<harbor::Api> api;
};

std::string wire(const std::string& status, const std::string& headers, const std::string& body = "") {
  return "HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

harbor::Account admin() { return {"admin", base::SecretString("Harbor12345")}; }

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

constexpr const char* kJson = "Content-Type: application/json; charset=utf-8\r\n";

}  // namespace

TEST_CASE("an answer to HEAD may promise a body that does not come", "[harbor_client]") {
  Scene scene(
      "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.distribution.manifest.v2+json\r\nContent-Length: 741\r\n"
      "Docker-Content-Digest: sha256:1729de\r\n\r\n");
  for (int i = 0; i < 3; ++i) {
    CHECK(scene.api->head_manifest(admin(), {"team-a/app", "v1"}, {}) == harbor::Access::kReadable);
  }
  CHECK(*scene.api->project_exists(admin(), "team-a", {}));
  CHECK(scene.inbox.all().size() == 4);  // none was sent twice because a connection seemed broken
  CHECK(scene.inbox.all().at(0).starts_with("HEAD /v2/team-a/app/manifests/v1 HTTP/1.1\r\n"));
}

TEST_CASE("an answer of no body is an answer", "[harbor_client]") {
  Scene gone(wire("200 OK", ""));
  CHECK(gone.api->delete_robot(admin(), 37, {}));
  CHECK(gone.inbox.all().at(0).starts_with("DELETE /api/v2.0/robots/37 HTTP/1.1\r\n"));
  Scene refused(wire("401 Unauthorized", ""));
  CHECK(refused.api->token(admin(), {}, {}).error().kind == ErrorKind::kUnauthorized);
}

TEST_CASE("the query arrives as Harbor has to read it", "[harbor_client]") {
  Scene scene(wire("200 OK", std::string(kJson) + "X-Total-Count: 0\r\n", "[]"));
  const auto listed = scene.api->list_robots(admin(), {harbor::Level::kProject, 2, "team-a+puller", ""}, {});
  REQUIRE(listed);
  CHECK(listed->empty());
  CHECK(scene.inbox.all().at(0).starts_with(
      "GET "
      "/api/v2.0/robots?q=Level%3Dproject%2CProjectID%3D2%2Cname%3Dteam-a%252Bpuller&page=1&page_size=100&sort=id "));
}

TEST_CASE("a session that Harbor begins is not taken up", "[harbor_client]") {
  Scene scene(wire("200 OK", std::string(kJson) + "Set-Cookie: sid=0123456789abcdef; Path=/; HttpOnly\r\n",
                   R"({"username":"admin","sysadmin_flag":true})"));
  for (int i = 0; i < 2; ++i) REQUIRE(scene.api->whoami(admin(), {}));
  REQUIRE(scene.inbox.all().size() == 2);
  for (const auto& request : scene.inbox.all()) {
    INFO(request);
    CHECK_FALSE(holds(request, "sid="));
    CHECK(holds(request, "\r\nAuthorization:Basic YWRtaW46SGFyYm9yMTIzNDU=\r\n"));
  }
}

TEST_CASE("a redirect does not lead the credential to another server", "[harbor_client]") {
  Scene elsewhere(wire("200 OK", kJson, R"({"username":"thief"})"));
  Scene scene(wire("301 Moved Permanently", "Location: " + elsewhere.server.url() + "/api?secret=hunter2\r\n"));
  const auto who = scene.api->whoami(admin(), {});
  REQUIRE_FALSE(who);
  CHECK(who.error().reason == harbor::kRedirect);
  CHECK(holds(who.error().message, "a redirect to " + elsewhere.server.url() + ", which is not followed"));
  CHECK_FALSE(holds(who.error().message, "hunter2"));
  CHECK(elsewhere.inbox.all().empty());
}

TEST_CASE("an answer cut short, or of another protocol, is unavailable and tells no secret", "[harbor_client]") {
  const std::vector<std::string> answers = {
      std::string("HTTP/1.1 201 Created\r\n") + kJson + "Content-Length: 500\r\n\r\n{\"id\":1,\"secret\":\"hunter2\"",
      wire("201 Created", kJson, "{\"id\":1,\"secret\":\"hunter2\""),
      "SSH-2.0-OpenSSH_9.2 hunter2\r\n",
  };
  for (const auto& answer : answers) {
    Server server([&](Connection& connection) {
      if (connection.request()) connection.write(answer);
    });
    const auto transport = http::make_cpprest_transport({server.url()});
    REQUIRE(transport);
    const auto api = harbor::make_api(**transport, base::real_clock(), nullptr);
    const auto made = api->create_robot(admin(), {"puller", "", harbor::Level::kProject, {"team-a"}, 30}, {});
    REQUIRE_FALSE(made);
    INFO(made.error().message);
    CHECK(made.error().kind == ErrorKind::kUnavailable);
    CHECK(made.error().message.starts_with("create robot puller: "));
    CHECK_FALSE(holds(made.error().message, "hunter2"));
    CHECK(server.connections() == 1);  // a robot may have been made: nothing is sent twice
  }
}

TEST_CASE("many threads share a client", "[harbor_client]") {
  Scene scene(wire("200 OK", "Content-Type: text/plain\r\nDate: Mon, 23 Nov 2026 18:42:00 GMT\r\n", "Pong"));
  std::vector<std::thread> threads;
  std::atomic<int> pongs = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int call = 0; call < 20; ++call) {
        if (scene.api->ping({})) ++pongs;
        (void)scene.api->clock_offset();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(pongs == 160);
  CHECK(scene.api->clock_offset());
}

TEST_CASE("a Harbor that is stopped waiting for costs no time", "[harbor_client]") {
  const auto source = std::make_unique<std::stop_source>();
  Server server([&](Connection& connection) {
    if (connection.request()) source->request_stop();
    (void)connection.closed_within(5s);
  });
  const auto transport = http::make_cpprest_transport({server.url()});
  REQUIRE(transport);
  const auto begin = std::chrono::steady_clock::now();
  const auto api = harbor::make_api(**transport, base::real_clock(), nullptr);
  CHECK(api->whoami(admin(), source->get_token()).error().kind == ErrorKind::kCancelled);
  CHECK(std::chrono::steady_clock::now() - begin < 3s);
}
