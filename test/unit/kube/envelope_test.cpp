#include "kube/envelope.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <vector>

using kube::EventType;

TEST_CASE("an event gives its type, its name, its version and the text of its object", "[kube]") {
  const std::string frame =
      R"({"type":"MODIFIED","object":{"kind":"Secret","metadata":{"name":"a","namespace":"n","resourceVersion":"42"},"data":{}}})";
  const auto event = kube::parse_event(frame);
  REQUIRE(event);
  CHECK(event->type == EventType::kModified);
  CHECK(event->ns == "n");
  CHECK(event->name == "a");
  CHECK(event->resource_version == "42");
  CHECK(event->object ==
        R"({"kind":"Secret","metadata":{"name":"a","namespace":"n","resourceVersion":"42"},"data":{}})");
  CHECK(event->object.data() > frame.data());
  CHECK(event->object.data() < frame.data() + frame.size());
}

TEST_CASE("an event is read whatever the order of its fields", "[kube]") {
  const auto event = kube::parse_event(R"( {"object": {"metadata":{"name":"a"}} , "new":[{}], "type":"DELETED"} )");
  REQUIRE(event);
  CHECK(event->type == EventType::kDeleted);
  CHECK(event->name == "a");
}

TEST_CASE("every type of event is known, and those of later servers are unknown", "[kube]") {
  for (const auto& [word, type] : std::vector<std::pair<std::string, EventType>>{{"ADDED", EventType::kAdded},
                                                                                 {"MODIFIED", EventType::kModified},
                                                                                 {"DELETED", EventType::kDeleted},
                                                                                 {"BOOKMARK", EventType::kBookmark},
                                                                                 {"ERROR", EventType::kError},
                                                                                 {"added", EventType::kUnknown},
                                                                                 {"SHUFFLED", EventType::kUnknown}}) {
    CHECK(kube::parse_event(R"({"type":")" + word + R"(","object":{"metadata":{}}})")->type == type);
  }
}

TEST_CASE("only a bookmark ends the initial events", "[kube]") {
  const std::string object =
      R"(","object":{"metadata":{"resourceVersion":"9","annotations":{"x":"y","k8s.io/initial-events-end":"true"}}}})";
  CHECK(kube::parse_event(R"({"type":"BOOKMARK)" + object)->initial_events_end);
  CHECK_FALSE(kube::parse_event(R"({"type":"ADDED)" + object)->initial_events_end);
  CHECK_FALSE(
      kube::parse_event(R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9"}}})")->initial_events_end);
  CHECK_FALSE(kube::parse_event(
                  R"({"type":"BOOKMARK","object":{"metadata":{"annotations":{"k8s.io/initial-events-end":"false"}}}})")
                  ->initial_events_end);
}

TEST_CASE("an ERROR event gives the code of its Status", "[kube]") {
  const auto event = kube::parse_event(
      R"({"type":"ERROR","object":{"kind":"Status","metadata":{},"status":"Failure","reason":"Expired","code":410}})");
  REQUIRE(event);
  CHECK(event->type == EventType::kError);
  CHECK(event->code == 410);
  CHECK(kube::parse_event(R"({"type":"ERROR","object":{"code":"410"}})")->code == 0);
}

TEST_CASE("what is not one whole event is refused without being quoted", "[kube]") {
  const std::string good = R"({"type":"ADDED","object":{"metadata":{"name":"hunter2"}}})";
  std::vector<std::string> bad = {"",
                                  "null",
                                  "[]",
                                  "hunter2",
                                  R"({"type":"ADDED"})",
                                  R"({"type":1,"object":{}})",
                                  "{}",
                                  good + "x",
                                  good + good,
                                  "\xEF\xBB\xBF" + good,
                                  std::string("\0", 1) + good,
                                  R"({"type":"ADDED","object":"hunter2"})"};
  for (std::size_t size = 0; size < good.size(); ++size) bad.push_back(good.substr(0, size));
  for (const auto& frame : bad) {
    INFO(frame);
    const auto event = kube::parse_event(frame);
    REQUIRE_FALSE(event);
    CHECK(event.error().kind == base::ErrorKind::kInvalid);
    CHECK(event.error().message.find("hunter2") == std::string::npos);
  }
}

TEST_CASE("a page gives its items one by one, its version and how to go on", "[kube]") {
  std::vector<std::string> items;
  const auto head = kube::parse_page(
      R"({"kind":"SecretList","metadata":{"resourceVersion":"7","continue":"t","remainingItemCount":3},
          "items":[{"a":{"b":[1]}},{"c":"}"}, {} ,5,null,[{"d":1}],{"e":1}]})",
      [&](std::string_view item) { items.emplace_back(item); });
  REQUIRE(head);
  CHECK(head->resource_version == "7");
  CHECK(head->continue_token == "t");
  CHECK(items == std::vector<std::string>{R"({"a":{"b":[1]}})", R"({"c":"}"})", "{} ", "", "", "", R"({"e":1})"});
}

TEST_CASE("an empty page may say so with null", "[kube]") {
  for (const std::string items : {"[]", "null"}) {
    const auto head = kube::parse_page(R"({"items":)" + items + R"(,"metadata":{"resourceVersion":"7"}})",
                                       [](std::string_view) { FAIL("an item"); });
    REQUIRE(head);
    CHECK(head->resource_version == "7");
  }
}

TEST_CASE("what is not a list is refused", "[kube]") {
  for (const std::string body : {"", "<html>", "[]", R"({"metadata":{}})", R"({"items":[{}],"metadata":{})",
                                 R"({"items":[{}} )", R"({"items":{}})", R"({"items":[]}{})"}) {
    INFO(body);
    CHECK_FALSE(kube::parse_page(body, [](std::string_view) {}));
  }
}

TEST_CASE("the name of an unreadable object is told as far as it can be read", "[kube]") {
  CHECK(kube::readable_name(R"({"data":5,"metadata":{"namespace":"n","name":"a"}})") == "n/a");
  CHECK(kube::readable_name(R"({"metadata":{"name":"a","labels":7}})") == "a");
  CHECK(kube::readable_name(R"({"metadata":{"name":5}})").empty());
  CHECK(kube::readable_name("").empty());
}

TEST_CASE("a resource version that is no number counts as zero", "[kube]") {
  CHECK(kube::version_number("18446744073709551615") == 18446744073709551615ULL);
  for (const std::string text : {"", "a", "1a", "-1", "18446744073709551616", " 1"})
    CHECK(kube::version_number(text) == 0);
}

TEST_CASE("damaged bytes never do more than fail", "[kube]") {
  std::mt19937 engine(1);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same run each time
  const std::string good =
      R"({"type":"BOOKMARK","object":{"code":1,"metadata":{"name":"a","annotations":{"k8s.io/initial-events-end":"true"}},"items":[{"a":[1,2]},{}]}})";
  for (int i = 0; i < 20'000; ++i) {
    std::string bad = good;
    for (auto edits = 1 + engine() % 3; edits > 0; --edits) {
      static constexpr std::string_view kBytes = "{}[]\",:\\0tn \xff\xc3\x00u";
      const std::size_t at = engine() % bad.size();
      if (engine() % 3 == 0) bad.erase(at, 1 + engine() % 4);
      if (bad.empty()) break;
      bad[engine() % bad.size()] = kBytes[engine() % kBytes.size()];
    }
    if (const auto event = kube::parse_event(bad)) CHECK(event->object.size() <= bad.size());
    (void)kube::parse_page(bad, [&](std::string_view item) { CHECK(item.size() <= bad.size()); });
    (void)kube::readable_name(bad);
  }
}
