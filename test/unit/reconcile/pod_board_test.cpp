#include "reconcile/pod_board.hpp"

#include <catch2/catch.hpp>

using reconcile::PodBoard;
using reconcile::PodNote;

TEST_CASE("Pods are counted by registry and by what is to become of them", "[reconcile]") {
  PodBoard board;
  CHECK(board.set("a/1", {"r", "u1", false}) == PodNote{});
  CHECK(board.set("a/2", {"r", "u2", true}) == PodNote{});
  CHECK(board.set("a/3", {"s", "u3", false}) == PodNote{});
  CHECK(board.count("r") == api::PodStatus{1, 1});
  CHECK(board.count("s") == api::PodStatus{1, 0});
  CHECK(board.count("t") == api::PodStatus{});
}

TEST_CASE("what was known of a Pod is handed back, once it is replaced or cleared", "[reconcile]") {
  PodBoard board;
  const PodNote first{"r", "u1", false};
  const PodNote second{"r", "u2", true};
  board.set("a/1", first);
  CHECK(board.set("a/1", second) == first);
  CHECK(board.clear("a/1") == second);
  CHECK(board.clear("a/1") == PodNote{});
  CHECK(board.count("r") == api::PodStatus{});
}
