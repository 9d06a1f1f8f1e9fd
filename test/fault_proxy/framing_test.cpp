#include "support/framing.hpp"

#include <catch2/catch.hpp>

using support::BodyMeter;
using support::MessageHead;
using support::take_head;

namespace {

MessageHead head_of(std::string text) { return take_head(text).value(); }

const std::string kChunks = "5;ext=1\r\nhello\r\n1\r\n \r\n6\r\nworld!\r\n0\r\nTrailer: x\r\n\r\n";

}  // namespace

TEST_CASE("a head is taken once it is whole, and what follows it stays", "[fault_proxy]") {
  std::string bytes = "PUT /a?b=c HTTP/1.1\r\nHost: x\r\nAccept:  text/plain \r\n";
  CHECK_FALSE(take_head(bytes));
  bytes += "\r\nbody";
  const auto head = take_head(bytes);
  REQUIRE(head);
  CHECK(head->first_word() == "PUT");
  CHECK(head->second_word() == "/a?b=c");
  CHECK(head->header("accept") == "text/plain");
  CHECK(head->header("absent").empty());
  CHECK(bytes == "body");
  CHECK(head->render() == "PUT /a?b=c HTTP/1.1\r\nHost: x\r\nAccept: text/plain\r\n\r\n");
}

TEST_CASE("chunks are followed to their end, however they are cut", "[fault_proxy]") {
  const auto head = head_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (std::size_t step = 1; step <= kChunks.size(); ++step) {
    auto meter = BodyMeter::of_answer("GET", head);
    std::string content;
    const auto bytes = kChunks + "HTTP/1.1 200";
    std::size_t taken = 0;
    while (!meter.done()) taken += meter.take(std::string_view(bytes).substr(taken, step), &content);
    CHECK(taken == kChunks.size());
    CHECK(content == "hello world!");
  }
}

TEST_CASE("where a body ends follows from the head", "[fault_proxy]") {
  const auto sized = head_of("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n");
  auto meter = BodyMeter::of_answer("GET", sized);
  CHECK_FALSE(meter.done());
  CHECK(meter.take("abcd") == 3);
  CHECK(meter.done());
  CHECK(BodyMeter::of_answer("HEAD", sized).done());
  CHECK(BodyMeter::of_answer("GET", head_of("HTTP/1.1 204 No Content\r\n\r\n")).done());
  CHECK(BodyMeter::of_answer("GET", head_of("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n")).done());
  CHECK(BodyMeter::of_answer("GET", head_of("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")).done());
  CHECK(BodyMeter::of_answer("GET", head_of("HTTP/1.1 200 OK\r\n\r\n")).until_close());
  CHECK(BodyMeter::of_request(head_of("GET / HTTP/1.1\r\n\r\n")).done());
}

TEST_CASE("who wants the connection to end is understood in both versions of HTTP", "[fault_proxy]") {
  CHECK_FALSE(head_of("GET / HTTP/1.1\r\n\r\n").closes());
  CHECK(head_of("GET / HTTP/1.1\r\nConnection: Close\r\n\r\n").closes());
  CHECK(head_of("HTTP/1.0 200 OK\r\n\r\n").closes());
  CHECK_FALSE(head_of("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n\r\n").closes());
}
