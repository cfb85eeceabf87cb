#include "server/log/watch_ring.h"

#include <catch2/catch.hpp>
#include <string>

namespace larder::server {
namespace {

struct Popped {
  WatchRecord record;
  std::string text;
};

bool pop(WatchRing& ring, Popped* popped) {
  char text[kLogTextSizeMax];
  if (!ring.pop(&popped->record, text)) return false;
  popped->text.assign(text, popped->record.text_size);
  return true;
}

TEST_CASE("a ring without memory drops everything") {
  WatchRing ring;
  CHECK_FALSE(ring.push({}, "key"));
  CHECK(ring.dropped() == 1);
  CHECK(ring.written() == 0);
  Popped popped;
  CHECK_FALSE(pop(ring, &popped));
}

TEST_CASE("records are popped as they were pushed, wherever the ring wraps") {
  WatchRing ring;
  REQUIRE(ring.open(5003));  // a prime, so that it wraps at every position
  for (uint64_t i = 0; i < 20'000; ++i) {
    const std::string text(i % (kLogTextSizeMax + 1), static_cast<char>('a' + i % 26));
    REQUIRE(ring.push({.gid = i, .descriptor = static_cast<int32_t>(i), .class_id = 7}, text));
    Popped popped;
    REQUIRE(pop(ring, &popped));
    REQUIRE(popped.record.gid == i);
    REQUIRE(popped.record.descriptor == static_cast<int32_t>(i));
    REQUIRE(popped.record.class_id == 7);
    REQUIRE(popped.text == text);
    REQUIRE_FALSE(pop(ring, &popped));
  }
  CHECK(ring.written() == 20'000);
  CHECK(ring.dropped() == 0);
}

TEST_CASE("a full ring drops new records and keeps the others") {
  WatchRing ring;
  REQUIRE(ring.open(1));  // rounded up to the minimum
  constexpr size_t kRecordSize = sizeof(WatchRecord) + 4;
  constexpr uint64_t kFitting = WatchRing::kCapacityMin / kRecordSize;
  for (uint64_t i = 0; i < kFitting; ++i) REQUIRE(ring.push({.gid = i}, "text"));
  CHECK_FALSE(ring.push({.gid = 99}, "text"));
  CHECK(ring.written() == kFitting);
  CHECK(ring.dropped() == 1);
  Popped popped;
  REQUIRE(pop(ring, &popped));
  CHECK(popped.record.gid == 0);
  CHECK(ring.push({.gid = 100}, "text"));
  for (uint64_t i = 1; i < kFitting; ++i) {
    REQUIRE(pop(ring, &popped));
    REQUIRE(popped.record.gid == i);
  }
  REQUIRE(pop(ring, &popped));
  CHECK(popped.record.gid == 100);
  CHECK_FALSE(pop(ring, &popped));
}

TEST_CASE("opening an open ring does not change it") {
  WatchRing ring;
  REQUIRE(ring.open(8192));
  REQUIRE(ring.push({.gid = 1}, "kept"));
  REQUIRE(ring.open(4096));
  Popped popped;
  REQUIRE(pop(ring, &popped));
  CHECK(popped.text == "kept");
}

}  // namespace
}  // namespace larder::server
