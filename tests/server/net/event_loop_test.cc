#include "server/net/event_loop.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <memory>
#include <thread>
#include <vector>

#include "tests/support/sockets.h"

namespace larder::server {
namespace {

void count(void* calls) noexcept { ++*static_cast<int*>(calls); }

// Runs turns until `calls` is `wanted`; every turn of a test causes at least one call.
void turn_until(EventLoop& loop, const int& calls, int wanted) {
  for (int turns = 0; calls < wanted && turns < 10 * wanted; ++turns) REQUIRE(loop.run_turn());
}

TEST_CASE("a watch calls back in every turn in which its descriptor is readable") {
  EventLoop loop;
  const auto pair = support::socket_pair();
  int calls = 0;
  EventLoop::Watch watch;
  watch.start(loop, pair.ours.get(), Interest::Readable, count, &calls);
  CHECK(watch.is_started());
  CHECK(loop.poll_turn());
  CHECK(calls == 0);

  support::send_text(pair.theirs, "x");
  CHECK(loop.run_turn());
  CHECK(loop.run_turn());
  CHECK(calls == 2);

  char byte;
  REQUIRE(::read(pair.ours.get(), &byte, 1) == 1);
  CHECK(loop.poll_turn());
  CHECK(calls == 2);
}

TEST_CASE("a stopped watch is not called and a loop without watches does not block") {
  EventLoop loop;
  const auto pair = support::socket_pair();
  int calls = 0;
  EventLoop::Watch watch;
  watch.start(loop, pair.ours.get(), Interest::Readable, count, &calls);
  support::send_text(pair.theirs, "x");
  watch.stop();
  watch.stop();
  CHECK_FALSE(watch.is_started());
  CHECK_FALSE(loop.run_turn());
  CHECK(calls == 0);
}

TEST_CASE("a watch can be changed from reading to writing and to both") {
  EventLoop loop;
  const auto pair = support::socket_pair();
  int calls = 0;
  EventLoop::Watch watch;
  watch.start(loop, pair.ours.get(), Interest::Readable, count, &calls);
  loop.poll_turn();
  CHECK(calls == 0);
  watch.change(Interest::Writable);
  loop.poll_turn();
  CHECK(calls == 1);
  watch.change(Interest::Readable);
  loop.poll_turn();
  CHECK(calls == 1);
  watch.change(Interest::Either);
  support::send_text(pair.theirs, "x");
  loop.poll_turn();
  CHECK(calls == 2);  // one call each, although both are ready
}

struct Rivals {
  EventLoop::Watch watches[2];
  int calls[2] = {0, 0};

  static void first(void* context) noexcept {
    auto* rivals = static_cast<Rivals*>(context);
    ++rivals->calls[0];
    rivals->watches[1].stop();
  }
  static void second(void* context) noexcept {
    auto* rivals = static_cast<Rivals*>(context);
    ++rivals->calls[1];
    rivals->watches[0].stop();
  }
};

TEST_CASE("a watch that is stopped by the callback of another one is not called") {
  EventLoop loop;
  const auto one = support::socket_pair();
  const auto two = support::socket_pair();
  support::send_text(one.theirs, "x");
  support::send_text(two.theirs, "x");
  Rivals rivals;
  rivals.watches[0].start(loop, one.ours.get(), Interest::Readable, Rivals::first, &rivals);
  rivals.watches[1].start(loop, two.ours.get(), Interest::Readable, Rivals::second, &rivals);
  REQUIRE(loop.run_turn());
  CHECK(rivals.calls[0] + rivals.calls[1] == 1);
}

TEST_CASE("a watch may be destroyed by its own callback") {
  EventLoop loop;
  const auto pair = support::socket_pair();
  support::send_text(pair.theirs, "x");
  auto watch = std::make_unique<EventLoop::Watch>();
  watch->start(
      loop, pair.ours.get(), Interest::Readable,
      [](void* owner) noexcept { static_cast<std::unique_ptr<EventLoop::Watch>*>(owner)->reset(); },
      &watch);
  REQUIRE(loop.run_turn());
  CHECK(watch == nullptr);
  CHECK_FALSE(loop.run_turn());
}

TEST_CASE("a descriptor number that is reused between two turns is watched again") {
  EventLoop loop;
  int calls = 0;
  EventLoop::Watch watch;
  auto old_pair = support::socket_pair();
  const int number = old_pair.ours.get();
  watch.start(loop, number, Interest::Readable, count, &calls);
  loop.poll_turn();

  watch.stop();
  auto new_pair = support::socket_pair();
  REQUIRE(::dup2(new_pair.ours.get(), number) == number);  // closes what it was
  watch.start(loop, number, Interest::Readable, count, &calls);
  support::send_text(new_pair.theirs, "x");
  loop.poll_turn();
  CHECK(calls == 1);
  watch.stop();
}

TEST_CASE("more ready descriptors than one poll returns are all served") {
  constexpr size_t kCount = 100;
  struct Once {
    support::SocketPair pair = support::socket_pair();
    EventLoop::Watch watch;
    int* calls = nullptr;
    static void on_readable(void* context) noexcept {
      auto* once = static_cast<Once*>(context);
      ++*once->calls;
      once->watch.stop();
    }
  };
  EventLoop loop;
  int calls = 0;
  const auto all = std::make_unique<Once[]>(kCount);
  for (size_t index = 0; index < kCount; ++index) {
    Once& once = all[index];
    once.calls = &calls;
    support::send_text(once.pair.theirs, "x");
    once.watch.start(loop, once.pair.ours.get(), Interest::Readable, Once::on_readable, &once);
  }
  turn_until(loop, calls, kCount);
  CHECK(calls == kCount);
  CHECK_FALSE(loop.run_turn());
}

TEST_CASE("a one-shot timer fires once and can be started again from its callback") {
  EventLoop loop;
  struct Again {
    explicit Again(EventLoop& its_loop) : loop(its_loop) {}
    EventLoop& loop;
    Timer timer;
    int calls = 0;
    static void fire(void* context) noexcept {
      auto* again = static_cast<Again*>(context);
      if (++again->calls < 3) again->timer.start_once(again->loop, 1, fire, again);
    }
  } again(loop);
  again.timer.start_once(loop, 1, Again::fire, &again);
  turn_until(loop, again.calls, 3);
  CHECK(again.calls == 3);
  CHECK_FALSE(loop.run_turn());
}

TEST_CASE("a periodic timer fires until it is stopped") {
  EventLoop loop;
  int calls = 0;
  Timer timer;
  timer.start_periodic(loop, 1, count, &calls);
  turn_until(loop, calls, 3);
  CHECK(calls == 3);
  timer.stop();
  CHECK_FALSE(loop.run_turn());
}

TEST_CASE("a signal calls a callback of the loop") {
  EventLoop loop;
  int calls = 0;
  SignalWatch watch;
  watch.start(loop, SIGUSR2, count, &calls);
  REQUIRE(::raise(SIGUSR2) == 0);
  turn_until(loop, calls, 1);
  CHECK(calls == 1);
}

TEST_CASE("notifications before the callback are merged into one") {
  EventLoop loop;
  int calls = 0;
  Wakeup wakeup;
  wakeup.notify();  // before start
  wakeup.start(loop, count, &calls);
  wakeup.notify();
  wakeup.notify();
  REQUIRE(loop.run_turn());
  CHECK(calls == 1);
  loop.poll_turn();
  CHECK(calls == 1);
  wakeup.notify();
  REQUIRE(loop.run_turn());
  CHECK(calls == 2);
}

TEST_CASE("no notification from another thread is lost") {
  constexpr int kNotices = 20'000;
  EventLoop loop;
  struct Shared {
    std::atomic<int> written{0};
    int seen = 0;
  } shared;
  Wakeup wakeup;
  wakeup.start(
      loop,
      [](void* context) noexcept {
        auto* each = static_cast<Shared*>(context);
        each->seen = each->written.load(std::memory_order_relaxed);
      },
      &shared);
  std::thread writer([&] {
    for (int number = 1; number <= kNotices; ++number) {
      shared.written.store(number, std::memory_order_relaxed);
      wakeup.notify();
    }
  });
  // A lost notification would block here forever, until the test's time limit.
  while (shared.seen < kNotices && loop.run_turn()) {
  }
  writer.join();
  CHECK(shared.seen == kNotices);
}

TEST_CASE("a loop belongs to the thread that runs it") {
  EventLoop loop;
  bool before = false;
  bool after = true;
  std::thread([&] { before = loop.is_current_thread(); }).join();
  loop.poll_turn();
  std::thread([&] { after = loop.is_current_thread(); }).join();
  CHECK(before);
  CHECK_FALSE(after);
  CHECK(loop.is_current_thread());
}

}  // namespace
}  // namespace larder::server
