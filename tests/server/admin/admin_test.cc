#include "server/admin/admin.h"

#include <catch2/catch.hpp>

#include "server/support/exptime.h"
#include "tests/server/admin/admin_fixture.h"

namespace larder::server {
namespace {

using protocol::Complaint;
using protocol::StatsTopic;

TEST_CASE("stats reset sets counters to 0 and keeps gauges") {
  AdminFixture fixture;
  REQUIRE(fixture.put("key", "value") == slab::WriteOutcome::Stored);
  const std::string bytes = fixture.value("bytes");
  WorkerCounters& worker = fixture.workers[0];
  worker.classes[4].get_hits.add(7);
  worker.classes[4].sets.add(7);
  worker.get_misses.add(7);
  worker.bytes_read.add(7);
  worker.backlog_bytes.add(7);
  fixture.accepts = {.total_connections = 7,
                     .rejected_connections = 7,
                     .listen_disabled_count = 7,
                     .listen_disabled_us = 7};
  fixture.admin.prefixes().count_set("a:b");

  CHECK(fixture.ask(StatsTopic::Reset) == "RESET\r\n");
  for (const char* name : {"get_hits", "cmd_get", "cmd_set", "get_misses", "bytes_read",
                           "total_connections", "rejected_connections", "listen_disabled_num",
                           "time_in_listen_disabled_us", "total_items"}) {
    CAPTURE(name);
    CHECK(fixture.value(name) == "0");
  }
  CHECK(fixture.value("curr_items") == "1");
  CHECK(fixture.value("bytes") == bytes);
  CHECK(fixture.value("response_obj_bytes") == "7");
  CHECK(fixture.admin.prefixes().dump() == "END\r\n");

  worker.classes[4].get_hits.add(2);
  fixture.workers[1].get_misses.add(3);
  CHECK(fixture.value("get_hits") == "2");
  CHECK(fixture.value("cmd_get") == "5");
  CHECK(fixture.ask(StatsTopic::Reset) == "RESET\r\n");
  CHECK(fixture.value("cmd_get") == "0");
}

TEST_CASE("stats reset clears the eviction counters") {
  AdminFixture fixture({}, size_t{2} << 20);
  const std::string bytes(1000, 'v');
  for (int i = 0; i < 4000; ++i) {
    REQUIRE(fixture.put("key" + std::to_string(i), bytes) == slab::WriteOutcome::Stored);
  }
  const uint64_t evicted = std::stoull(fixture.value("evictions"));
  CHECK(evicted > 0);
  CHECK(evicted == 4000 - std::stoull(fixture.value("curr_items")));
  CHECK(fixture.value("evicted_unfetched") == fixture.value("evictions"));
  fixture.ask(StatsTopic::Reset);
  CHECK(fixture.value("evictions") == "0");
  CHECK(fixture.value("evicted_unfetched") == "0");
  CHECK(fixture.value("direct_reclaims") == "0");
}

TEST_CASE("flush_all invalidates what was stored before it and nothing later") {
  AdminFixture fixture;
  REQUIRE(fixture.put("old", "1") == slab::WriteOutcome::Stored);
  CHECK(fixture.admin.flush_all({.delay = 0}, fixture.now, {}) == Complaint::None);
  CHECK_FALSE(fixture.has("old"));
  REQUIRE(fixture.put("new", "1") == slab::WriteOutcome::Stored);
  CHECK(fixture.has("new"));
  CHECK(fixture.admin.flush_all({.delay = -1}, fixture.now, {}) == Complaint::None);
  CHECK_FALSE(fixture.has("new"));
}

TEST_CASE("a delayed flush takes effect after its delay") {
  AdminFixture fixture;
  REQUIRE(fixture.put("key", "1") == slab::WriteOutcome::Stored);
  CHECK(fixture.admin.flush_all({.delay = 10}, fixture.now, {}) == Complaint::None);
  fixture.now += 9;
  fixture.store.maintain(fixture.cache, fixture.now);
  CHECK(fixture.has("key"));
  fixture.now += 1;
  fixture.store.maintain(fixture.cache, fixture.now);
  CHECK_FALSE(fixture.has("key"));
}

TEST_CASE("a flush at a Unix time takes effect at that time") {
  AdminFixture fixture;
  REQUIRE(fixture.put("key", "1") == slab::WriteOutcome::Stored);
  const auto delay = static_cast<int32_t>(fixture.clock.unix_time(fixture.now + 5));
  CHECK(fixture.admin.flush_all({.delay = delay}, fixture.now, {}) == Complaint::None);
  fixture.now += 4;
  fixture.store.maintain(fixture.cache, fixture.now);
  CHECK(fixture.has("key"));
  fixture.now += 1;
  fixture.store.maintain(fixture.cache, fixture.now);
  CHECK_FALSE(fixture.has("key"));
}

TEST_CASE("a flush at a past time invalidates what was stored until now") {
  AdminFixture fixture;
  REQUIRE(fixture.put("old", "1") == slab::WriteOutcome::Stored);
  const auto delay = static_cast<int32_t>(fixture.clock.unix_time(fixture.now + 5));
  fixture.now += 10;
  REQUIRE(fixture.put("since", "1") == slab::WriteOutcome::Stored);
  CHECK(fixture.admin.flush_all({.delay = delay}, fixture.now, {}) == Complaint::None);
  CHECK_FALSE(fixture.has("old"));
  CHECK_FALSE(fixture.has("since"));
  REQUIRE(fixture.put("new", "1") == slab::WriteOutcome::Stored);
  CHECK(fixture.has("new"));
}

TEST_CASE("a flush at a time before the start invalidates nothing and cancels a pending one") {
  AdminFixture fixture;
  REQUIRE(fixture.put("key", "1") == slab::WriteOutcome::Stored);
  CHECK(fixture.admin.flush_all({.delay = 10}, fixture.now, {}) == Complaint::None);
  CHECK(fixture.admin.flush_all({.delay = 100'000'000}, fixture.now, {}) == Complaint::None);
  CHECK(fixture.value("oldest", StatsTopic::Settings) == "0");
  fixture.now += 20;
  fixture.store.maintain(fixture.cache, fixture.now);
  CHECK(fixture.has("key"));
}

TEST_CASE("flush_all can be disabled") {
  Options options;
  options.has_flush_all = false;
  AdminFixture fixture(options);
  REQUIRE(fixture.put("key", "1") == slab::WriteOutcome::Stored);
  CHECK(fixture.admin.flush_all({.delay = 0}, fixture.now, {}) == Complaint::FlushNotAllowed);
  CHECK(fixture.has("key"));
}

TEST_CASE("shutdown must be enabled") {
  AdminFixture fixture;
  CHECK(fixture.admin.shutdown({}, {}) == Complaint::ShutdownNotEnabled);
  CHECK_FALSE(fixture.stop.has_value());

  Options options;
  options.has_shutdown_command = true;
  AdminFixture allowing(options);
  CHECK(allowing.admin.shutdown({.graceful = true}, {}) == Complaint::None);
  CHECK(allowing.stop == true);
}

TEST_CASE("a drain must be enabled like a shutdown and does not stop the server at once") {
  AdminFixture fixture;
  CHECK(fixture.admin.shutdown({.drains = true}, {}) == Complaint::ShutdownNotEnabled);
  CHECK(fixture.drains == 0);

  Options options;
  options.has_shutdown_command = true;
  AdminFixture allowing(options);
  CHECK(allowing.admin.shutdown({.drains = true}, {}) == Complaint::None);
  CHECK(allowing.drains == 1);
  CHECK_FALSE(allowing.stop.has_value());
}

TEST_CASE("a disabled command is refused as disabled even if it has other errors") {
  Options options;
  options.has_flush_all = false;
  options.has_dumps = false;
  AdminFixture fixture(options);
  CHECK(fixture.admin.flush_all({.complaint = Complaint::BadExptime}, fixture.now, {}) ==
        Complaint::FlushNotAllowed);
  CHECK(fixture.admin.shutdown({.complaint = Complaint::BadShutdownMode}, {}) ==
        Complaint::ShutdownNotEnabled);
  CHECK(fixture.ask({.topic = StatsTopic::Cachedump, .complaint = Complaint::BadLine}) ==
        "CLIENT_ERROR stats cachedump not allowed\r\n");
  CHECK(fixture.ask({.topic = StatsTopic::DetailDump, .complaint = Complaint::StatsDetailUsage}) ==
        "CLIENT_ERROR stats detail not allowed\r\n");
}

TEST_CASE("an enabled command with an error is not executed") {
  Options options;
  options.has_shutdown_command = true;
  AdminFixture fixture(options);
  REQUIRE(fixture.put("key", "1") == slab::WriteOutcome::Stored);
  CHECK(fixture.admin.flush_all({.complaint = Complaint::BadExptime}, fixture.now, {}) ==
        Complaint::BadExptime);
  CHECK(fixture.has("key"));
  CHECK(fixture.admin.shutdown({.complaint = Complaint::BadShutdownMode}, {}) ==
        Complaint::BadShutdownMode);
  CHECK_FALSE(fixture.stop.has_value());
  CHECK(fixture.ask({.topic = StatsTopic::Cachedump, .complaint = Complaint::BadLine}) ==
        "CLIENT_ERROR bad command line\r\n");
  CHECK(fixture.ask({.topic = StatsTopic::DetailDump, .complaint = Complaint::StatsDetailUsage}) ==
        "CLIENT_ERROR usage: stats detail on|off|dump\r\n");
  CHECK_FALSE(fixture.admin.counts_prefixes());
}

TEST_CASE("clients may set the clock only with relaxed privileges") {
  AdminFixture fixture;
  CHECK(fixture.admin.set_clock({.seconds = 100}, {}) == Complaint::UnknownCommand);
  CHECK(fixture.clock.now() == base::Clock::kStartSeconds);

  Options options;
  options.relaxes_privileges = true;
  AdminFixture allowing(options);
  CHECK(allowing.admin.set_clock({.seconds = 100}, {}) == Complaint::None);
  CHECK(allowing.clock.now() == base::Clock::kStartSeconds + 100);
  CHECK(allowing.admin.set_clock({.act = protocol::DebugTime::Act::Pause}, {}) == Complaint::None);
  allowing.clock_driver.step(monotonic_microseconds() + 50'000'000);
  CHECK(allowing.clock.now() == base::Clock::kStartSeconds + 100);
  CHECK(allowing.admin.set_clock({.act = protocol::DebugTime::Act::Resume}, {}) == Complaint::None);
  allowing.clock_driver.step(monotonic_microseconds() + 50'000'000);
  CHECK(allowing.clock.now() >= base::Clock::kStartSeconds + 150);
}

TEST_CASE("the memory limit can be changed within bounds") {
  AdminFixture fixture;
  CHECK(fixture.value("limit_maxbytes") == "16777216");
  CHECK(fixture.admin.set_memory_limit(7, {}) == Complaint::MemoryLimitTooSmall);
  CHECK(fixture.admin.set_memory_limit(uint32_t{64} << 20, {}) ==
        Complaint::MemoryLimitUnreachable);
  CHECK(fixture.value("limit_maxbytes") == "16777216");
  CHECK(fixture.admin.set_memory_limit(8, {}) == Complaint::None);
  CHECK(fixture.value("limit_maxbytes") == "8388608");
  CHECK(fixture.value("maxbytes", StatsTopic::Settings) == "8388608");
}

TEST_CASE("stats settings shows the values that commands have changed") {
  Options options;
  options.verbosity = 1;
  AdminFixture fixture(options);
  CHECK(fixture.value("verbosity", StatsTopic::Settings) == "1");
  CHECK(fixture.value("detail_enabled", StatsTopic::Settings) == "no");
  CHECK(fixture.value("oldest", StatsTopic::Settings) == "0");
  fixture.admin.set_verbosity(2, {});
  CHECK(fixture.ask(StatsTopic::DetailOn) == "OK\r\n");
  REQUIRE(fixture.admin.flush_all({.delay = 0}, fixture.now, {}) == Complaint::None);
  CHECK(fixture.value("verbosity", StatsTopic::Settings) == "2");
  CHECK(fixture.value("detail_enabled", StatsTopic::Settings) == "yes");
  CHECK(fixture.value("oldest", StatsTopic::Settings) == std::to_string(fixture.now - 1));
  CHECK(fixture.value("hash_algorithm", StatsTopic::Settings) == "xxh3");
  CHECK(fixture.value("growth_factor", StatsTopic::Settings) == "1.07");
  CHECK(fixture.value("slab_chunk_max", StatsTopic::Settings) == "16384");
}

TEST_CASE("stats detail is enabled, disabled and dumped") {
  AdminFixture fixture;
  CHECK_FALSE(fixture.admin.counts_prefixes());
  CHECK(fixture.ask(StatsTopic::DetailOn) == "OK\r\n");
  CHECK(fixture.admin.counts_prefixes());
  fixture.admin.prefixes().count_get("user:1", true);
  CHECK(fixture.ask(StatsTopic::DetailOff) == "OK\r\n");
  CHECK_FALSE(fixture.admin.counts_prefixes());
  CHECK(fixture.ask(StatsTopic::DetailDump) == "PREFIX user get 1 hit 1 set 0 del 0\r\nEND\r\n");
}

TEST_CASE("stats detail is refused if dumps are disabled") {
  Options options;
  options.has_dumps = false;
  AdminFixture fixture(options);
  for (const StatsTopic topic :
       {StatsTopic::DetailOn, StatsTopic::DetailOff, StatsTopic::DetailDump}) {
    CHECK(fixture.ask(topic) == "CLIENT_ERROR stats detail not allowed\r\n");
  }
  CHECK_FALSE(fixture.admin.counts_prefixes());
}

TEST_CASE("stats larder shows Larder's own statistics") {
  AdminFixture fixture;
  REQUIRE(fixture.put("key", "value") == slab::WriteOutcome::Stored);
  fixture.workers[0].tail_bytes.add(9);
  CHECK(fixture.value("server_name", StatsTopic::Larder) == "Larder");
  CHECK(fixture.value("pages_in_use", StatsTopic::Larder) == "1");
  CHECK(fixture.value("page_bytes", StatsTopic::Larder) == std::to_string(slab::kPageSize));
  CHECK(fixture.value("request_tail_bytes", StatsTopic::Larder) == "9");
  CHECK(fixture.value("memory_limit_bytes", StatsTopic::Larder) == "16777216");
  const uint64_t used = std::stoull(fixture.value("memory_used_bytes", StatsTopic::Larder));
  const uint64_t index = std::stoull(fixture.value("index_bytes", StatsTopic::Larder));
  CHECK(used == index + slab::kPageSize);
}

}  // namespace
}  // namespace larder::server
