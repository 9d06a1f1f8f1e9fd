// Names as in names.cpp: slow.test takes two seconds and then fails, nowhere.test does not exist.
#include "http/resolve.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <thread>
#include <vector>

#include "http/cpprest_transport.hpp"
#include "http/resolving_transport.hpp"
#include "server.hpp"

namespace {

using namespace std::chrono_literals;
using namespace transport_test;
using base::ErrorKind;
using Clock = std::chrono::steady_clock;

}  // namespace

TEST_CASE("an address is there at once and a name when it is known", "[transport]") {
  const auto resolver = http::make_resolver();
  for (const auto* host : {"127.0.0.1", "::1", "good.test"}) {
    INFO(host);
    CHECK(resolver->resolve(host, 2s, {}));
  }
  CHECK(resolver->resolve("127.0.0.1", 0ms, {}));
}

TEST_CASE("a name that does not exist is named, with the reason", "[transport]") {
  const auto missing = http::make_resolver()->resolve("nowhere.test", 2s, {});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().kind == ErrorKind::kUnavailable);
  CHECK(missing.error().message == "cannot resolve nowhere.test: Name or service not known");
}

TEST_CASE("a name that nobody answers for costs the limit and no more", "[transport]") {
  const auto resolver = http::make_resolver();
  const auto begin = Clock::now();
  const auto late = resolver->resolve("slow.test", 100ms, {});
  REQUIRE_FALSE(late);
  CHECK(late.error().kind == ErrorKind::kTimeout);
  CHECK(late.error().message.find("cannot resolve slow.test") == 0);
  std::stop_source source;
  source.request_stop();
  CHECK(resolver->resolve("slow.test", 10s, source.get_token()).error().kind == ErrorKind::kCancelled);
  CHECK(resolver->resolve("good.test", 100ms, {}));
  CHECK(Clock::now() - begin < 1500ms);  // slow.test takes 2 s
}

TEST_CASE("callers for one name share its thread, so other names find a place", "[transport]") {
  const auto resolver = http::make_resolver();
  for (int i = 0; i < 20; ++i) {
    CHECK(resolver->resolve("slow.test", 5ms, {}).error().kind == ErrorKind::kTimeout);
  }
  CHECK(resolver->resolve("good.test", 1s, {}));
  // The second one takes part in what the first one began.
  const auto begin = Clock::now();
  CHECK(resolver->resolve("slow.test", 10s, {}).error().kind == ErrorKind::kUnavailable);
  CHECK(Clock::now() - begin < 2s);
}

TEST_CASE("more names than threads wait for a place", "[transport]") {
  const auto resolver = http::make_resolver();
  // Other spellings of one slow name are other names to the resolver; names.cpp knows them all.
  for (const auto* host : {"slow.test", "1.slow.test", "2.slow.test", "3.slow.test"}) {
    CHECK(resolver->resolve(host, 5ms, {}).error().kind == ErrorKind::kTimeout);
  }
  CHECK(resolver->resolve("good.test", 5ms, {}).error().kind == ErrorKind::kTimeout);
  CHECK(resolver->resolve("good.test", 10s, {}));
}

TEST_CASE("an unresolvable server does not hold up requests to others", "[transport]") {
  Server server(answering("ok"));
  auto slow = http::make_cpprest_transport({"http://slow.test:1"});
  const auto fast = http::make_cpprest_transport({server.url("good.test")});
  REQUIRE(slow);
  REQUIRE(fast);
  const auto checked = http::make_resolving_transport(std::move(*slow), {"slow.test", http::make_resolver()});
  http::Limits limits;
  limits.deadline = 100ms;
  const auto begin = Clock::now();
  CHECK(checked->send({"GET", "/"}, limits).error().kind == ErrorKind::kTimeout);
  limits.deadline = 5s;
  const auto answer = (*fast)->send({"GET", "/"}, limits);
  REQUIRE(answer);
  CHECK(answer->body == "ok");
  CHECK(Clock::now() - begin < 1500ms);  // the library's only resolver thread was never given slow.test
}
