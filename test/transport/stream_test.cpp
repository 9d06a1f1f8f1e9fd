#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "http/cpprest_transport.hpp"
#include "server.hpp"

namespace {

using namespace std::chrono_literals;
using namespace transport_test;
using base::ErrorKind;
using Clock = std::chrono::steady_clock;

std::unique_ptr<http::Transport> transport_to(const std::string& url) {
  auto made = http::make_cpprest_transport({url, {}});
  REQUIRE(made);
  return std::move(*made);
}

http::Request root() {
  http::Request request;
  request.target = "/";
  return request;
}

std::unique_ptr<http::Stream> open(http::Transport& transport, const http::Limits& limits = {}) {
  auto stream = transport.open(root(), limits);
  REQUIRE(stream);
  return std::move(*stream);
}

/// Reads until `size` bytes came.
std::string read_bytes(http::Stream& stream, std::size_t size) {
  std::string all;
  while (all.size() < size) {
    const auto piece = stream.read(2s, {});
    REQUIRE(piece);
    REQUIRE_FALSE(piece->empty());
    all += *piece;
  }
  return all;
}

bool eventually(const std::atomic<bool>& flag) {
  for (int i = 0; i < 200 && !flag; ++i) {
    std::this_thread::sleep_for(10ms);
  }
  return flag;
}

}  // namespace

TEST_CASE("bytes of a stream arrive while the chunked body is still open", "[transport]") {
  std::atomic<Clock::rep> sent{0};
  Server server([&](Connection& connection) {
    (void)connection.request();
    connection.write(kChunkedHead + chunk("one\n"));
    std::this_thread::sleep_for(150ms);
    sent = Clock::now().time_since_epoch().count();
    connection.write(chunk("two\n"));
    (void)connection.closed_within(2s);
  });
  const auto transport = transport_to(server.url());
  const auto stream = open(*transport);
  CHECK(stream->status() == 200);
  CHECK(stream->header("transfer-ENCODING") == "chunked");
  CHECK(read_bytes(*stream, 4) == "one\n");
  CHECK(read_bytes(*stream, 4) == "two\n");
  CHECK(Clock::now() - Clock::time_point(Clock::duration(sent.load())) < 100ms);
}

TEST_CASE("a stream that ends reads as empty, again and again", "[transport]") {
  Server server([](Connection& connection) {
    (void)connection.request();
    connection.write(kChunkedHead + chunk("last") + "0\r\n\r\n");
    (void)connection.closed_within(2s);
  });
  const auto transport = transport_to(server.url());
  const auto stream = open(*transport);
  CHECK(read_bytes(*stream, 4) == "last");
  CHECK(stream->read(1s, {}).value().empty());
  CHECK(stream->read(1s, {}).value().empty());
}

TEST_CASE("a quiet stream outlives any per-step time-out", "[transport]") {
  Server server([](Connection& connection) {
    (void)connection.request();
    connection.write(kChunkedHead);
    std::this_thread::sleep_for(900ms);
    connection.write(chunk("late"));
    (void)connection.closed_within(2s);
  });
  const auto transport = transport_to(server.url());
  http::Limits limits;
  limits.deadline = 300ms;  // of the status line only
  const auto stream = open(*transport, limits);
  const auto silence = stream->read(100ms, {});
  REQUIRE_FALSE(silence);
  CHECK(silence.error().kind == ErrorKind::kTimeout);
  CHECK(read_bytes(*stream, 4) == "late");
}

TEST_CASE("a stream without a status line ends at the deadline", "[transport]") {
  Server server([](Connection& connection) { (void)connection.closed_within(2s); });
  const auto transport = transport_to(server.url());
  http::Limits limits;
  limits.deadline = 200ms;
  const auto stream = transport->open(root(), limits);
  REQUIRE_FALSE(stream);
  CHECK(stream.error().kind == ErrorKind::kTimeout);
}

TEST_CASE("a broken stream delivers what came, then the error", "[transport]") {
  Server server([](Connection& connection) {
    (void)connection.request();
    connection.write(kChunkedHead + chunk("before"));
    std::this_thread::sleep_for(50ms);
    connection.reset();
  });
  const auto transport = transport_to(server.url());
  const auto stream = open(*transport);
  CHECK(read_bytes(*stream, 6) == "before");
  const auto broken = stream->read(2s, {});
  REQUIRE_FALSE(broken);
  CHECK(broken.error().kind == ErrorKind::kUnavailable);
  CHECK(broken.error().message.find("127.0.0.1:" + std::to_string(server.port())) == 0);
}

TEST_CASE("a reader is stopped at once, and may come back", "[transport]") {
  Server server([](Connection& connection) {
    (void)connection.request();
    connection.write(kChunkedHead);
    std::this_thread::sleep_for(400ms);
    connection.write(chunk("after"));
    (void)connection.closed_within(2s);
  });
  const auto transport = transport_to(server.url());
  const auto stream = open(*transport);
  std::stop_source stop;
  const std::jthread stopper([&] {
    std::this_thread::sleep_for(50ms);
    stop.request_stop();
  });
  const auto begin = Clock::now();
  const auto stopped = stream->read(5s, stop.get_token());
  CHECK(stopped.error().kind == ErrorKind::kCancelled);
  CHECK(Clock::now() - begin < 300ms);
  CHECK(read_bytes(*stream, 5) == "after");
}

TEST_CASE("a stream that is refused can be read for the reason", "[transport]") {
  Server server([](Connection& connection) {
    (void)connection.request();
    connection.reply("too old", {}, 410);
    (void)connection.closed_within(1s);
  });
  const auto transport = transport_to(server.url());
  const auto stream = open(*transport);
  CHECK(stream->status() == 410);
  CHECK(read_bytes(*stream, 7) == "too old");
  CHECK(stream->read(1s, {}).value().empty());
}

TEST_CASE("a server that sends faster than the reader reads is slowed, not lost", "[transport]") {
  constexpr std::size_t kTotal = 32U << 20U;
  std::atomic<std::size_t> written{0};
  Server server([&](Connection& connection) {
    (void)connection.request();
    connection.write(kChunkedHead);
    const auto piece = chunk(std::string(32U << 10U, 'x'));
    while (written < kTotal && connection.write(piece)) {
      written += 32U << 10U;
    }
    connection.write("0\r\n\r\n");
    (void)connection.closed_within(5s);
  });
  const auto transport = transport_to(server.url());
  http::Limits limits;
  limits.max_body = 64U << 10U;
  const auto stream = open(*transport, limits);
  std::this_thread::sleep_for(300ms);
  CHECK(written < kTotal / 2);  // what the kernel's buffers hold, and not more
  std::size_t largest = 0;
  std::size_t sum = 0;
  for (;;) {
    const auto piece = stream->read(5s, {});
    REQUIRE(piece);
    if (piece->empty()) {
      break;
    }
    largest = std::max(largest, piece->size());
    sum += piece->size();
  }
  CHECK(sum == kTotal);
  CHECK(largest <= limits.max_body + (32U << 10U));
}

TEST_CASE("a stalled reader leaves the threads to others", "[transport]") {
  Server flood([](Connection& connection) {
    (void)connection.request();
    connection.write(kChunkedHead);
    while (connection.write(chunk(std::string(8192, 'x')))) {
    }
  });
  Server calm(answering("ok"));
  const auto transport = transport_to(flood.url());
  http::Limits limits;
  limits.max_body = 1024;
  std::vector<std::unique_ptr<http::Stream>> stalled;
  for (int i = 0; i < 6; ++i) {
    stalled.push_back(open(*transport, limits));
  }
  http::Limits soon;
  soon.deadline = 1s;
  CHECK(transport_to(calm.url())->send(root(), soon));
}

TEST_CASE("destroying a stream closes its connection and waits for nothing", "[transport]") {
  const bool flooded = GENERATE(false, true);
  std::atomic<bool> closed{false};
  Server server([&](Connection& connection) {
    (void)connection.request();
    connection.write(kChunkedHead + chunk("x"));
    while (flooded && connection.write(chunk(std::string(8192, 'x')))) {
    }
    closed = connection.closed_within(3s);
  });
  const auto transport = transport_to(server.url());
  http::Limits limits;
  limits.max_body = 1024;
  auto stream = open(*transport, limits);
  (void)read_bytes(*stream, 1);
  const auto begin = Clock::now();
  stream.reset();
  CHECK(Clock::now() - begin < 100ms);
  CHECK(eventually(closed));
}

TEST_CASE("a stream outlives the transport that opened it", "[transport]") {
  Server server([](Connection& connection) {
    (void)connection.request();
    connection.write(kChunkedHead);
    std::this_thread::sleep_for(100ms);
    connection.write(chunk("still"));
    (void)connection.closed_within(1s);
  });
  auto transport = transport_to(server.url());
  const auto stream = open(*transport);
  transport.reset();
  CHECK(read_bytes(*stream, 5) == "still");
}
