#include <catch2/catch.hpp>

#include "tests/server/admin/admin_fixture.h"

namespace larder::server {
namespace {

using protocol::StatsTopic;

void spend(WorkerCounters& worker, CommandKind kind, uint64_t nanoseconds, uint64_t count) {
  worker.latencies[static_cast<size_t>(kind)].add(nanoseconds, count);
}

TEST_CASE("only kinds of commands that were executed are shown") {
  AdminFixture fixture;
  CHECK(fixture.ask(StatsTopic::Latency) == "END\r\n");
  spend(fixture.workers[0], CommandKind::Delete, 1, 1);
  CHECK(fixture.names(StatsTopic::Latency) ==
        std::vector<std::string>{"delete:count", "delete:mean_us", "delete:p50_us", "delete:p99_us",
                                 "delete:p999_us", "delete:max_us"});
}

TEST_CASE("latencies are merged over all workers, in microseconds") {
  AdminFixture fixture;
  spend(fixture.workers[0], CommandKind::Get, 8'000, 98);
  spend(fixture.workers[1], CommandKind::Get, 1'000'000, 2);
  const auto value = [&](const char* name) { return fixture.value(name, StatsTopic::Latency); };
  CHECK(value("get:count") == "100");
  CHECK(value("get:mean_us") == "27.8");
  CHECK(std::stod(value("get:p50_us")) >= 8);
  CHECK(std::stod(value("get:p50_us")) <= 9);
  CHECK(std::stod(value("get:p99_us")) >= 1000);
  CHECK(std::stod(value("get:max_us")) <= 1125);
}

TEST_CASE("stats reset clears the latencies") {
  AdminFixture fixture;
  spend(fixture.workers[0], CommandKind::Set, 8'000, 98);
  CHECK(fixture.ask(StatsTopic::Reset) == "RESET\r\n");
  CHECK(fixture.ask(StatsTopic::Latency) == "END\r\n");
  spend(fixture.workers[0], CommandKind::Set, 8'000, 1);
  CHECK(fixture.value("set:count", StatsTopic::Latency) == "1");
}

}  // namespace
}  // namespace larder::server
