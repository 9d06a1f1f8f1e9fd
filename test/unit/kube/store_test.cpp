#include "kube/store.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "api/core.hpp"

namespace {

using Store = kube::Store<api::Namespace>;

api::Namespace object(std::string name, std::uint64_t version, std::string label = "a") {
  return {.meta = {.ns = "", .name = std::move(name), .uid = "u", .resource_version = version},
          .labels = {{"label", std::move(label)}}};
}

std::string label_of(const Store& store, std::string_view name) {
  const auto found = store.get("", name);
  return found ? found->labels.front().second : "none";
}

std::uint64_t version_of(const Store& store, std::string_view name) {
  const auto found = store.get("", name);
  return found ? found->meta.resource_version : 0;
}

std::vector<std::string> names(const Store& store) {
  std::vector<std::string> all;
  store.for_each([&](const api::Namespace& each) { all.push_back(each.meta.name); });
  return all;
}

}  // namespace

TEST_CASE("a new object is a change from nothing", "[kube]") {
  Store store;
  const auto change = store.absorb(object("a", 1));
  REQUIRE(change);
  CHECK_FALSE(change->before);
  CHECK(change->after == object("a", 1));
  CHECK(store.size() == 1);
}

TEST_CASE("a changed object is a change from what it was", "[kube]") {
  Store store;
  store.absorb(object("a", 1, "x"));
  const auto change = store.absorb(object("a", 2, "y"));
  REQUIRE(change);
  CHECK(change->before == object("a", 1, "x"));
  CHECK(change->after == object("a", 2, "y"));
  CHECK(store.get("", "a") == object("a", 2, "y"));
}

TEST_CASE("a new version of the same content is kept, and is no change", "[kube]") {
  Store store;
  store.absorb(object("a", 1));
  CHECK_FALSE(store.absorb(object("a", 2)));
  CHECK(version_of(store, "a") == 2);
}

TEST_CASE("an older version than what is here is ignored", "[kube]") {
  Store store;
  store.absorb(object("a", 5, "new"));
  CHECK_FALSE(store.absorb(object("a", 4, "old")));
  CHECK(label_of(store, "a") == "new");
}

TEST_CASE("a version that is not a number is always taken", "[kube]") {
  Store store;
  store.absorb(object("a", 5, "x"));
  CHECK(store.absorb(object("a", 0, "y")));
  CHECK(label_of(store, "a") == "y");
  CHECK(store.absorb(object("a", 1, "z")));
}

TEST_CASE("a removal says what was there, and the second one says nothing", "[kube]") {
  Store store;
  store.absorb(object("a", 5));
  const auto change = store.remove("", "a", 6);
  REQUIRE(change);
  CHECK(change->before == object("a", 5));
  CHECK_FALSE(change->after);
  CHECK_FALSE(store.remove("", "a", 6));
  CHECK(store.size() == 0);
}

TEST_CASE("a removal that is older than what is here is ignored", "[kube]") {
  Store store;
  store.absorb(object("a", 9));
  CHECK_FALSE(store.remove("", "a", 8));
  CHECK(store.size() == 1);
  CHECK(store.remove("", "a", 0));
}

TEST_CASE("a removed object is not brought back by an older event or a late answer", "[kube]") {
  Store store;
  store.absorb(object("a", 5));
  store.remove("", "a", 8);
  CHECK_FALSE(store.absorb(object("a", 7)));
  CHECK_FALSE(store.absorb(object("a", 8)));
  CHECK(store.absorb(object("a", 9)));
}

TEST_CASE("a removal of what was never seen outlives the late answer to its creation", "[kube]") {
  Store store;
  store.remove("", "a", 8);
  CHECK_FALSE(store.absorb(object("a", 7)));
  CHECK(store.size() == 0);
}

TEST_CASE("an unconditional removal holds against what was removed", "[kube]") {
  Store store;
  store.absorb(object("a", 5));
  store.remove("", "a", 0);
  CHECK_FALSE(store.absorb(object("a", 5)));
  CHECK(store.absorb(object("a", 6)));
}

TEST_CASE("only the newest thousand removals are remembered", "[kube]") {
  Store store;
  for (std::uint64_t i = 0; i < 1100; ++i) store.remove("", "n" + std::to_string(i), 1000 + i);
  CHECK_FALSE(store.absorb(object("n1099", 500)));
  CHECK(store.absorb(object("n0", 500)));
}

TEST_CASE("a list makes the store full, and each difference is told", "[kube]") {
  Store store;
  CHECK_FALSE(store.synced());
  store.absorb(object("gone", 1));
  store.absorb(object("same", 2));
  store.absorb(object("changed", 3, "x"));
  const auto changes = store.replace({object("same", 2), object("new", 9), object("changed", 8, "y")}, 10);
  CHECK(store.synced());
  CHECK(names(store) == std::vector<std::string>{"changed", "new", "same"});
  REQUIRE(changes.size() == 3);
  CHECK(changes[0].before->meta.name == "gone");
  CHECK_FALSE(changes[0].after);
  CHECK(changes[1].before->labels.front().second == "x");
  CHECK(changes[1].after->labels.front().second == "y");
  CHECK(changes[2].after->meta.name == "new");
}

TEST_CASE("what was written after the list was made stays as it is", "[kube]") {
  Store store;
  store.absorb(object("written", 12, "ours"));
  store.absorb(object("newer", 15, "ours"));
  const auto changes = store.replace({object("written", 9, "before")}, 10);
  CHECK(changes.empty());
  CHECK(label_of(store, "written") == "ours");
  CHECK(label_of(store, "newer") == "ours");
}

TEST_CASE("what was deleted after the list was made stays away", "[kube]") {
  Store store;
  store.absorb(object("a", 5));
  store.remove("", "a", 12);
  CHECK(store.replace({object("a", 5)}, 10).empty());
  CHECK(store.size() == 0);
}

TEST_CASE("what a list no longer had is not brought back by a late answer", "[kube]") {
  Store store;
  store.replace({}, 20);
  CHECK_FALSE(store.absorb(object("a", 19)));
  CHECK(store.absorb(object("a", 21)));
}

TEST_CASE("a list without a version is right in everything", "[kube]") {
  Store store;
  store.absorb(object("gone", 50));
  store.absorb(object("older", 50, "x"));
  store.remove("", "back", 60);
  store.replace({object("older", 40, "y"), object("back", 7)}, 0);
  CHECK(names(store) == std::vector<std::string>{"back", "older"});
  CHECK(label_of(store, "older") == "y");
  CHECK(version_of(store, "older") == 40);
}

TEST_CASE("the same object twice in a list counts once, the newest", "[kube]") {
  Store store;
  store.replace({object("a", 5, "y"), object("a", 4, "x"), object("a", 6, "z")}, 10);
  CHECK(store.size() == 1);
  CHECK(label_of(store, "a") == "z");
}

TEST_CASE("the objects of one namespace come by name, and those of others do not", "[kube]") {
  kube::Store<api::ServiceAccount> store;
  for (const auto& [ns, name] : {std::pair{"b", "two"}, {"b", "one"}, {"a", "x"}, {"bb", "y"}, {"", "z"}}) {
    store.absorb({.meta = {.ns = ns, .name = name, .uid = {}, .resource_version = 1}});
  }
  const auto found = store.in_namespace("b");
  REQUIRE(found.size() == 2);
  CHECK(found[0].meta.name == "one");
  CHECK(found[1].meta.name == "two");
  CHECK(store.in_namespace("c").empty());
}

TEST_CASE("short and long names survive any number of updates", "[kube]") {
  kube::Store<api::ServiceAccount> store;
  const std::string long_name(60, 'n');
  for (std::uint64_t version = 1; version < 50; ++version) {
    for (const auto& name : {std::string("d"), std::string("default"), long_name}) {
      api::ServiceAccount account;
      account.meta = {.ns = "ns", .name = name, .uid = {}, .resource_version = version};
      account.ignored = version % 2 == 0;
      store.absorb(account);
    }
  }
  CHECK(store.size() == 3);
  CHECK(store.get("ns", long_name)->meta.resource_version == 49);
  CHECK(store.get("ns", "d")->meta.resource_version == 49);
  CHECK(store.in_namespace("ns").size() == 3);
}

TEST_CASE("readers never see half a list", "[kube]") {
  Store store;
  std::vector<api::Namespace> odd;
  std::vector<api::Namespace> even;
  for (int i = 0; i < 200; ++i) (i % 2 == 0 ? even : odd).push_back(object("n" + std::to_string(i), 1));
  store.replace(odd, 1);
  std::atomic<bool> whole = true;
  std::jthread reader([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      if (store.size() != 100) whole = false;
    }
  });
  for (std::uint64_t version = 2; version < 60; ++version) store.replace(version % 2 == 0 ? even : odd, version);
  reader.request_stop();
  reader.join();
  CHECK(whole);
}
