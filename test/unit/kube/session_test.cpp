#include "kube/session.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <deque>
#include <thread>

#include "base/version.hpp"
#include "kube/request.hpp"
#include "unit/kube/pem.hpp"
#include "unit/kube/temp_folder.hpp"

namespace {

using base::ErrorKind;
using std::chrono::milliseconds;
using std::chrono::seconds;

class ManualClock final : public base::Clock {
 public:
  base::WallTime now() const override { return base::WallTime{}; }
  base::SteadyTime steady() const override { return base::SteadyTime{} + offset_.load(); }
  void advance(milliseconds by) { offset_ = offset_.load() + by; }

 private:
  std::atomic<milliseconds> offset_{milliseconds(0)};
};

/// What the network does next (200 when nothing is said), and what was seen of it.
struct Script {
  std::deque<base::Result<int>> answers = {};
  std::vector<http::Request> seen = {};
  std::vector<milliseconds> deadlines = {};
  std::vector<http::TlsConfig> made = {};
  std::vector<std::string> log = {};
  std::vector<std::string> observed = {};
  std::optional<base::Error> factory_fault = std::nullopt;
  std::function<void()> during = {};  ///< runs inside each exchange
  int alive = 0;                      ///< transports

  base::Result<int> next(const http::Request& request, const http::Limits& limits) {
    seen.push_back(request);
    deadlines.push_back(limits.deadline);
    if (during) during();
    if (answers.empty()) return 200;
    auto answer = answers.front();
    answers.pop_front();
    return answer;
  }
};

class ScriptedStream final : public http::Stream {
 public:
  ScriptedStream(int status, const int& alive) : status_(status), alive_(alive) {}
  int status() const override { return status_; }
  std::string header(std::string_view name) const override { return "value of " + std::string(name); }
  base::Result<std::string> read(milliseconds, const std::stop_token&) override { return std::to_string(alive_); }

 private:
  int status_;
  const int& alive_;
};

class ScriptedTransport final : public http::Transport {
 public:
  explicit ScriptedTransport(Script& script) : script_(script) { ++script_.alive; }
  ~ScriptedTransport() override { --script_.alive; }
  base::Result<http::Response> send(const http::Request& request, const http::Limits& limits) override {
    const auto status = script_.next(request, limits);
    if (!status) return base::fail(status.error());
    return http::Response{*status, {}, ""};
  }
  base::Result<std::unique_ptr<http::Stream>> open(const http::Request& request, const http::Limits& limits) override {
    const auto status = script_.next(request, limits);
    if (!status) return base::fail(status.error());
    return std::make_unique<ScriptedStream>(*status, script_.alive);
  }

 private:
  Script& script_;
};

/// A session over a script, with files it may read.
struct Bench {
  TempFolder folder = {};
  ManualClock clock = {};
  Script script = {};
  kube::Config config = {};

  Bench() {
    config.server = "https://h";
    config.origin = "test";
  }

  void with_token_file(const std::string& token) { config.token_file = folder.write("token", token); }
  void with_ca_file(const std::string& pem) { config.ca_file = folder.write("ca", pem); }
  void with_client_files(const PemPair& pem) {
    config.client_cert_file = folder.write("cert", pem.cert);
    config.client_key_file = folder.write("key", pem.key);
  }

  base::Result<std::unique_ptr<http::Transport>> start() {
    const auto factory = [this](const std::string& server,
                                const http::TlsConfig& tls) -> base::Result<std::unique_ptr<http::Transport>> {
      CHECK(server == "https://h");
      if (script.factory_fault) return base::fail(*script.factory_fault);
      script.made.push_back(tls);
      return std::make_unique<ScriptedTransport>(script);
    };
    const base::Log log(base::LogLevel::kInfo, base::LogFormat::kJson,
                        [this](std::string_view line) { script.log.emplace_back(line); });
    return kube::make_session(config, factory, clock, log,
                              [this](std::string_view method, int status, milliseconds took) {
                                script.observed.push_back(std::string(method) + " " + std::to_string(status) + " " +
                                                          std::to_string(took.count()));
                              });
  }

  /// A session that must come about.
  std::unique_ptr<http::Transport> session() {
    auto made = start();
    REQUIRE(made);
    return std::move(*made);
  }

  std::string header(std::size_t exchange, std::string_view name) const {
    http::Response as_response;
    as_response.headers = script.seen.at(exchange).headers;
    return std::string(as_response.header(name));
  }
  std::string last_token() const { return header(script.seen.size() - 1, "Authorization"); }
};

const http::Request kGet = kube::get("/api/v1/namespaces");

base::Error error(ErrorKind kind) {
  base::Error made;
  made.kind = kind;
  made.message = "scripted";
  return made;
}

}  // namespace

TEST_CASE("every request carries the token, the program's version and what it accepts", "[kube]") {
  Bench bench;
  bench.config.token = base::SecretString("sesame");
  const auto session = bench.session();
  CHECK(session->send(kGet, {}).value().status == 200);
  CHECK(bench.header(0, "Authorization") == "Bearer sesame");
  CHECK(bench.header(0, "User-Agent") == "harbor-pull/" + std::string(base::kVersion));
  CHECK(bench.header(0, "Accept") == "application/json");
  CHECK(session->open(kube::list(kube::namespaces(), {}), {}));
  CHECK(bench.header(1, "Authorization") == "Bearer sesame");
  CHECK(bench.header(1, "Accept").find("PartialObjectMetadataList") != std::string::npos);
}

TEST_CASE("without a token no Authorization is sent", "[kube]") {
  Bench bench;
  const auto session = bench.session();
  CHECK(session->send(kGet, {}));
  CHECK(bench.header(0, "Authorization").empty());
}

TEST_CASE("a token file is read again after a minute and not before", "[kube]") {
  Bench bench;
  bench.with_token_file("one\n");
  const auto session = bench.session();
  bench.with_token_file("two\n");
  bench.clock.advance(seconds(59));
  CHECK(session->send(kGet, {}));
  CHECK(bench.last_token() == "Bearer one");
  bench.clock.advance(seconds(1));
  CHECK(session->send(kGet, {}));
  CHECK(bench.last_token() == "Bearer two");
  CHECK(bench.script.made.size() == 1);
}

TEST_CASE("a token file that is gone, empty or unusable leaves the token in use and is logged once", "[kube]") {
  Bench bench;
  bench.with_token_file("one");
  const auto session = bench.session();
  const auto look = [&] {
    bench.clock.advance(seconds(60));
    CHECK(session->send(kGet, {}));
    return bench.last_token();
  };
  std::filesystem::remove(bench.config.token_file);
  CHECK(look() == "Bearer one");
  CHECK(look() == "Bearer one");
  REQUIRE(bench.script.log.size() == 1);
  CHECK(bench.script.log[0].find("No such file") != std::string::npos);
  bench.with_token_file("");
  CHECK(look() == "Bearer one");
  CHECK(look() == "Bearer one");
  bench.with_token_file("sesame\r\nX-Evil: 1");
  CHECK(look() == "Bearer one");
  CHECK(bench.script.log.size() == 3);
  bench.with_token_file("two");
  CHECK(look() == "Bearer two");
  CHECK(bench.script.log.size() == 4);
  for (const auto& line : bench.script.log) CHECK(line.find("sesame") == std::string::npos);
}

TEST_CASE("a 401 that met an outdated token is repeated once with the new one", "[kube]") {
  Bench bench;
  bench.with_token_file("one");
  const auto session = bench.session();
  bench.with_token_file("two");
  bench.script.answers = {401, 201};
  CHECK(session->send(kube::create("/p", "{}"), {}).value().status == 201);
  REQUIRE(bench.script.seen.size() == 2);
  CHECK(bench.header(0, "Authorization") == "Bearer one");
  CHECK(bench.header(1, "Authorization") == "Bearer two");
  CHECK(bench.script.seen[1].body == "{}");
  CHECK(bench.script.observed == std::vector<std::string>{"POST 401 0", "POST 201 0"});
}

TEST_CASE("a 401 with the current token is the answer", "[kube]") {
  Bench bench;
  bench.with_token_file("one");
  const auto session = bench.session();
  bench.script.answers = {401};
  CHECK(session->send(kGet, {}).value().status == 401);
  CHECK(bench.script.seen.size() == 1);
  bench.script.answers = {401, 401};
  bench.with_token_file("two");
  CHECK(session->send(kGet, {}).value().status == 401);
  CHECK(bench.script.seen.size() == 3);
}

TEST_CASE("a 401 with an inline token is the answer", "[kube]") {
  Bench bench;
  bench.config.token = base::SecretString("sesame");
  const auto session = bench.session();
  bench.script.answers = {401};
  CHECK(session->open(kGet, {}).value()->status() == 401);
  CHECK(bench.script.seen.size() == 1);
}

TEST_CASE("a stream refused with 401 is opened once more with the new token", "[kube]") {
  Bench bench;
  bench.with_token_file("one");
  const auto session = bench.session();
  bench.with_token_file("two");
  bench.script.answers = {401, 200};
  const auto stream = session->open(kGet, {});
  REQUIRE(stream);
  CHECK((*stream)->status() == 200);
  CHECK((*stream)->header("X") == "value of X");
  CHECK(bench.last_token() == "Bearer two");
}

TEST_CASE("the repetition has what is left of the deadline, and does not come after it", "[kube]") {
  Bench bench;
  bench.with_token_file("one");
  const auto session = bench.session();
  bench.with_token_file("two");
  bench.script.answers = {401, 200};
  bench.script.during = [&] { bench.clock.advance(seconds(3)); };
  http::Limits limits;
  limits.deadline = seconds(10);
  CHECK(session->send(kGet, limits).value().status == 200);
  CHECK(bench.script.deadlines == std::vector<milliseconds>{seconds(10), seconds(7)});
  CHECK(bench.script.observed.front() == "GET 401 3000");
  bench.with_token_file("three");
  bench.script.answers = {401, 200};
  limits.deadline = seconds(3);
  CHECK(session->send(kGet, limits).value().status == 401);
  CHECK(bench.script.seen.size() == 3);
}

TEST_CASE("a rotated CA gives a new transport, and the old one goes when nobody uses it", "[kube]") {
  Bench bench;
  const auto first = make_pem().cert;
  const auto second = make_pem().cert;
  bench.with_ca_file(first);
  const auto session = bench.session();
  CHECK(bench.script.made.at(0).ca_pem == first);
  bench.clock.advance(seconds(60));
  CHECK(session->send(kGet, {}));
  CHECK(bench.script.made.size() == 1);
  bench.with_ca_file(second);
  bench.clock.advance(seconds(60));
  CHECK(session->send(kGet, {}));
  CHECK(bench.script.made.size() == 2);
  CHECK(bench.script.made.at(1).ca_pem == second);
  CHECK(bench.script.alive == 1);
}

TEST_CASE("an open stream keeps the transport it runs on", "[kube]") {
  Bench bench;
  bench.with_ca_file(make_pem().cert);
  auto session = bench.session();
  auto stream = session->open(kGet, {});
  REQUIRE(stream);
  bench.with_ca_file(make_pem().cert);
  bench.clock.advance(seconds(60));
  CHECK(session->send(kGet, {}));
  CHECK(bench.script.alive == 2);
  CHECK((*stream)->read(milliseconds(1), {}).value() == "2");
  session.reset();
  CHECK((*stream)->read(milliseconds(1), {}).value() == "1");
  stream->reset();
  CHECK(bench.script.alive == 0);
}

TEST_CASE("a CA file that is gone, empty or cut short leaves the trust in use and is logged once", "[kube]") {
  Bench bench;
  const auto pem = make_pem().cert;
  bench.with_ca_file(pem);
  const auto session = bench.session();
  const auto look = [&](const std::string& text) {
    bench.with_ca_file(text);
    for (int i = 0; i < 2; ++i) {
      bench.clock.advance(seconds(60));
      CHECK(session->send(kGet, {}));
    }
    return bench.script.made.size();
  };
  CHECK(look("") == 1);
  CHECK(bench.script.log.size() == 1);
  CHECK(look(pem.substr(0, pem.size() / 2)) == 1);
  CHECK(look("no PEM at all") == 1);
  CHECK(bench.script.log.size() <= 3);
  CHECK(look(pem) == 1);
  CHECK(look(make_pem().cert) == 2);
}

TEST_CASE("a client certificate is taken up when its key has come too", "[kube]") {
  Bench bench;
  const auto second = make_pem();
  bench.with_client_files(make_pem());
  const auto session = bench.session();
  bench.folder.write("cert", second.cert);
  bench.clock.advance(seconds(60));
  CHECK(session->send(kGet, {}));
  CHECK(bench.script.made.size() == 1);
  bench.folder.write("key", second.key);
  bench.clock.advance(seconds(60));
  CHECK(session->send(kGet, {}));
  REQUIRE(bench.script.made.size() == 2);
  CHECK(bench.script.made[1].client_cert_pem == second.cert);
  CHECK(bench.script.made[1].client_key_pem.reveal() == second.key);
}

TEST_CASE("a TLS failure that met an outdated CA is repeated once if the request may be", "[kube]") {
  Bench bench;
  bench.with_ca_file(make_pem().cert);
  const auto session = bench.session();
  bench.with_ca_file(make_pem().cert);
  bench.script.answers = {tl::unexpected(error(ErrorKind::kTls)), 200};
  CHECK(session->send(kGet, {}).value().status == 200);
  CHECK(bench.script.observed == std::vector<std::string>{"GET 0 0", "GET 200 0"});

  bench.with_ca_file(make_pem().cert);
  bench.script.answers = {tl::unexpected(error(ErrorKind::kTls))};
  CHECK(session->send(kube::create("/p", "{}"), {}).error().kind == ErrorKind::kTls);
  CHECK(bench.script.made.size() == 3);  // the next request has it
}

TEST_CASE("a TLS failure with the current files is the answer, and other failures look at no file", "[kube]") {
  Bench bench;
  bench.with_ca_file(make_pem().cert);
  const auto session = bench.session();
  bench.script.answers = {tl::unexpected(error(ErrorKind::kTls))};
  CHECK(session->open(kGet, {}).error().kind == ErrorKind::kTls);
  CHECK(bench.script.seen.size() == 1);
  bench.with_ca_file(make_pem().cert);
  for (const auto kind : {ErrorKind::kUnavailable, ErrorKind::kTimeout, ErrorKind::kCancelled}) {
    bench.script.answers = {tl::unexpected(error(kind))};
    CHECK(session->send(kGet, {}).error().kind == kind);
  }
  CHECK(bench.script.made.size() == 1);
}

TEST_CASE("a transport that cannot be made anew leaves the old one in use", "[kube]") {
  Bench bench;
  bench.with_ca_file(make_pem().cert);
  const auto session = bench.session();
  bench.with_ca_file(make_pem().cert);
  bench.script.factory_fault = error(ErrorKind::kInternal);
  bench.clock.advance(seconds(60));
  CHECK(session->send(kGet, {}).value().status == 200);
  CHECK(bench.script.alive == 1);
  bench.script.factory_fault.reset();
  bench.clock.advance(seconds(60));
  CHECK(session->send(kGet, {}));
  CHECK(bench.script.made.size() == 2);
}

TEST_CASE("a session that cannot begin says why and where from", "[kube]") {
  const auto message = [](const std::function<void(Bench&)>& prepare) {
    Bench bench;
    prepare(bench);
    const auto made = bench.start();
    REQUIRE_FALSE(made);
    CHECK(made.error().kind == ErrorKind::kInvalid);
    return made.error().message;
  };
  CHECK(message([](Bench& b) { b.config.tls.ca_pem = "junk"; }).find("test: ") == 0);
  CHECK(message([](Bench& b) { b.with_ca_file(""); }).find("is empty") != std::string::npos);
  CHECK(message([](Bench& b) { b.config.token_file = "/nowhere"; }).find("/nowhere cannot be read") !=
        std::string::npos);
  CHECK(message([](Bench& b) { b.script.factory_fault = error(ErrorKind::kTls); }) == "test: scripted");
}

TEST_CASE("many threads may share a session while its token turns over", "[kube]") {
  Bench bench;
  bench.with_token_file("one");
  const auto factory = [&](const std::string&,
                           const http::TlsConfig&) -> base::Result<std::unique_ptr<http::Transport>> {
    struct Quiet final : http::Transport {
      base::Result<http::Response> send(const http::Request&, const http::Limits&) override {
        return http::Response{401, {}, ""};
      }
      base::Result<std::unique_ptr<http::Stream>> open(const http::Request&, const http::Limits&) override {
        return base::fail(ErrorKind::kUnavailable, "no");
      }
    };
    return std::make_unique<Quiet>();
  };
  std::atomic<int> exchanges = 0;
  const base::Log log(base::LogLevel::kError, base::LogFormat::kText, [](std::string_view) {});
  const auto session = kube::make_session(bench.config, factory, bench.clock, log,
                                          [&](std::string_view, int, milliseconds) { ++exchanges; });
  REQUIRE(session);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < 50; ++n) {
          if (n % 10 == 0) bench.clock.advance(seconds(60));
          static_cast<void>((*session)->send(kGet, {}));
        }
      });
    }
  }
  CHECK(exchanges == 200);
}
