#include "runtime/health.hpp"

#include <catch2/catch.hpp>

TEST_CASE("health is 200 when every check holds and names each", "[runtime]") {
  const auto page = runtime::judge({{"caches", [] { return true; }}, {"loop", [] { return true; }}});
  CHECK(page.status == 200);
  CHECK(page.body == "[+]caches ok\n[+]loop ok\n");
}

TEST_CASE("health is 503 when one check fails and says which", "[runtime]") {
  const auto page = runtime::judge({{"caches", [] { return false; }}, {"loop", [] { return true; }}});
  CHECK(page.status == 503);
  CHECK(page.body == "[-]caches failed\n[+]loop ok\n");
}

TEST_CASE("no check at all is healthy", "[runtime]") { CHECK(runtime::judge({}).status == 200); }
