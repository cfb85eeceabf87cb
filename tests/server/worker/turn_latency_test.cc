// Which requests a turn measures, and from which time.
#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "tests/server/worker/turn_fixture.h"

namespace larder::server {
namespace {

LatencyCounts latencies(const TurnFixture& fixture, CommandKind kind) {
  LatencyCounts counts;
  counts.add(fixture.counters.latencies[static_cast<size_t>(kind)]);
  return counts;
}

uint64_t executed(const TurnFixture& fixture, CommandKind kind) {
  return latencies(fixture, kind).count();
}

TEST_CASE("each request is counted once, by its kind") {
  TurnFixture fixture;
  auto& client = fixture.connect();
  fixture.ask(client,
              "set n 0 0 1\r\n1\r\nget n\r\nget n m\r\nmg n v\r\nincr n 1\r\n"
              "touch n 0\r\nversion\r\ndelete n\r\n");
  CHECK(executed(fixture, CommandKind::Set) == 1);
  CHECK(executed(fixture, CommandKind::Get) == 3);
  CHECK(executed(fixture, CommandKind::Arithmetic) == 1);
  CHECK(executed(fixture, CommandKind::Touch) == 1);
  CHECK(executed(fixture, CommandKind::Delete) == 1);
  CHECK(executed(fixture, CommandKind::Other) == 1);
}

TEST_CASE("a request without a reply is counted too") {
  TurnFixture fixture;
  auto& client = fixture.connect();
  CHECK(fixture.ask(client, "set n 0 0 1 noreply\r\n1\r\n") == "");
  CHECK(executed(fixture, CommandKind::Set) == 1);
}

TEST_CASE("a large value that arrives in parts is one request") {
  TurnFixture fixture;
  auto& client = fixture.connect();
  fixture.set(client, "big", std::string(300'000, 'v'));
  CHECK(executed(fixture, CommandKind::Set) == 1);
  CHECK(fixture.ask(client, "get big big big\r\n").size() > 900'000);
  CHECK(executed(fixture, CommandKind::Get) == 1);
}

TEST_CASE("input that is not a request is not counted") {
  TurnFixture fixture;
  auto& client = fixture.connect();
  CHECK(fixture.ask(client, "nonsense\r\n") == "ERROR\r\n");
  for (size_t kind = 0; kind < kCommandKindCount; ++kind) {
    CHECK(executed(fixture, static_cast<CommandKind>(kind)) == 0);
  }
}

TEST_CASE("a request that is deferred to a later turn counts as waiting since it was read") {
  TurnFixture fixture("-R 1");
  auto& client = fixture.connect();
  fixture.send_some(client, "get a\r\nget b\r\n");
  REQUIRE(fixture.turn());
  CHECK(executed(fixture, CommandKind::Get) == 1);
  ::usleep(20'000);
  REQUIRE(fixture.turn());
  CHECK(executed(fixture, CommandKind::Get) == 2);
  CHECK(latencies(fixture, CommandKind::Get).quantile(1) >= 20'000'000);
}

TEST_CASE("a multiget answered over several turns counts as waiting since it was read") {
  TurnFixture fixture;
  auto& client = fixture.connect(1 << 20);
  fixture.set(client, "k", std::string(2000, 'v'));
  std::string keys;
  for (int i = 0; i < 100; ++i) keys += " k";
  fixture.send_some(client, "get" + keys + "\r\n");
  REQUIRE(fixture.turn());
  CHECK(executed(fixture, CommandKind::Get) == 0);
  ::usleep(20'000);
  for (bool goes_on = true; goes_on; goes_on = fixture.turn()) fixture.receive(client);
  CHECK(executed(fixture, CommandKind::Get) == 1);
  CHECK(latencies(fixture, CommandKind::Get).quantile(1) >= 20'000'000);
}

TEST_CASE("the time between requests is not counted as latency") {
  TurnFixture fixture;
  auto& client = fixture.connect();
  const auto ask_for = [&](const char* bytes) {
    const int64_t before = monotonic_nanoseconds();
    fixture.ask(client, bytes);
    return static_cast<uint64_t>(monotonic_nanoseconds() - before);
  };
  uint64_t asking = ask_for("get a\r\nge");
  ::usleep(20'000);
  asking += ask_for("t b\r\n");
  CHECK(executed(fixture, CommandKind::Get) == 2);
  CHECK(latencies(fixture, CommandKind::Get).nanoseconds <= asking);
}

TEST_CASE("a client that does not read its replies does not increase its latencies") {
  TurnFixture fixture;
  auto& client = fixture.connect(4096);
  fixture.set(client, "k", std::string(2000, 'v'));
  constexpr int kCount = 200;
  std::string requests;
  for (int i = 0; i < kCount; ++i) requests += "get k\r\n";
  const int64_t start = monotonic_nanoseconds();
  fixture.send_some(client, requests);
  fixture.settle();
  const int64_t blocked = monotonic_nanoseconds();
  REQUIRE(client.connection->backlog != nullptr);
  REQUIRE(client.connection->input.has_unparsed_tail);
  ::usleep(200'000);
  // No request took longer than one of the periods in which there were turns.
  const int64_t resumed = monotonic_nanoseconds();
  while (executed(fixture, CommandKind::Get) < kCount) {
    fixture.receive(client);
    fixture.settle();
  }
  const int64_t longest = std::max(blocked - start, monotonic_nanoseconds() - resumed);
  const LatencyCounts gets = latencies(fixture, CommandKind::Get);
  CHECK(gets.nanoseconds <= gets.count() * static_cast<uint64_t>(longest));
}

TEST_CASE("nothing is measured if disabled") {
  TurnFixture fixture("-o no_latency");
  auto& client = fixture.connect();
  fixture.ask(client, "get a\r\nset n 0 0 1\r\n1\r\n");
  CHECK(executed(fixture, CommandKind::Get) == 0);
  CHECK(executed(fixture, CommandKind::Set) == 0);
}

}  // namespace
}  // namespace larder::server
