#include "kube/frames.hpp"

#include <catch2/catch.hpp>
#include <vector>

namespace {

/// All events of `text`, given in chunks of `size` bytes.
std::vector<std::string> split(std::string_view text, std::size_t size) {
  kube::FrameSplitter frames;
  std::vector<std::string> found;
  for (std::size_t at = 0; at < text.size(); at += size) {
    frames.push(text.substr(at, size));
    for (auto frame = frames.next(); frame && *frame; frame = frames.next()) found.emplace_back(**frame);
  }
  return found;
}

}  // namespace

TEST_CASE("events come out whole wherever the bytes were cut", "[kube]") {
  const std::string text = "{\"name\":\"grün\"}\n{\"a\":\"\xf0\x9f\x9a\xa2\"}\r\n{}\n";
  const std::vector<std::string> wanted{"{\"name\":\"grün\"}", "{\"a\":\"\xf0\x9f\x9a\xa2\"}\r", "{}"};
  for (std::size_t size = 1; size <= text.size(); ++size) CHECK(split(text, size) == wanted);
}

TEST_CASE("an event without its line end is not yet one", "[kube]") {
  kube::FrameSplitter frames;
  frames.push("{\"a\":1}");
  CHECK_FALSE(frames.next().value());
  frames.push("\n");
  CHECK(frames.next().value() == "{\"a\":1}");
  CHECK_FALSE(frames.next().value());
}

TEST_CASE("empty lines are no events", "[kube]") { CHECK(split("\n\r\n{}\n \n{}\n", 3).size() == 2); }

TEST_CASE("an event larger than any object is refused, whole or not", "[kube]") {
  kube::FrameSplitter frames(10);
  frames.push("0123456789\n");
  CHECK(frames.next().value() == "0123456789");
  frames.push("0123456789a");
  const auto unfinished = frames.next();
  REQUIRE_FALSE(unfinished);
  CHECK(unfinished.error().kind == base::ErrorKind::kTooLarge);
  frames.push("\n{}\n");
  CHECK_FALSE(frames.next());
}

TEST_CASE("the memory of a large event is given back", "[kube]") {
  kube::FrameSplitter frames;
  frames.push(std::string(1U << 20U, 'x') + "\n");
  CHECK(frames.next().value()->size() == 1U << 20U);
  frames.push("{}");
  CHECK(frames.capacity() < 65'536);
}

TEST_CASE("a new stream begins with nothing", "[kube]") {
  kube::FrameSplitter frames;
  frames.push("{\"half");
  frames.clear();
  frames.push("{}\n");
  CHECK(frames.next().value() == "{}");
}

TEST_CASE("a long event in small chunks takes time for its length only", "[kube]") {
  kube::FrameSplitter frames;
  const std::string chunk(16, 'x');
  for (int i = 0; i < 100'000; ++i) {
    frames.push(chunk);
    REQUIRE_FALSE(frames.next().value());
  }
  frames.push("\n");
  CHECK(frames.next().value()->size() == 1'600'000);
}
