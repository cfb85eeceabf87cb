#include "larderctl/transfer/key_queue.h"

#include <catch2/catch.hpp>

namespace larder::ctl {
namespace {

void push(KeyQueue& queue, int number) {
  REQUIRE(queue.push({"a key with the number " + std::to_string(number), number}));
}

// Whether the first entry is that number's; it is taken.
bool takes(KeyQueue& queue, int number) {
  const auto entry = queue.front();
  REQUIRE(entry);
  if (!*entry) return false;
  const bool is_right = (*entry)->key == "a key with the number " + std::to_string(number) &&
                        (*entry)->expires == number;
  queue.pop();
  return is_right;
}

TEST_CASE("a few keys stay in memory") {
  KeyQueue queue;
  CHECK_FALSE(*queue.front());
  push(queue, 1);
  push(queue, 2);
  CHECK(takes(queue, 1));
  push(queue, 3);
  CHECK(takes(queue, 2));
  CHECK(takes(queue, 3));
  CHECK_FALSE(*queue.front());
  CHECK(queue.file_bytes() == 0);
}

TEST_CASE("many keys come back in their order, by way of a file") {
  constexpr int kCount = 200'000;
  KeyQueue queue;
  int taken = 0;
  bool is_ordered = true;
  for (int i = 0; i < kCount; ++i) {
    push(queue, i);
    // Every third in the beginning, so that both ends move.
    if (i % 3 == 0 && i < kCount / 2) is_ordered = is_ordered && takes(queue, taken++);
  }
  CHECK(queue.file_bytes() > KeyQueue::kBlockBytes);
  while (taken < kCount && is_ordered) is_ordered = takes(queue, taken++);
  CHECK(is_ordered);
  CHECK_FALSE(*queue.front());
  CHECK(queue.file_bytes() == 0);
  push(queue, 7);
  CHECK(takes(queue, 7));
}

TEST_CASE("what is taken as fast as it comes needs no file") {
  KeyQueue queue;
  for (int i = 0; i < 100'000; ++i) {
    push(queue, i);
    if (!takes(queue, i)) FAIL(i);
  }
  CHECK(queue.file_bytes() == 0);
}

TEST_CASE("keys may have any bytes, and none") {
  KeyQueue queue;
  const std::string odd("\0\xff\n", 3);
  REQUIRE(queue.push({odd, -1}));
  REQUIRE(queue.push({"", INT64_MAX}));
  CHECK((*queue.front())->key == odd);
  CHECK((*queue.front())->expires == -1);
  queue.pop();
  CHECK((*queue.front())->key.empty());
  CHECK((*queue.front())->expires == INT64_MAX);
}

}  // namespace
}  // namespace larder::ctl
