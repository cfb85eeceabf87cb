// A writer that never waits, and a reader whose speed varies.
#include <catch2/catch.hpp>
#include <string>
#include <thread>

#include "server/log/watch_ring.h"

namespace larder::server {
namespace {

std::string_view text_of(uint64_t gid) {
  static const std::string kLetters(kLogTextSizeMax, 'k');
  return std::string_view(kLetters).substr(0, gid * 7 % (kLogTextSizeMax + 1));
}

TEST_CASE("records of two threads are popped whole, in order, and are counted") {
  constexpr uint64_t kCount = 300'000;
  WatchRing ring;
  REQUIRE(ring.open(6007));
  std::atomic<bool> is_over{false};
  std::thread writer([&] {
    for (uint64_t gid = 1; gid <= kCount; ++gid) {
      ring.push({.gid = gid, .time_us = static_cast<int64_t>(gid) * 3}, text_of(gid));
      if (gid % 1000 == 0) std::this_thread::yield();
    }
    is_over.store(true);
  });
  uint64_t popped = 0;
  uint64_t last = 0;
  bool is_whole = true;
  bool is_ordered = true;
  const auto pop_all = [&] {
    WatchRecord record;
    char text[kLogTextSizeMax];
    while (ring.pop(&record, text)) {
      is_whole = is_whole && record.time_us == static_cast<int64_t>(record.gid) * 3 &&
                 std::string_view(text, record.text_size) == text_of(record.gid);
      is_ordered = is_ordered && record.gid > last;
      last = record.gid;
      ++popped;
    }
  };
  while (!is_over.load()) pop_all();
  writer.join();
  pop_all();
  CHECK(is_whole);
  CHECK(is_ordered);
  CHECK(popped == ring.written());
  CHECK(ring.written() + ring.dropped() == kCount);
  CHECK(popped > 0);
}

}  // namespace
}  // namespace larder::server
