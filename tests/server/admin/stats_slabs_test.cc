#include <catch2/catch.hpp>

#include "tests/server/admin/admin_fixture.h"

namespace larder::server {
namespace {

using protocol::StatsTopic;

uint64_t number(AdminFixture& fixture, const std::string& name) {
  const std::string text = fixture.value(name, StatsTopic::Slabs);
  return text == "<none>" ? ~uint64_t{0} : std::stoull(text);
}

TEST_CASE("an empty store has no active class") {
  AdminFixture fixture;
  CHECK(fixture.ask(StatsTopic::Slabs) ==
        "STAT active_slabs 0\r\nSTAT total_malloced 0\r\nEND\r\n");
}

TEST_CASE("a class shows its chunks and its traffic in memcached's order") {
  AdminFixture fixture;
  const uint32_t id = fixture.shown_class_of("key", 100);
  REQUIRE(fixture.put("key", std::string(100, 'v')) == slab::WriteOutcome::Stored);
  std::vector<std::string> expected;
  for (const char* name :
       {"chunk_size", "chunks_per_page", "total_pages", "total_chunks", "used_chunks",
        "free_chunks", "free_chunks_end", "get_hits", "cmd_set", "delete_hits", "incr_hits",
        "decr_hits", "cas_hits", "cas_badval", "touch_hits"}) {
    expected.push_back(std::to_string(id) + ":" + name);
  }
  expected.push_back("active_slabs");
  expected.push_back("total_malloced");
  CHECK(fixture.names(StatsTopic::Slabs) == expected);
}

TEST_CASE("used chunks are linked items, without the chunks in magazines") {
  AdminFixture fixture;
  const std::string prefix = std::to_string(fixture.shown_class_of("key00", 100)) + ":";
  for (int i = 10; i < 60; ++i) {
    REQUIRE(fixture.put("key" + std::to_string(i), std::string(100, 'v')) ==
            slab::WriteOutcome::Stored);
  }
  const uint64_t chunk_count = number(fixture, prefix + "total_chunks");
  CHECK(chunk_count ==
        number(fixture, prefix + "total_pages") * number(fixture, prefix + "chunks_per_page"));
  CHECK(number(fixture, prefix + "used_chunks") == 50);
  CHECK(number(fixture, prefix + "free_chunks") == chunk_count - 50);
  for (int i = 10; i < 17; ++i) fixture.drop("key" + std::to_string(i));
  CHECK(number(fixture, prefix + "used_chunks") == 43);
  CHECK(number(fixture, prefix + "free_chunks") == chunk_count - 43);
  CHECK(number(fixture, prefix + "free_chunks_end") == 0);
  CHECK(number(fixture, "active_slabs") == 1);
  CHECK(number(fixture, "total_malloced") == slab::kPageSize);
}

TEST_CASE("used chunks agree with the numbers of pages and magazines") {
  AdminFixture fixture;
  for (int i = 0; i < 300; ++i) {
    const std::string bytes(static_cast<size_t>(i) * 137 % 30'000, 'v');
    REQUIRE(fixture.put("key" + std::to_string(i), bytes) == slab::WriteOutcome::Stored);
    if (i % 3 == 0) fixture.drop("key" + std::to_string(i / 2));
  }
  size_t shared_count = 0;
  for (size_t shown_id = 1; shown_id <= fixture.store.shown_classes().count(); ++shown_id) {
    uint64_t pages = 0, used = 0, chunks = 0, in_use_classes = 0;
    for (const slab::ClassId id : fixture.store.shown_classes().classes_of(shown_id)) {
      const slab::SlabClass::Usage usage = fixture.store.inspect().usage_of(id);
      pages += usage.page_count;
      chunks += usage.page_count * fixture.store.classes().chunks_per_page(id);
      used += usage.carved_count - usage.free_count - fixture.store.inspect().chunks_at_hand(id);
      in_use_classes += usage.page_count > 0 ? 1 : 0;
    }
    if (pages == 0) continue;
    shared_count += in_use_classes > 1 ? 1 : 0;
    CAPTURE(shown_id);
    const std::string prefix = std::to_string(shown_id) + ":";
    CHECK(number(fixture, prefix + "total_pages") == pages);
    CHECK(number(fixture, prefix + "total_chunks") == chunks);
    CHECK(number(fixture, prefix + "used_chunks") == used);
    CHECK(number(fixture, prefix + "free_chunks") == chunks - used);
  }
  CHECK(shared_count > 0);  // some row stands for several classes with pages
}

TEST_CASE("the parts of a large value are used chunks of their classes") {
  AdminFixture fixture;
  REQUIRE(fixture.put("large", std::string(100'000, 'v')) == slab::WriteOutcome::Stored);
  uint64_t used = 0;
  uint64_t bytes = 0;
  for (size_t i = 1; i <= fixture.store.shown_classes().count(); ++i) {
    const std::string prefix = std::to_string(i) + ":";
    const uint64_t chunks = number(fixture, prefix + "used_chunks");
    if (chunks == ~uint64_t{0}) continue;
    used += chunks;
    bytes += chunks * number(fixture, prefix + "chunk_size");
  }
  CHECK(used > 1);
  CHECK(bytes >= 100'000);
  fixture.drop("large");
  for (const auto& [name, value] : fixture.rows(StatsTopic::Slabs)) {
    CAPTURE(name);
    if (name.ends_with(":used_chunks")) CHECK(value == "0");
  }
}

TEST_CASE("a class shows its commands since the last reset") {
  AdminFixture fixture;
  const slab::ClassId id = fixture.class_of("key", 5);
  const std::string prefix = std::to_string(fixture.shown_class_of("key", 5)) + ":";
  REQUIRE(fixture.put("key", "value") == slab::WriteOutcome::Stored);
  fixture.workers[0].classes[id].get_hits.add(3);
  fixture.workers[1].classes[id].get_hits.add(4);
  fixture.workers[1].classes[id].cas_bad_values.add(5);
  CHECK(number(fixture, prefix + "get_hits") == 7);
  CHECK(number(fixture, prefix + "cas_badval") == 5);
  CHECK(number(fixture, prefix + "touch_hits") == 0);
  fixture.ask(StatsTopic::Reset);
  CHECK(number(fixture, prefix + "get_hits") == 0);
  CHECK(number(fixture, prefix + "used_chunks") == 1);
}

}  // namespace
}  // namespace larder::server
