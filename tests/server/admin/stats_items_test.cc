#include <catch2/catch.hpp>

#include "tests/server/admin/admin_fixture.h"

namespace larder::server {
namespace {

using protocol::StatsTopic;

// The field names after "items:<class>:".
std::vector<std::string> fields(AdminFixture& fixture) {
  std::vector<std::string> found;
  for (const std::string& name : fixture.names(StatsTopic::Items)) {
    found.push_back(name.substr(name.rfind(':') + 1));
  }
  return found;
}

TEST_CASE("classes without items are left out") {
  AdminFixture fixture;
  CHECK(fixture.ask(StatsTopic::Items) == "END\r\n");
  REQUIRE(fixture.put("key", "value") == slab::WriteOutcome::Stored);
  CHECK(fixture.ask(StatsTopic::Items) != "END\r\n");
  fixture.drop("key");
  CHECK(fixture.ask(StatsTopic::Items) == "END\r\n");
}

TEST_CASE("a class of items has memcached's fields in memcached's order") {
  AdminFixture fixture;
  REQUIRE(fixture.put("key", "value") == slab::WriteOutcome::Stored);
  CHECK(fields(fixture) == std::vector<std::string>{"number",
                                                    "number_hot",
                                                    "number_warm",
                                                    "number_cold",
                                                    "age_hot",
                                                    "age_warm",
                                                    "age",
                                                    "mem_requested",
                                                    "evicted",
                                                    "evicted_nonzero",
                                                    "evicted_time",
                                                    "outofmemory",
                                                    "tailrepairs",
                                                    "reclaimed",
                                                    "expired_unfetched",
                                                    "evicted_unfetched",
                                                    "evicted_active",
                                                    "crawler_reclaimed",
                                                    "crawler_items_checked",
                                                    "lrutail_reflocked",
                                                    "moves_to_cold",
                                                    "moves_to_warm",
                                                    "moves_within_lru",
                                                    "direct_reclaims",
                                                    "hits_to_hot",
                                                    "hits_to_warm",
                                                    "hits_to_cold",
                                                    "hits_to_temp"});
}

TEST_CASE("without the maintainer a class of items has fewer fields") {
  Options options;
  options.has_lru_maintainer = false;
  AdminFixture fixture(options);
  REQUIRE(fixture.put("key", "value") == slab::WriteOutcome::Stored);
  CHECK(fields(fixture) ==
        std::vector<std::string>{"number", "age", "mem_requested", "evicted", "evicted_nonzero",
                                 "evicted_time", "outofmemory", "tailrepairs", "reclaimed",
                                 "expired_unfetched", "evicted_unfetched", "crawler_reclaimed",
                                 "crawler_items_checked", "lrutail_reflocked"});
}

TEST_CASE("a class of items shows their number, age and size") {
  AdminFixture fixture;
  const slab::ClassId id = fixture.class_of("key1", 5);
  const std::string prefix = "items:" + std::to_string(fixture.shown_class_of("key1", 5)) + ":";
  REQUIRE(fixture.put("key1", "value") == slab::WriteOutcome::Stored);
  fixture.now += 30;
  REQUIRE(fixture.put("key2", "value") == slab::WriteOutcome::Stored);
  fixture.workers[0].classes[id].get_hits.add(6);
  const auto value = [&](const char* name) {
    return fixture.value(prefix + name, StatsTopic::Items);
  };
  CHECK(value("number") == "2");
  CHECK(value("number_cold") == "2");
  CHECK(value("number_hot") == "0");
  CHECK(value("age") == "30");
  CHECK(value("mem_requested") == "136");
  CHECK(value("hits_to_cold") == "6");
}

TEST_CASE("evictions are shown in their class until a reset") {
  AdminFixture fixture({}, size_t{2} << 20);
  const uint32_t id = fixture.shown_class_of("key1234", 1000);
  const std::string prefix = "items:" + std::to_string(id) + ":";
  const auto value = [&](const char* name) {
    return fixture.value(prefix + name, StatsTopic::Items);
  };
  const base::Time exptime = fixture.now + 5000;
  for (int i = 1000; i < 5000; ++i) {
    if (i == 3000) fixture.now += 25;
    REQUIRE(fixture.put("key" + std::to_string(i), std::string(1000, 'v'), exptime) ==
            slab::WriteOutcome::Stored);
  }
  CHECK(std::stoull(value("evicted")) == 4000 - std::stoull(value("number")));
  CHECK(value("evicted_nonzero") == value("evicted"));
  CHECK(value("evicted_unfetched") == value("evicted"));
  CHECK(std::stoull(value("direct_reclaims")) > 0);
  fixture.now += 40;
  REQUIRE(fixture.put("key9999", std::string(1000, 'v'), exptime) == slab::WriteOutcome::Stored);
  CHECK(std::stoull(value("evicted_time")) <= 65);
  CHECK(value("reclaimed") == "0");

  fixture.ask(StatsTopic::Reset);
  for (const char* name : {"evicted", "evicted_nonzero", "evicted_unfetched", "evicted_time"}) {
    CAPTURE(name);
    CHECK(value(name) == "0");
  }
}

TEST_CASE("sizes are not counted by default") {
  AdminFixture fixture;
  CHECK(fixture.ask(StatsTopic::Sizes) == "STAT sizes_status disabled\r\nEND\r\n");
}

TEST_CASE("sizes are memcached's, in steps of 32 bytes") {
  Options options;
  options.tracks_sizes = true;
  AdminFixture fixture(options);
  REQUIRE(fixture.put("a:1", "xx", 0, 5) == slab::WriteOutcome::Stored);
  REQUIRE(fixture.put("b:2", std::string(100, 'y'), 0, 5) == slab::WriteOutcome::Stored);
  REQUIRE(fixture.put("b:3", std::string(101, 'y'), 0, 5) == slab::WriteOutcome::Stored);
  REQUIRE(fixture.put("c", std::string(300, 'z'), 0, 5) == slab::WriteOutcome::Stored);
  REQUIRE(fixture.put("d:x", std::string(20'000, 'q'), 0, 5) == slab::WriteOutcome::Stored);
  CHECK(fixture.ask(StatsTopic::Sizes) ==
        "STAT 96 1\r\nSTAT 192 2\r\nSTAT 384 1\r\nSTAT 20096 1\r\nEND\r\n");
  REQUIRE(fixture.put("e", std::string(64 - 60, 'x')) == slab::WriteOutcome::Stored);
  CHECK(fixture.ask(StatsTopic::Sizes).starts_with("STAT 64 1\r\nSTAT 96 1\r\n"));
}

}  // namespace
}  // namespace larder::server
