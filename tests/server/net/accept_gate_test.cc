#include "server/net/accept_gate.h"

#include <catch2/catch.hpp>
#include <thread>
#include <vector>

namespace larder::server {
namespace {

// An acceptor that waits for room.
struct Waiter {
  Waiter() {
    room.start(
        loop, [](void* count) noexcept { ++*static_cast<int*>(count); }, &woken);
  }
  ~Waiter() { room.stop(); }

  EventLoop loop;
  Wakeup room;
  int woken = 0;
};

TEST_CASE("connections are admitted up to the limit, and one more for each that closes") {
  AcceptGate gate({.connection_count_max = 2});
  CHECK(gate.admit());
  CHECK(gate.admit());
  CHECK_FALSE(gate.admit());
  CHECK(gate.connection_count() == 2);
  gate.depart();
  CHECK(gate.admit());
  CHECK_FALSE(gate.admit());
}

TEST_CASE("threads that admit connections concurrently never exceed the limit") {
  constexpr uint32_t kMax = 3;
  AcceptGate gate({.connection_count_max = kMax});
  std::atomic<uint32_t> inside{0};
  std::atomic<bool> were_too_many{false};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int count = 0; count < 20'000; ++count) {
        if (!gate.admit()) continue;
        if (inside.fetch_add(1) >= kMax) were_too_many.store(true);
        inside.fetch_sub(1);
        gate.depart();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_FALSE(were_too_many);
  CHECK(gate.connection_count() == 0);
}

TEST_CASE("a gate is full only if excess connections wait") {
  AcceptGate waiting({.connection_count_max = 1, .refuses_excess_connections = false});
  AcceptGate refusing({.connection_count_max = 1, .refuses_excess_connections = true});
  REQUIRE(waiting.admit());
  REQUIRE(refusing.admit());
  CHECK(waiting.is_full());
  CHECK_FALSE(refusing.is_full());
  waiting.depart();
  CHECK_FALSE(waiting.is_full());
}

TEST_CASE("overlapping pauses are counted as one, and a departure wakes all waiting acceptors") {
  AcceptGate gate({.connection_count_max = 10});
  REQUIRE(gate.admit());
  REQUIRE(gate.admit());
  Waiter one;
  Waiter two;
  gate.depart();
  CHECK(one.loop.poll_turn());
  CHECK(one.woken == 0);

  gate.pause(one.room);
  gate.pause(two.room);
  CHECK_FALSE(gate.is_accepting());
  CHECK(gate.pause_count() == 1);
  gate.depart();
  one.loop.run_turn();
  two.loop.run_turn();
  CHECK(one.woken == 1);
  CHECK(two.woken == 1);

  REQUIRE(gate.admit());
  gate.withdraw();
  one.loop.poll_turn();
  CHECK(one.woken == 1);

  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  gate.resume(one.room);
  CHECK_FALSE(gate.is_accepting());
  CHECK(gate.paused_us() >= 1000);  // and goes on
  gate.resume(two.room);
  CHECK(gate.is_accepting());
  const uint64_t paused_us = gate.paused_us();
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  CHECK(gate.paused_us() == paused_us);
  gate.pause(two.room);
  CHECK(gate.pause_count() == 2);
  gate.resume(two.room);
}

}  // namespace
}  // namespace larder::server
