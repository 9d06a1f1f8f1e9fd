#include "harbor/conformance/symbols.hpp"

#include <catch2/catch.hpp>

using namespace conformance;

namespace {

Symbols paired() {
  Symbols symbols;
  symbols.pair(Kind::kRobot, 8, 108);
  symbols.pair(Kind::kProject, 2, 102);
  symbols.pair(Kind::kUser, 3, 103);
  return symbols;
}

}  // namespace

TEST_CASE("ids are replaced where a text speaks of them and nowhere else", "[conformance]") {
  const Symbols symbols = paired();
  CHECK(symbols.text("/api/v2.0/robots/8") == "/api/v2.0/robots/108");
  CHECK(symbols.text("/api/v2.0/robots/88") == "/api/v2.0/robots/88");
  CHECK(symbols.text("robot 8 not found") == "robot 108 not found");
  CHECK(symbols.text("role permission robotaccount:8 not found") == "role permission robotaccount:108 not found");
  CHECK(symbols.text("robot account 2:team-a+x already exists") == "robot account 102:team-a+x already exists");
  CHECK(symbols.text("/api/v2.0/robots?q=Level%3Dproject%2CProjectID%3D2%2Cname%3Dx") ==
        "/api/v2.0/robots?q=Level%3Dproject%2CProjectID%3D102%2Cname%3Dx");
  CHECK(symbols.text("/project/2/repository") == "/project/102/repository");
  CHECK(symbols.text("8 of 2") == "8 of 2");
}

TEST_CASE("an id that was never learnt stays", "[conformance]") {
  CHECK(paired().text("/api/v2.0/robots/999") == "/api/v2.0/robots/999");
}

TEST_CASE("a number is an id when its key says so", "[conformance]") {
  const Json robot = paired().json({{"id", 8}, {"duration", 8}, {"creator_type", "robot"}, {"creator_ref", 8}});
  CHECK(robot == Json{{"id", 108}, {"duration", 8}, {"creator_type", "robot"}, {"creator_ref", 108}});
  CHECK(paired().json({{"creator_type", "local"}, {"creator_ref", 3}})["creator_ref"] == 103);
  const Json project = paired().json({{"project_id", 2}, {"cve_allowlist", {{"id", 2}, {"items", Json::array()}}}});
  CHECK(project["project_id"] == 102);
  CHECK(project["cve_allowlist"]["id"] == 102);
}

TEST_CASE("addresses follow the Harbor that is asked", "[conformance]") {
  Symbols symbols;
  symbols.external_url("http://10.0.0.1:8080");
  symbols.core_url("http://core.example.test:8080", "http://core");
  CHECK(symbols.host() == "10.0.0.1:8080");
  CHECK(symbols.text("Bearer realm=\"https://harbor.example.test/service/token\"") ==
        "Bearer realm=\"http://10.0.0.1:8080/service/token\"");
  CHECK(symbols.text("Bearer realm=\"https://other.example/service/token\"") ==
        "Bearer realm=\"http://other.example/service/token\"");
  CHECK(symbols.text("core.example.test:8080") == "core");
}
