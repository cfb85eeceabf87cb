#include "server/control.h"

#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>

#include "tests/support/sockets.h"

namespace larder::server {
namespace {

// The parts of a control thread, without a server.
struct Fixture {
  explicit Fixture(std::function<void(Fixture&)> maintain = {}) {
    control = std::make_unique<Control>(
        driver,
        [this, maintain] {
          ++maintenance_count;
          if (maintain) maintain(*this);
        },
        [this] { ++hang_up_count; });
  }

  StartMoment start = start_moment_now();
  base::Clock clock{start.unix_seconds};
  ClockDriver driver{clock, start};
  int maintenance_count = 0;
  int hang_up_count = 0;
  std::unique_ptr<Control> control;
};

TEST_CASE("the clock ticks and maintenance is called while control runs") {
  Fixture fixture([](Fixture& each) {
    if (each.clock.now() >= base::Clock::kStartSeconds + 2) each.control->request_stop();
  });
  CHECK(fixture.control->run() == StopKind::Normal);
  CHECK(fixture.clock.now() >= base::Clock::kStartSeconds + 2);
  CHECK(fixture.maintenance_count > 2);
}

TEST_CASE("control reports its last tick and whether it is stopping") {
  const int64_t begun_us = monotonic_microseconds();
  Fixture fixture;
  const int64_t made_us = fixture.control->ticked_at_us();
  CHECK(made_us >= begun_us);
  CHECK_FALSE(fixture.control->is_stopping());
  std::thread watching([&] {
    for (int waited_ms = 0; waited_ms < support::kPatienceMilliseconds; ++waited_ms) {
      if (fixture.control->ticked_at_us() >= made_us + 1'000'000) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    fixture.control->request_stop();
  });
  CHECK(fixture.control->run() == StopKind::Normal);
  watching.join();
  CHECK(fixture.control->ticked_at_us() >= made_us + 1'000'000);
  CHECK(fixture.control->is_stopping());
}

TEST_CASE("each signal stops the server in its own way") {
  struct Case {
    int signal_number;
    StopKind kind;
  };
  const auto [signal_number, kind] =
      GENERATE(Case{SIGINT, StopKind::Normal}, Case{SIGTERM, StopKind::Normal},
               Case{SIGUSR1, StopKind::Graceful});
  Fixture fixture([number = signal_number](Fixture& each) {
    if (each.maintenance_count == 1) ::kill(::getpid(), number);
  });
  CHECK(fixture.control->run() == kind);
}

TEST_CASE("a signal that arrives before the server is ready is handled when it is") {
  Fixture fixture;
  bool was_leaving = true;
  fixture.control->when_ready([&] {
    ::kill(::getpid(), SIGTERM);
    was_leaving = fixture.control->is_leaving();
  });
  CHECK(fixture.control->run() == StopKind::Normal);
  CHECK_FALSE(was_leaving);
}

TEST_CASE("a drain is reported once, and is followed by a stop after its time") {
  int leaving_count = 0;
  bool was_stopping = false;
  Fixture fixture([&](Fixture& each) {
    if (each.maintenance_count == 1) ::kill(::getpid(), SIGTERM);
    if (each.maintenance_count == 2) each.control->request_drain();
    if (each.maintenance_count <= 4) was_stopping |= each.control->is_stopping();
  });
  fixture.control->drain_with(600, [&] { ++leaving_count; });
  CHECK_FALSE(fixture.control->is_leaving());
  const int64_t begun_us = monotonic_microseconds();
  CHECK(fixture.control->run() == StopKind::Normal);
  CHECK(monotonic_microseconds() - begun_us >= 600'000);
  CHECK(leaving_count == 1);
  CHECK_FALSE(was_stopping);
  CHECK(fixture.control->is_leaving());
}

TEST_CASE("a second signal ends a drain") {
  const int second = GENERATE(SIGINT, SIGTERM, SIGUSR1);
  Fixture fixture([second](Fixture& each) {
    if (each.maintenance_count == 1) ::kill(::getpid(), SIGTERM);
    if (each.maintenance_count == 3) ::kill(::getpid(), second);
  });
  fixture.control->drain_with(600'000, {});
  CHECK(fixture.control->run() == (second == SIGUSR1 ? StopKind::Graceful : StopKind::Normal));
}

TEST_CASE("a drain without a time stops at once, and is reported") {
  int leaving_count = 0;
  Fixture fixture([](Fixture& each) { each.control->request_drain(); });
  fixture.control->drain_with(0, [&] { ++leaving_count; });
  CHECK(fixture.control->run() == StopKind::Normal);
  CHECK(leaving_count == 1);
}

TEST_CASE("SIGHUP calls its handler and does not stop the server") {
  Fixture fixture([](Fixture& each) {
    if (each.maintenance_count == 1) ::kill(::getpid(), SIGHUP);
    if (each.maintenance_count == 3) each.control->request_stop(StopKind::Graceful);
  });
  CHECK(fixture.control->run() == StopKind::Graceful);
  CHECK(fixture.maintenance_count == 3);
  CHECK(fixture.hang_up_count == 1);
}

TEST_CASE("another thread can stop the server and the first kind takes precedence") {
  Fixture fixture;
  std::thread stopper([&] {
    fixture.control->request_stop(StopKind::Graceful);
    fixture.control->request_stop(StopKind::Normal);
  });
  CHECK(fixture.control->run() == StopKind::Graceful);
  stopper.join();
}

}  // namespace
}  // namespace larder::server
