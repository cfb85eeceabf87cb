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

// A control thread's parts, without a server.
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

TEST_CASE("control tells when it ticked and when it is to stop") {
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

TEST_CASE("signals stop the server each in its way") {
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

TEST_CASE("a hang-up is passed on and does not stop the server") {
  Fixture fixture([](Fixture& each) {
    if (each.maintenance_count == 1) ::kill(::getpid(), SIGHUP);
    if (each.maintenance_count == 3) each.control->request_stop(StopKind::Graceful);
  });
  CHECK(fixture.control->run() == StopKind::Graceful);
  CHECK(fixture.maintenance_count == 3);
  CHECK(fixture.hang_up_count == 1);
}

TEST_CASE("another thread can stop the server and the first kind counts") {
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
