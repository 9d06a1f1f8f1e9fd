#include "base/printable.hpp"

#include <catch2/catch.hpp>

TEST_CASE("controls become spaces and the rest stays", "[base]") {
  CHECK(base::printable("a\r\nb\tc\x7f", 100) == "a  b c ");
  CHECK(base::printable(std::string_view("\0\x1b[31m", 6), 100) == "  [31m");
  CHECK(base::printable("\xc2\x9b"
                        "31m \xc3\xbc",
                        100) == " 31m \xc3\xbc");  // the C1 form of an escape
}

TEST_CASE("a long text is cut between characters", "[base]") {
  CHECK(base::printable("abcdef", 3) == "abc");
  CHECK(base::printable("ab\xc3\xbc", 3) == "ab");
  CHECK(base::printable("ab\xc3\xbc", 4) == "ab\xc3\xbc");
  CHECK(base::printable("\xf0\x9f\x98\x80x", 3).empty());
}
