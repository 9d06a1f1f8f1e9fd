#include "base/digest.hpp"

#include <catch2/catch.hpp>

TEST_CASE("base64 of any length comes back as it went in", "[base]") {
  for (const std::string text : {"", "a", "ab", "abc", "abcd", std::string("\0\xff\x10", 3).c_str()}) {
    const auto back = base::base64_decode(base::base64_encode(text));
    REQUIRE(back);
    CHECK(*back == text);
  }
  CHECK(base::base64_encode("user:password") == "dXNlcjpwYXNzd29yZA==");
}

TEST_CASE("text that is not base64 is refused without being quoted", "[base]") {
  for (const std::string text : {"aaaaa", "hunter22!", "hunter2!", "====", "YQ=!", "Y=Q="}) {
    const auto back = base::base64_decode(text);
    INFO(text);
    REQUIRE_FALSE(back);
    CHECK(back.error().kind == base::ErrorKind::kInvalid);
    CHECK(back.error().message.find(text) == std::string::npos);
  }
}

TEST_CASE("a keyed digest depends on the key and on the data", "[base]") {
  CHECK(base::keyed_digest("k", "a") == base::keyed_digest("k", "a"));
  CHECK(base::keyed_digest("k", "a") != base::keyed_digest("k", "b"));
  CHECK(base::keyed_digest("k", "a") != base::keyed_digest("l", "a"));
  // RFC 4231 test case 2, first half.
  CHECK(base::hex(base::keyed_digest("Jefe", "what do ya want for nothing?")) == "5bdcc146bf60754e6a042426089575c7");
}
