#include "runtime/queue.hpp"

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <thread>

#include "drain.hpp"
#include "manual_clock.hpp"

using namespace std::chrono_literals;
using runtime::Priority;
using runtime::Queue;

TEST_CASE("a key that waits already is not taken twice", "[runtime]") {
  ManualClock clock;
  Queue queue(clock);
  queue.add("a");
  queue.add("b");
  queue.add("a");
  CHECK(queue.stats().depth == 2);
  CHECK(queue.stats().adds == 2);
  CHECK(drain(queue) == std::vector<std::string>{"a", "b"});
}

TEST_CASE("fresh keys go before bulk ones, and a bulk key that becomes fresh goes with them", "[runtime]") {
  ManualClock clock;
  Queue queue(clock);
  for (const char* key : {"bulk1", "bulk2", "bulk3"}) queue.add(key, Priority::kBulk);
  queue.add("fresh1");
  queue.add("bulk2");
  queue.add("fresh1", Priority::kBulk);
  CHECK(drain(queue) == std::vector<std::string>{"fresh1", "bulk2", "bulk1", "bulk3"});
}

TEST_CASE("a key never runs twice at once, and adds during its run mean one more run", "[runtime]") {
  ManualClock clock;
  Queue queue(clock);
  queue.add("a");
  REQUIRE(queue.take({}) == "a");
  queue.add("a", Priority::kBulk);
  queue.add("a");
  queue.add("b", Priority::kBulk);
  REQUIRE(queue.take({}) == "b");  // not a, which runs
  CHECK(queue.stats().depth == 0);
  CHECK(queue.stats().processing == 2);
  queue.done("a");
  CHECK(queue.stats().depth == 1);
  REQUIRE(queue.take({}) == "a");
  queue.done("a");
  queue.done("b");
  CHECK(queue.stats().depth == 0);
  CHECK(queue.stats().adds == 3);
}

TEST_CASE("a delayed key comes at its time, the earliest of several, and an add does not lose it", "[runtime]") {
  ManualClock clock;
  Queue queue(clock);
  queue.add_after("a", 10min);
  queue.add_after("a", 5min);
  queue.add_after("a", 20min);
  CHECK(queue.stats().delayed == 1);
  CHECK(drain(queue).empty());
  queue.add("a");
  CHECK(drain(queue) == std::vector<std::string>{"a"});
  clock.advance(5min - 1ms);
  CHECK(drain(queue).empty());
  clock.advance(1ms);
  CHECK(drain(queue) == std::vector<std::string>{"a"});
  clock.advance(1h);
  CHECK(drain(queue).empty());
}

TEST_CASE("delayed keys come in the order of their times", "[runtime]") {
  ManualClock clock;
  Queue queue(clock);
  queue.add_after("c", 3min);
  queue.add_after("a", 1min);
  queue.add_after("b", 2min);
  clock.advance(3min);
  CHECK(drain(queue) == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("a delay of zero is due at once and an absurd one does not overflow", "[runtime]") {
  ManualClock clock;
  Queue queue(clock);
  queue.add_after("now", 0ms);
  queue.add_after("past", -1h);
  queue.add_after("never", base::Millis::max());
  CHECK(drain(queue) == std::vector<std::string>{"now", "past"});
  CHECK(queue.stats().delayed == 1);
}

TEST_CASE("a delayed key that comes due during its run means one more run", "[runtime]") {
  ManualClock clock;
  Queue queue(clock);
  queue.add("a");
  REQUIRE(queue.take({}) == "a");
  queue.add_after("a", 1s);
  clock.advance(1s);
  queue.add("b");
  REQUIRE(queue.take({}) == "b");
  queue.done("a");
  CHECK(drain(queue) == std::vector<std::string>{"a"});
}

TEST_CASE("a bulk key that puts itself back stays behind fresh ones", "[runtime]") {
  ManualClock clock;
  Queue queue(clock);
  queue.add("bulk", Priority::kBulk);
  REQUIRE(queue.take({}) == "bulk");
  queue.add_after("bulk", 1s);
  queue.done("bulk");
  queue.add_after("fresh", 2s);
  clock.advance(2s);
  CHECK(drain(queue) == std::vector<std::string>{"fresh", "bulk"});
}

TEST_CASE("the queue knows how long keys wait and run", "[runtime]") {
  ManualClock clock;
  Queue queue(clock);
  queue.add("a");
  clock.advance(3s);
  REQUIRE(queue.take({}) == "a");
  CHECK(queue.waited("a") == 3s);
  clock.advance(1s);
  queue.add("a");
  queue.add("b");
  REQUIRE(queue.take({}) == "b");
  clock.advance(1s);
  CHECK(queue.stats().longest_running == 2s);
  CHECK(queue.stats().unfinished == 3s);
  queue.done("a");
  CHECK(queue.waited("a") == 0s);
  REQUIRE(queue.take({}) == "a");
  CHECK(queue.waited("a") == 1s);  // since the add, though it could not be taken then
}

TEST_CASE("a stop ends a take, also when keys wait", "[runtime]") {
  ManualClock clock;
  Queue queue(clock);
  std::stop_source stop;
  auto taken = std::async(std::launch::async, [&] { return queue.take(stop.get_token()); });
  stop.request_stop();
  CHECK(taken.get() == std::nullopt);
  queue.add("a");
  CHECK(queue.take(stop.get_token()) == std::nullopt);
}

TEST_CASE("a blocked take wakes for an add and for a delay that is shorter than the one it waits for", "[runtime]") {
  ManualClock clock;
  Queue queue(clock);
  const auto take = [&] { return queue.take({}); };
  auto first = std::async(std::launch::async, take);
  queue.add("a");
  CHECK(first.get() == "a");
  queue.add_after("late", 1h);
  auto second = std::async(std::launch::async, take);
  std::this_thread::sleep_for(2ms);
  clock.advance(1s);
  queue.add_after("early", 0ms);
  CHECK(second.get() == "early");
}

TEST_CASE("a take that waits for a delayed key wakes by itself when it is due", "[runtime]") {
  Queue queue(base::real_clock());
  queue.add_after("a", 5ms);
  CHECK(queue.take({}) == "a");
}

TEST_CASE("an idle queue does not wake its workers", "[runtime]") {
  ManualClock clock;
  Queue queue(clock);
  queue.add_after("late", 1h);
  std::stop_source stop;
  std::vector<std::future<std::optional<std::string>>> workers;
  for (int i = 0; i < 3; ++i) {
    workers.push_back(std::async(std::launch::async, [&] { return queue.take(stop.get_token()); }));
  }
  std::this_thread::sleep_for(5ms);
  const int before = clock.reads();
  std::this_thread::sleep_for(10ms);
  CHECK(clock.reads() == before);
  stop.request_stop();
}

TEST_CASE("many workers run every added key and no key twice at once", "[runtime]") {
  Queue queue(base::real_clock());
  constexpr int kKeys = 16;
  std::array<std::atomic<int>, kKeys> running{};
  std::array<std::atomic<int>, kKeys> wanted{};
  std::array<std::atomic<int>, kKeys> seen{};
  std::atomic<bool> overlapped = false;
  std::stop_source stop;
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < 4; ++i) {
      workers.emplace_back([&] {
        while (const auto key = queue.take(stop.get_token())) {
          const auto k = static_cast<std::size_t>(std::stoi(*key));
          if (++running[k] != 1) overlapped = true;
          seen[k] = wanted[k].load();
          std::this_thread::yield();
          --running[k];
          queue.done(*key);
        }
      });
    }
    for (int i = 0; i < 20'000; ++i) {
      const auto k = static_cast<std::size_t>(i * 7 % kKeys);
      ++wanted[k];
      if (i % 3 == 0) {
        queue.add_after(std::to_string(k), base::Millis{i % 2});
      } else {
        queue.add(std::to_string(k), i % 5 == 0 ? Priority::kBulk : Priority::kFresh);
      }
    }
    for (auto stats = queue.stats(); stats.depth + stats.delayed + stats.processing > 0; stats = queue.stats()) {
      std::this_thread::sleep_for(1ms);
    }
    stop.request_stop();
  }
  CHECK_FALSE(overlapped);
  for (std::size_t k = 0; k < kKeys; ++k) CHECK(seen[k] == wanted[k]);  // each saw the world after its last add
}
